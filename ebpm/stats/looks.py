"""Looking at data while they come in: how often a true null is rejected, and the bounds that hold the level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from ebpm.errors import DesignError
from ebpm.stats.given import number
from ebpm.stats.inference import level, quantile, two_sided_p

Floats = NDArray[np.float64]

NODES = 121
LEAST, MOST = 1, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What repeated looks at accumulating data do to a two-sided test.

    Parameters
    ----------
    looks : number of them, equally spaced, the last one at the end.
    conf_level : one less the level of the test at each look.
    size : chance that a true null is rejected at one look at least.
    pocock : critical value for every look that holds the level over all of them.
    obrien_fleming : critical values look by look, likewise, that fall with the root of the information.
    """

    looks: int
    conf_level: float
    size: float
    pocock: float
    obrien_fleming: tuple[float, ...]

    @property
    def nominal(self) -> float:
        """Two-sided p value below which a look rejects by Pocock's rule."""
        return two_sided_p(self.pocock)


def repeated_looks(looks: int, *, conf_level: float = 0.95) -> Looks:
    """Return the size of a test that is made again and again as data come in, and the bounds that hold its level.

    Parameters
    ----------
    looks : number of equally spaced looks, 1 to 30, the one at the end among them.
    conf_level : one less the level of the test.

    Raises
    ------
    DesignError : if the number of looks is out of range.

    Formula: the statistics at the looks are Z_k = S_k / sqrt(k), S a sum of independent standard normals; the chance of
    crossing is by recursive integration of the density of S_k on the way. Pocock: |Z_k| >= c; O'Brien and Fleming: |Z_k| >=
    c sqrt(K / k).

    Assumptions: large samples; looks after equal amounts of information; each stops the trial when its bound is crossed.

    Source: Armitage, McPherson and Rowe (1969), JRSS A 132(2); Pocock (1977), Biometrika 64(2); O'Brien and Fleming (1979),
    Biometrics 35(3).

    Examples
    --------
    >>> found = repeated_looks(5)
    >>> round(found.size, 3), round(found.pocock, 3), round(found.obrien_fleming[0], 2)
    (0.142, 2.413, 4.56)
    """
    if not LEAST <= number(looks, "looks") <= MOST:
        raise DesignError("stats_bad_looks", value=looks, least=LEAST, most=MOST)
    error, times = 1.0 - level(conf_level), np.arange(1.0, looks + 1.0)
    once = quantile(1.0 - error / 2.0)
    falling = np.sqrt(looks / times)

    def constant(shape: Floats) -> float:
        return float(brentq(lambda c: crossing(c * shape) - error, once - 1e-9, 2.0 * once + 3.0, xtol=1e-12))

    pocock, last = (once, once) if looks == 1 else (constant(np.ones(looks)), constant(falling))
    return Looks(
        looks=looks, conf_level=conf_level, size=crossing(np.full(looks, once)), pocock=pocock,
        obrien_fleming=tuple((last * falling).tolist()),
    )  # fmt: skip


def crossing(bounds: Sequence[float] | Floats) -> float:
    """Return the chance that |Z_k| reaches its bound at one of equally spaced looks, under the null.

    Parameters
    ----------
    bounds : one a look, positive.
    """
    limits = np.asarray(bounds, dtype=np.float64) * np.sqrt(np.arange(1.0, len(bounds) + 1.0))
    crossed = 2.0 * float(ndtr(-limits[0]))
    points, weights = _nodes(limits[0])
    density = weights * _normal(points)
    for limit in limits[1:]:
        crossed += float(density @ (ndtr(-limit - points) + ndtr(points - limit)))
        following, weights = _nodes(limit)
        density = weights * (_normal(following[:, None] - points) @ density)
        points = following
    return crossed


def _nodes(limit: float) -> tuple[Floats, Floats]:
    points, weights = _gauss()
    return points * limit, weights * limit


@cache
def _gauss() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(NODES)


def _normal(values: Floats) -> Floats:
    heights: Floats = np.exp(-(values**2) / 2.0) / np.sqrt(2.0 * np.pi)
    return heights
