"""Log-rank family with groups and strata, quantiles, robust curves, categories equal R survival (case srv03)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort
from ebpm.estimate import Unavailable

FOLDER = Path(__file__).parent / "srv03_veteran_more"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8
TIME = {"event": "status"}


@pytest.fixture(scope="module")
def trial():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.mark.parametrize(
    ("key", "more"), [("lr0", {}), ("lr1", {"rho": 1.0}), ("lr05_strata", {"rho": 0.5, "strata": "trt"})]
)
def test_log_rank(trial, key, more):
    found = cohort.log_rank(trial, "time", treatment="celltype", control="squamous", **TIME, **more)
    expected, order = (
        CASE[key],
        [1, 2, 3, 0],
    )  # ours: squamous, adeno, large, smallcell; R: squamous, smallcell, adeno, large
    order = [["squamous", "smallcell", "adeno", "large"].index(arm) for arm in found.arms]
    np.testing.assert_allclose(found.statistic, expected["chisq"], rtol=RTOL)
    np.testing.assert_allclose(found.fit.observed, np.array(expected["observed"])[order], rtol=RTOL)
    np.testing.assert_allclose(found.fit.expected, np.array(expected["expected"])[order], rtol=RTOL)
    np.testing.assert_allclose(found.fit.covariance, np.array(expected["var"])[np.ix_(order, order)], rtol=RTOL)


def test_robust_log_rank_is_the_robust_score_test(trial):
    found = cohort.log_rank(trial, "time", treatment="trt", control=1, weights="w", cluster="cl", **TIME)
    np.testing.assert_allclose(found.statistic, CASE["robust_score"], rtol=RTOL)


@pytest.mark.parametrize(("key", "interval"), [("quartiles", "log"), ("quartiles_loglog", "log-log")])
def test_quartiles(trial, key, interval):
    found = cohort.kaplan_meier(trial, "time", by="celltype", interval=interval, **TIME)
    for group, *expected in zip(*(CASE[key][name] for name in ("group", "value", "low", "high")), strict=True):
        curve = found[group.removeprefix("celltype=")]
        for share, theirs in zip((0.25, 0.5, 0.75), zip(*expected, strict=True), strict=True):
            quantile = curve.quantile(share)
            ours = [
                None if isinstance(one, Unavailable) else one for one in (quantile.value, quantile.low, quantile.high)
            ]
            assert ours == [None if one in (None, "NA") else one for one in theirs]


def test_a_curve_that_runs_along_a_share_gives_the_middle():
    even = pd.DataFrame({"time": range(1, 11), "status": [1] * 9 + [0]})
    found = cohort.kaplan_meier(even, "time", interval="log", **TIME)
    for place, share in enumerate((0.25, 0.5, 0.75, 0.9)):
        quantile = found.quantiles(share)[0]
        ours = [None if isinstance(one, Unavailable) else one for one in (quantile.value, quantile.low, quantile.high)]
        theirs = [CASE["quartiles_even"][name][place] for name in ("quantile", "lower", "upper")]
        assert ours == [None if one in (None, "NA") else one for one in theirs], share


def test_robust_curves(trial):
    expected = CASE["km_cluster"]
    found = cohort.kaplan_meier(trial, "time", by="trt", weights="w", cluster="cl", interval="log", **TIME)
    for row, group in enumerate(expected["group"]):
        ours = [*found[group[-1]].at(expected["time"][row]), *found.hazards[row // 4].at(expected["time"][row])[:2]]
        theirs = [expected[name][row] for name in ("value", "se", "low", "high", "hazard", "hazard_se")]
        np.testing.assert_allclose(ours, theirs, rtol=RTOL)


def test_categories(trial):
    found = cohort.cox(trial, "time", covariates=["trt", "karno", "celltype"], **TIME)
    expected = CASE["factor"]
    order = [0, 1, 4, 3, 2]  # ours: adeno is the first, then large, smallcell, squamous; R: squamous, smallcell, large
    order = [0, 1, *(2 + ["squamous", "smallcell", "large"].index(name[11:]) for name in found.names[2:])]
    np.testing.assert_allclose([one.estimate for one in found.estimates], np.array(expected["coef"])[order], rtol=RTOL)
    np.testing.assert_allclose(
        found.estimates.covariance, np.array(expected["var"])[np.ix_(order, order)], rtol=RTOL, atol=1e-12
    )
    test = found.proportional("rank").test
    np.testing.assert_allclose(
        [*test.statistics, test.overall], np.array(expected["zph"]["chisq"])[[*order, 5]], rtol=RTOL
    )
