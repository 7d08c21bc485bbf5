"""Counts rounded to a base: so that the sums still hold, or each cell by itself with its own fixed draw."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.disclosure.cube import Floats
from ebpm.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from scipy.sparse import csr_array

REACH = 3
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Rounded:
    """Counts as multiples of a base.

    Parameters
    ----------
    values : shape (c,).
    base : what they are multiples of.
    additive : whether rounded parts add up to rounded sums.
    nearest : whether each value is one of the two multiples next to the true one.
    """

    values: Floats
    base: int
    additive: bool
    nearest: bool


def controlled(values: Floats, equations: csr_array, *, base: int) -> Rounded:
    """Return counts rounded to multiples of a base such that all sums still hold, as close to the true counts as can be.

    Parameters
    ----------
    values : shape (c,), counts.
    equations : shape (m, c), each row times the values is zero.
    base : 2 or more.

    Raises
    ------
    DataError : if the base is smaller than 2, or no such rounding exists.

    Notes
    -----
    min Σ |rounded - true| over whole multiples; first among the two next to each value, which always succeeds in two-way
    tables, then further away, which is said.

    Source: Salazar-González (2006), Statistics and Computing 16(1).

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.disclosure.cube import Axis, Cube
    >>> cube = Cube.of([Axis.of("a", ["x", "y", "z"])], np.array([1.0, 2.0, 4.0]))
    >>> controlled(cube.values.ravel(), cube.equations(), base=5).values.tolist()
    [0.0, 0.0, 5.0, 5.0]
    """
    _refuse_small(base)
    for reach in range(REACH):
        found = _solved(values.astype(np.float64), equations, base, reach)
        if found is not None:
            return Rounded(found, base, additive=True, nearest=reach == 0)
    raise DataError("disclosure_no_rounding", base=base, cells=len(values))


def _refuse_small(base: int) -> None:
    if base < 2:
        raise DataError("disclosure_bad_base", base=base)


def _solved(values: Floats, equations: csr_array, base: int, reach: int) -> Floats | None:
    """Return the closest multiples within `reach` steps of the two next ones; nothing where there are none."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    count, low, high = len(values), np.floor(values / base), np.ceil(values / base)
    bounds = Bounds(
        np.concatenate([np.maximum(low - reach, 0.0), np.zeros(count)]),
        np.concatenate([high + reach, np.full(count, np.inf)]),
    )
    one = eye_array(count, format="csr")
    rules: Any = LinearConstraint(
        vstack([
            hstack([equations, csr_array(equations.shape)]), hstack([one, -1.0 * one]), hstack([one, one]),
        ], format="csr"),
        np.concatenate([np.zeros(equations.shape[0]), np.full(count, -np.inf), values / base]),
        np.concatenate([np.zeros(equations.shape[0]), values / base, np.full(count, np.inf)]),
    )  # fmt: skip
    costs = np.concatenate([np.zeros(count), np.ones(count)])
    kinds = np.concatenate([np.ones(count), np.zeros(count)])
    found = milp(costs, constraints=rules, bounds=bounds, integrality=kinds, options={"time_limit": SECONDS})
    return None if found.x is None else base * np.rint(found.x[:count]) + 0.0


def random(values: Floats, names: Sequence[Hashable], *, base: int, secret: str) -> Rounded:
    """Return counts rounded up or down at random without bias, each cell by a draw of its own that never changes.

    Parameters
    ----------
    values : shape (c,), counts.
    names : shape (c,), what tells the cells apart; the same name is drawn alike in every table, so that asking again tells nothing.
    base : 2 or more.
    secret : kept in the office; who knows it knows the draws.

    Raises
    ------
    DataError : if the base is smaller than 2 or the secret is empty.

    Notes
    -----
    A count r above a multiple of the base is rounded up with probability r / base. Rounded parts need not add up to rounded sums.

    Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley, section 5.4.

    Examples
    --------
    >>> import numpy as np
    >>> random(np.array([10.0]), ["a"], base=5, secret="kept").values.tolist()
    [10.0]
    """
    _refuse_small(base)
    if not secret:
        raise DataError("disclosure_no_secret", base=base)
    draws = np.array([_draw(name, secret) for name in names])
    low = np.floor(values / base)
    up = draws < values / base - low
    return Rounded(base * (low + up), base, additive=False, nearest=True)


def _draw(name: Hashable, secret: str) -> float:
    digest = blake2b(repr(name).encode(), key=secret.encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
