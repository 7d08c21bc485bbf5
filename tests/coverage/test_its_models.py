"""How often intervals of the models of a series hold the truth, by simulation.

With 300 draws each, in a run of its own (level and slope change of averaged errors):

    periods, rho            12, 0    12, .3   12, .6   24, .3   48, .3
    averaged, level         .95      .93      .93      .97      .97
    averaged, slope         .99      .98      .95      .97      .95

The average effect against the forecast of a structural model with one control, with 150 to 200 draws, q the variance of the level's
steps over that of the irregular: .935 to 1 for 24 to 200 periods and q from 0 to 1 (100 periods, q = 0: 1.00; q = .05: .95; 48
periods, q = .1: .93; 24 periods, q = .1: .98).
"""

import numpy as np
import pandas as pd
import pytest

from ebpm import its

DRAWS = 300  # the standard error of a coverage of 0.95 is 0.0126


def errors(rng, periods, rho):
    found = rng.normal(size=periods + 50)
    for place in range(1, len(found)):
        found[place] = rho * found[place - 1] + np.sqrt(1 - rho**2) * found[place]
    return found[50:]


def covered(periods, rho, call, terms, *, draws=DRAWS):
    rng, hits = np.random.default_rng(20190401), np.zeros(len(terms))
    for _ in range(draws):
        data = pd.DataFrame({"t": np.arange(periods), "y": 10 + 0.1 * np.arange(periods) + errors(rng, periods, rho)})
        found = call(data, "y", time="t", intervention=periods // 2).estimates
        hits += [found[term].conf_low <= 0.0 <= found[term].conf_high for term in terms]
    return hits / draws


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("periods", [12, 24, 48])
def test_averaged_errors_hold_their_level(periods, rho):
    def call(*data, **given):
        return its.segmented(*data, errors="reml_averaged", **given)

    coverage = covered(periods, rho, call, ["level_change", "slope_change"])
    assert coverage.mean() >= 0.95 - 2.5 * 0.0126
    assert (coverage >= 0.90).all()


@pytest.mark.slow
@pytest.mark.parametrize(("periods", "rho"), [(24, 0.0), (48, 0.3), (96, 0.6)])
def test_structural_models_with_a_drift_hold_their_level(periods, rho):
    def call(*data, **given):
        return its.structural(*data, trend="drift", **given)

    assert covered(periods, rho, call, ["average_effect"])[0] >= 0.95 - 3 * 0.0126


@pytest.mark.slow
def test_sites_with_shared_shocks_hold_their_level():
    rng, hits, t = np.random.default_rng(20190401), 0, np.arange(36)
    for _ in range(150):
        shocks = 0.5 * errors(rng, 36, 0.4)
        rows = [
            (site, place, value) for site in range(6)
            for place, value in enumerate(10 + rng.normal() + (0.3 * rng.normal() - 1.0) * (t >= 18) + errors(rng, 36, 0.3) + shocks)
        ]  # fmt: skip
        data = pd.DataFrame(rows, columns=["site", "t", "y"]).assign(start=18)
        head = its.sites(data, "y", time="t", site="site", starts="start").estimates.headline
        hits += head.conf_low <= -1.0 <= head.conf_high
    assert hits / 150 >= 0.95 - 3 * 0.018


@pytest.mark.slow
def test_maximum_likelihood_falls_short_as_notice_i328_says():
    def call(*data, **given):
        return its.arima(*data, likelihood="maximum", **given)

    coverage = covered(24, 0.3, call, ["level_change", "slope_change"])
    assert (coverage < 0.92).all()


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_restricted_likelihood_holds_its_level(rho):
    coverage = covered(24, rho, its.arima, ["level_change", "slope_change"])
    assert (coverage >= 0.95 - 3 * 0.0126).all()
