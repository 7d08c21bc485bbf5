"""Attrition by arm and covariate, and the Clearinghouse's boundary: what fires, what must not, what the table is."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.rct.missing.clearinghouse import BOUNDARIES
from tests.rct.test_difference import trial


def lost(where, seed=1):
    data = trial(clusters=40)
    chance = np.random.default_rng(seed).random(len(data))
    return data.assign(kwh=data.kwh.where(chance >= where(data)))


def table(data, **what):
    return rct.attrition_table(data, "kwh", treatment="arm", cluster="school", **what)


def test_shares_are_counted():
    data = lost(lambda d: 0.1 + 0.2 * d.arm)
    found = table(data).arms[0]
    missing = data.kwh.isna().groupby(data.arm).mean()
    assert found.missing == pytest.approx((missing[1], missing[0]))
    assert found.assigned == ((data.arm == 1).sum(), (data.arm == 0).sum())
    assert found.difference.estimate == pytest.approx(missing[0] - missing[1])
    shown = table(data).tidy()
    assert shown.difference.tolist()[1] == pytest.approx(missing[1] - missing[0])
    assert np.isnan(shown.difference.tolist()[0])


def test_r120_other_people_are_missing():
    alike = lost(lambda d: 0.1 + 0.2 * (d.before > 10))
    assert "R120" not in table(alike, covariates=["before", "weight"]).notices
    other = lost(lambda d: 0.1 + 0.5 * ((d.before > 10) == (d.arm == 1)))
    found = table(other, covariates=["before"])
    assert "R120" in found.notices
    assert "R120" not in table(other).notices
    assert found.arms[0].related.df == 1


def test_the_test_of_covariates_holds_its_level():
    rejected = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=60)
        data = pd.DataFrame({"x": x, "arm": rng.permutation(np.arange(60) % 2)})
        data["y"] = np.where(rng.random(60) < 0.2 + 0.3 * (x > 0), np.nan, 1.0)
        found = rct.attrition_table(data, "y", treatment="arm", covariates="x").arms[0]
        rejected.append(found.related.p_value <= 0.05)
    assert np.mean(rejected) <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


@pytest.mark.parametrize(("standard", "fires"), [("none", False), ("optimistic", False), ("cautious", True)])
def test_r121_the_boundary(standard, fires):
    arm = np.repeat([0, 1], 1000)
    gone = np.r_[np.arange(1000) < 60, np.arange(1000) < 140]  # 10 % in all, 8 points apart
    data = pd.DataFrame({"y": np.where(gone, np.nan, 1.0), "arm": arm})
    notices = rct.attrition(data, "y", treatment="arm", standard=standard)
    assert ("R121" in notices) is fires
    assert "8.0" in notices.to_text("ja") or not fires


def test_nothing_low_beyond_the_boundary():
    data = pd.DataFrame({"y": [np.nan, np.nan, np.nan, 1.0] * 20, "arm": np.repeat([0, 1], 40)})
    assert "R121" in rct.attrition(data, "y", treatment="arm", standard="optimistic")
    assert isinstance(rct.clearinghouse_boundary(0.7, assumption="optimistic"), Unavailable)


@pytest.mark.parametrize("assumption", BOUNDARIES)
def test_the_boundary_is_a_curve_of_constant_bias(assumption):
    """Deke and Chiang's model with two correlations gives the whole table from 12 per cent on to a hundredth of its bias."""
    differences = np.array(BOUNDARIES[assumption][12:]) / 100
    overall = np.arange(12, 12 + len(differences)) / 100

    def bias(correlations):
        more, less = 1 - overall - differences / 2, 1 - overall + differences / 2
        ratios = (norm.pdf(norm.ppf(1 - rate)) / rate for rate in (more, less))
        return correlations[0] * next(ratios) - correlations[1] * next(ratios)

    fitted = minimize(lambda one: ((np.abs(bias(one)) - 0.05) ** 2).sum(), [0.3, 0.25], method="Nelder-Mead",
                      options={"xatol": 1e-8, "fatol": 1e-14})  # fmt: skip
    assert np.abs(np.abs(bias(fitted.x)) - 0.05).max() < 0.0005


def test_the_boundary_says_what_it_does_not_know():
    with pytest.raises(DesignError, match="share missing"):
        rct.clearinghouse_boundary(1.2)
    with pytest.raises(DataError, match="assumption"):
        rct.clearinghouse_boundary(0.1, assumption="hopeful")
    with pytest.raises(DataError, match="standard"):
        table(trial(), standard="strict")


def test_nobody_missing():
    found = rct.attrition_table(trial().assign(returned=1), "returned", treatment="arm", covariates="before")
    assert (found.missing, len(found.notices)) == (0.0, 0)
    assert found.arms[0].related.df == 0
    assert "0.0 %" in found.summary("en")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_and_figure(lang):
    found = table(lost(lambda d: 0.1 + 0.2 * d.arm), covariates=["before"], standard="cautious", strata="ward")
    assert "WWC" in found.plot(lang=lang).get_legend().get_texts()[0].get_text()
    assert ("脱落" if lang == "ja" else "missing") in found.summary(lang)


def test_an_outcome_with_a_value_in_every_row_is_no_attrition_and_says_so():
    data = trial()
    assert not data["kwh"].isin([0, 1]).all()
    found = table(data)
    assert (found.reading, found.missing, found.notices.codes) == ("complete", 0.0, ("R132",))
    assert rct.attrition(data, "kwh", treatment="arm", cluster="school").codes == ("R132",)
    assert "every row" in found.summary("en")
    assert "すべての行" in found.summary("ja")


def test_r132_is_silent_where_something_is_missing_or_an_indicator_says_who():
    data = trial()
    first = data["kwh"].index != data["kwh"].idxmin()
    assert table(data.assign(kwh=data["kwh"].where(first))).reading == "outcome"
    assert "R132" not in table(data.assign(kwh=data["kwh"].where(first))).notices
    assert "R132" not in table(data.assign(kwh=1)).notices
    assert table(data.assign(kwh=True)).reading == "indicator"
    assert "0 as missing" in table(data.assign(kwh=1)).summary("en")


@pytest.mark.parametrize("values", [["yes", "no"], ["回収", "未回収"], [1, "no"]])
def test_words_in_every_row_may_mean_either(values):
    data = trial()
    words = np.resize(np.array(values, dtype=object), len(data))
    with pytest.raises(DataError, match="does not say whose outcome"):
        table(data.assign(kwh=words))
    missing = data.assign(kwh=pd.Series(words).where(data.index > 3))
    assert table(missing).missing == pytest.approx(4 / len(data))


def test_dates_and_infinite_values_are_observed():
    data = trial()
    assert table(data.assign(kwh=pd.Timestamp("2019-04-01"))).reading == "complete"
    assert table(data.assign(kwh=np.inf)).missing == 0.0
