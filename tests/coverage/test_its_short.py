"""The shares that notice I333 tells, by simulation."""

import numpy as np
import pytest
from scipy.special import stdtrit

from ebpm.stats.series.autoregression_averaged import averaged

DRAWS = 400


@pytest.mark.slow
@pytest.mark.parametrize(("rho", "share"), [(0.0, 0.98), (0.3, 0.97), (0.6, 0.94), (0.8, 0.91)])
@pytest.mark.parametrize(("periods", "start"), [(12, 6), (20, 14)])
def test_coverage_by_autocorrelation(periods, start, rho, share):
    rng, t = np.random.default_rng([periods, int(10 * rho)]), np.arange(periods)
    after = (t >= start) * 1.0
    X = np.column_stack([np.ones(periods), t + 1.0, after, after * (t - start)])
    root = np.linalg.cholesky(rho ** np.abs(t[:, None] - t))
    held = []
    for _ in range(DRAWS):
        found = averaged(X, (root @ rng.normal(size=periods))[None], places=t)
        for place in (2, 3):
            weights = np.eye(4)[place]
            factor, df = found.correct(weights)
            half = stdtrit(df, 0.975) * np.sqrt(factor * found.spread[0, 0] * found.bread[place, place])
            held.append(abs(found.coefficients[0, place]) <= half)
    assert np.mean(held) == pytest.approx(share, abs=0.025)
