"""Where a model explains a series but for rounding there is no standard error and no p value, or the model is refused."""

import numpy as np
import pandas as pd
import pytest

from ebpm import its, rct
from ebpm.errors import DesignError
from ebpm.estimate import Unavailable

T = np.arange(40)
AFTER = T >= 20
DATA = pd.DataFrame({
    "t": T, "y": 50.3 + 0.7 * T - 5.1 * AFTER + 0.2 * (T - 20) * AFTER, "grown": np.exp(0.01 * T + 3 - 0.2 * AFTER),
    "counts": 100.0 * 2.0**AFTER, "people": 1000,
})  # fmt: skip


def fitted(outcome, **choices):
    return its.segmented(DATA, outcome, time="t", intervention=20, **choices)


def refused(item):
    return item.std_error == 0.0 and isinstance(item.p_value, Unavailable)


@pytest.mark.parametrize(("outcome", "family"), [("y", "gaussian"), ("grown", "log_gaussian"), ("counts", "poisson"),
                                                 ("counts", "negative_binomial"), ("counts", "binomial")])  # fmt: skip
@pytest.mark.parametrize("errors", ["robust", "newey_west", "newey_west_satterthwaite", "quadratic_spectral"])
def test_no_p_value(outcome, family, errors):
    exposure = "people" if family == "binomial" else None
    result = fitted(outcome, family=family, errors=errors, exposure=exposure)
    assert all(refused(item) for item in result.estimates)
    assert refused(result.impact().estimates.headline)


def test_of_other_standard_errors():
    result = fitted("y", errors="ols")
    assert all(refused(item) for item in result.robust("HC3"))
    assert refused(result.bootstrap(draws=99).headline)
    assert refused(fitted("y", errors="newey_west", lags="automatic").estimates.headline)


def test_refused_models():
    with pytest.raises(DesignError, match="without a residual"):
        fitted("y", errors="reml")
    with pytest.raises(DesignError, match="without a residual"):
        its.diagnostics(fitted("y", errors="ols"))
    panel = pd.DataFrame(
        [(s, t, s + 0.3 * t - 2.1 * (t >= 20), 20) for s in range(4) for t in T], columns=["site", "t", "y", "start"]
    )
    with pytest.raises(DesignError, match="without a residual"):
        its.sites(panel, "y", time="t", site="site", starts="start")


def test_a_little_noise_is_noise():
    noisy = DATA.assign(y=DATA.y + 1e-9 * np.random.default_rng(2).standard_normal(40))
    found = its.segmented(noisy, "y", time="t", intervention=20, errors="ols").estimates.headline
    assert 1e-10 < found.std_error < 1e-8
    assert found.p_value < 1e-30


def test_trials():
    arms = pd.DataFrame({"z": [0, 1] * 20, "y": [1.1, 2.3] * 20, "x": T * 0.1, "s": [0, 0, 1, 1] * 10})
    for found in (
        rct.difference_in_means(arms, "y", treatment="z"), rct.difference_in_means(arms, "y", treatment="z", strata="s"),
        rct.lin(arms, "y", treatment="z", covariates=["x"]),
    ):  # fmt: skip
        assert refused(found.headline)
        assert found.headline.estimate == pytest.approx(1.2)
