"""Inference where very few units are treated: the others show how the treated ones might have moved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import nnls

from ebpm.did.cohort_means import TERM, Allocation, CohortMeans, never_treated_weights
from ebpm.did.constant_outcome import refuse_constant
from ebpm.did.design_checks import Allocated, Sizes, check_allocation, check_sizes
from ebpm.did.redraws.randomise import redrawn, redraws_of
from ebpm.did.redraws.result import Redrawn
from ebpm.errors import DataError
from ebpm.estimate import Estimate, Unavailable
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.moments.panel import Panel, read_panel
from ebpm.stats.given import generator
from ebpm.stats.redrawn.inversion import acceptance_end
from ebpm.texts import coined

METHODS = ("conley_taber", "ferman_pinto")
HALVINGS = 30


def few_treated(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    size: str | None = None,
    method: str = "conley_taber",
    null: float = 0.0,
    draws: int = 10_000,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> Redrawn:
    """Estimate an effect on very few treated units, with inference from the residuals of all units under the null.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period, no gaps.
    outcome : column of numbers.
    unit, time, first_treated : as in `did.att_gt`; some units are never treated.
    size : column, of how many observations a unit's outcome is the mean (persons, pupils); its average over time counts.
    method : "conley_taber": the residuals of all units are alike; "ferman_pinto": their variance is a + b / size, so that small units
        vary more than large ones.
    null : effect that the null states, in the unit of the outcome.
    draws : allocations or bootstrap draws; for "conley_taber" all allocations are gone through where there are 200,000 or fewer.
    seed : of the draws.
    conf_level : level of the interval.

    Returns
    -------
    Redrawn. Where so few allocations are possible that none could reject, the interval is infinite (notice D247).

    Raises
    ------
    DataError : as `did.att_gt`; "ferman_pinto" without `size`; a size that is not positive.
    DesignError : as `did.att_gt`; no unit that is never treated; too few draws.

    Formula: a unit's change W is its mean outcome from a date on less that before; the effect is the mean over treated units of their W
    less the mean W of the units never treated, both at the treated unit's date. With the null imposed, y - r in treated rows,
    "conley_taber" gives the treated units' dates to any other units; "ferman_pinto" draws W / sqrt(v) of all units with replacement and
    multiplies it with the sqrt(v) of the unit that it stands for, v = a + b / size fitted to the squares of W, a and b not negative.

    Assumptions: parallel trends; changes are independent across units and, but for their variance, alike; many units never treated for
    "ferman_pinto". Serial correlation may be of any kind.

    Source: Conley and Taber (2011), Review of Economics and Statistics 93(1); Ferman and Pinto (2019), Review of Economics and
    Statistics 101(3); MacKinnon and Webb (2020), Journal of Econometrics 218(2), for the null imposed.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = [(i, t, 2 if i == 0 else 0, (i * 7 + t * 3) % 5 + 20.0 * (i == 0 and t >= 2)) for i in range(25) for t in range(1, 5)]
    >>> table = pd.DataFrame(rows, columns=["id", "t", "g", "y"])
    >>> found = did.few_treated(table, "y", unit="id", time="t", first_treated="g")
    >>> found.possible, found.estimate.p_value
    (25, 0.04)
    """
    one_of(method, METHODS, "method")
    panel = read_panel(data, outcome, unit=unit, time=time, first_treated=first_treated)
    refuse_constant(panel, outcome)
    given = Allocation.of(panel, np.zeros(len(panel), dtype=np.int64))
    weights, redraws = never_treated_weights(given), redraws_of(given, draws, conf_level)
    means = CohortMeans.of(given, weights)
    if method == "ferman_pinto":
        if size is None:
            raise DataError("did_no_size", method=method)
        unequal = _Unequal.of(given, weights, means, sizes_of(data, panel, unit, size))
        return unequal.test(null, draws=draws, seed=seed, conf_level=conf_level)
    found = means.null_draws(given, redraws, draws=draws, seed=seed, studentised=False)
    result = redrawn(
        found, given, redraws, unit=means.unit, null=null, conf_level=conf_level, method="did.few_treated.conley_taber",
        studentised=False,
    )  # fmt: skip
    return result if size is None else result.noting(check_sizes(Sizes.of(sizes_of(data, panel, unit, size), given)))


def sizes_of(data: Any, panel: Panel, unit: str, size: str) -> Floats:
    """Return the mean size of each unit that is seen before treatment, shape (N,)."""
    frame = Frame.of(data)
    units, values = frame.codes(unit, "unit"), frame.weights(size, "size")
    mean = np.bincount(units.codes, values) / np.bincount(units.codes)
    return np.asarray(mean[panel.first_treated > panel.periods[0]])


@dataclass(frozen=True, slots=True)
class _Unequal:
    """Changes of units whose variance depends on their size, all in the outcome's spread.

    Parameters
    ----------
    changes : of each unit at each date, shape (N, D).
    exposures : the same of its exposure to treatment, shape (N, D).
    sizes : shape (N,).
    given, means : the allocation, and the effect.
    """

    changes: Floats
    exposures: Floats
    sizes: Floats
    given: Allocation
    means: CohortMeans

    @classmethod
    def of(cls, given: Allocation, weights: Floats, means: CohortMeans, sizes: Floats) -> _Unequal:
        shares = weights[:-1] * given.treated / given.sizes[:-1, None]
        scaled = (given.paths - given.paths.mean(axis=1, keepdims=True)) / means.unit
        return cls(scaled @ shares.T, given.exposure @ shares.T, sizes, given, means)

    def test(self, null: float, *, draws: int, seed: int, conf_level: float) -> Redrawn:
        """Return estimate, p value and interval."""
        value, _ = self.means.effects(self.given.dates.astype(np.int8)[None])
        estimate, at, unit = float(value[0, 0]), null / self.means.unit, self.means.unit
        rng = generator(seed)
        picks = rng.integers(0, len(self.sizes), (draws, len(self.sizes)))
        p_value = partial(self._p_value, estimate, picks)
        step = max(float(np.std(self._draws(estimate, picks))), 1e-6)
        low, high = (
            acceptance_end(p_value, estimate, sign * step, 1 - conf_level, halvings=HALVINGS) for sign in (-1.0, 1.0)
        )
        found, statistic = self._draws(at, picks), estimate - at
        p = self._p_value(estimate, picks, at)
        none = Unavailable("did_by_redrawing")
        return Redrawn(
            estimate=Estimate(
                term=TERM, name=coined(TERM), estimate=estimate * unit, std_error=none, df=none, p_value=p, conf_low=low * unit,
                conf_high=high * unit, conf_level=conf_level, n=self.given.paths.size, clusters=len(self.sizes), estimand="att",
                method="did.few_treated.ferman_pinto",
            ),
            null=null, statistic=statistic * unit, p_greater=_share(found, statistic), p_less=_share(-found, -statistic),
            monte_carlo_error=float(np.sqrt(p * (1 - p) / draws)), draws=draws, possible=len(self.sizes) ** len(self.sizes),
            distribution=found * unit, studentised=False,
            notices=check_allocation(Allocated(self.given.treated, draws, 1 - conf_level)),
        )  # fmt: skip

    def _p_value(self, estimate: float, picks: Ints, null: float) -> float:
        return _share(np.abs(self._draws(null, picks)), abs(estimate - null))

    def _draws(self, null: float, picks: Ints) -> Floats:
        """Return the effects of bootstrap draws under the null, shape (draws,)."""
        W = self.changes - null * self.exposures
        residuals = W - W.mean(axis=0)
        deviation = np.sqrt(np.column_stack([_variance(column, self.sizes) for column in residuals.T]))
        standard = residuals / np.where(deviation > 0, deviation, 1.0)
        never = len(self.given.cohorts) - 1
        controls = np.flatnonzero(self.given.dates == never)
        total = np.zeros(len(picks))
        for date in range(never):
            drawn = standard[:, date][picks] * deviation[:, date]
            treated = np.flatnonzero(self.given.dates == date)
            total += len(treated) * (drawn[:, treated].mean(axis=1) - drawn[:, controls].mean(axis=1))
        return total / self.given.treated


def _variance(residuals: Floats, sizes: Floats) -> Floats:
    """Return a + b / size fitted to the squares, a and b not negative, shape (N,)."""
    design = np.column_stack([np.ones(len(sizes)), sizes.min() / sizes])
    fitted, _ = nnls(design, residuals**2)
    return np.asarray(design @ fitted)


def _share(values: Floats, observed: float) -> float:
    return float((1 + (values >= observed - 1e-11).sum()) / (1 + len(values)))
