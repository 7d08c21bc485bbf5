"""The one-sided test that a normal mean lies in the positive orthant."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Floats = NDArray[np.float64]

DRAWS = 50_000
SEED = 20190401
MOST = 12


@dataclass(frozen=True, slots=True)
class OrthantTest:
    """The test of mean >= 0.

    Parameters
    ----------
    statistic : squared distance of the estimate from the orthant, in the metric of its covariance.
    p_value : at the least favourable null, mean = 0.
    """

    statistic: float
    p_value: float


def orthant_test(estimate: Floats, covariance: Floats) -> OrthantTest:
    """Test that all means are at least zero against that some are negative.

    Parameters
    ----------
    estimate : shape (k,), k at most 12.
    covariance : shape (k, k), positive definite.

    The statistic is min over m >= 0 of (x - m)'V^-1(x - m); at m = 0 it is distributed as a mixture of chi-squares whose weights are
    the chances that j of the bounds bind (simulated; seed fixed).

    Source: Kudo (1963), Biometrika 50(3/4); Perlman (1969), Annals of Mathematical Statistics 40(2).

    Examples
    --------
    >>> import numpy as np
    >>> orthant_test(np.array([0.2, 0.1]), np.eye(2)).p_value
    1.0
    >>> round(orthant_test(np.array([-1.644854]), np.eye(1)).p_value, 2)
    0.05
    """
    statistic = float(_distances(estimate[None, :], covariance)[0][0])
    if statistic <= 0.0:
        return OrthantTest(0.0, 1.0)
    root = np.linalg.cholesky(covariance)
    draws = np.random.default_rng(SEED).standard_normal((DRAWS, len(estimate))) @ root.T
    binding = np.bincount(_distances(draws, covariance)[1], minlength=len(estimate) + 1) / DRAWS
    tails = np.array([0.0, *(chdtrc(df, statistic) for df in range(1, len(estimate) + 1))])
    return OrthantTest(statistic, float(binding @ tails))


def _distances(points: Floats, covariance: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Squared distance of each point from the orthant, shape (n,), and the number of bounds that bind, shape (n,).

    A set A of bounds binds where V_AA^-1 x_A < 0 and what is left of the others, x_B - V_BA V_AA^-1 x_A, is not negative; exactly one
    does (Kudo 1963, section 3).
    """
    count, k = points.shape
    distances, binding = np.zeros(count), np.zeros(count, dtype=np.int64)
    for held in chain.from_iterable(combinations(range(k), size) for size in range(1, k + 1)):
        bound, free = list(held), [at for at in range(k) if at not in held]
        multipliers = np.linalg.solve(covariance[np.ix_(bound, bound)], points[:, bound].T).T
        left = points[:, free] - multipliers @ covariance[np.ix_(bound, free)]
        here = (multipliers < 0.0).all(axis=1) & (left >= 0.0).all(axis=1)
        distances[here] = np.einsum("ij,ij->i", points[:, bound], multipliers)[here]
        binding[here] = len(bound)
    return distances, binding
