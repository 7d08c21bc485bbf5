"""Late entry, covariates that change, weights, clusters and strata equal R survival (case srv02)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort

FOLDER = Path(__file__).parent / "srv02_heart_changing"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # both maxima are converged to 1e-14
ALL = ["age", "year", "surgery", "transplant"]
MODELS = {
    "plain": {"covariates": ALL}, "cluster": {"covariates": ALL, "cluster": "id"},
    "weighted": {"covariates": ALL, "weights": "w", "cluster": "half"},
    "strata": {"covariates": ["age", "year", "transplant"], "strata": "surgery", "weights": "w", "cluster": "id"},
}  # fmt: skip
CURVES = {
    "km": {"cluster": "id", "interval": "log"}, "km_plain": {"interval": "log"}, "km_weighted": {"weights": "w", "interval": "log-log"},
    "km_weighted_cluster": {"weights": "w", "cluster": "id", "interval": "plain"},
}  # fmt: skip


@pytest.fixture(scope="module")
def heart():
    return pd.read_csv(FOLDER / "data.csv").sample(frac=1.0, random_state=1)


def fitted(heart, ties, model, **more):
    return cohort.cox(heart, "stop", event="event", entry="start", ties=ties, **(MODELS[model] | more))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox(heart, ties, model):
    found, expected = fitted(heart, ties, model), CASE["cox"][ties][model]
    np.testing.assert_allclose([one.estimate for one in found.estimates], expected["coef"], rtol=RTOL)
    np.testing.assert_allclose(found.estimates.covariance, expected["var"], rtol=RTOL, atol=1e-12)
    np.testing.assert_allclose(found.fit.bread, expected["naive"], rtol=RTOL, atol=1e-12)
    np.testing.assert_allclose(found.fit.log_likelihood, expected["loglik"], rtol=RTOL)
    np.testing.assert_allclose(found.fit.score_statistic, expected["score"], rtol=RTOL)


@pytest.mark.parametrize(
    ("key", "model", "more", "clock"),
    [("zph", "plain", {}, "km"), ("zph_log", "plain", {}, "log"), ("zph_strata", "strata", {"cluster": None}, "km")],
)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_schoenfeld(heart, ties, key, model, more, clock):
    found, expected = fitted(heart, ties, model, **more).proportional(clock).test, CASE["cox"][ties][key]
    np.testing.assert_allclose([*found.statistics, found.overall], expected["chisq"], rtol=RTOL)
    np.testing.assert_allclose([*found.p_values, found.overall_p], expected["p"], rtol=RTOL)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_predicted_survival(heart, ties):
    profile = {"age": 5, "year": 3, "surgery": 1, "transplant": 0}
    (curve,), expected = fitted(heart, ties, "plain").survival(profile), CASE["cox"][ties]["curve"]
    ours = np.array([curve.at(time) for time in expected["time"]])
    for column, key in enumerate(("value", "se", "low", "high")):
        np.testing.assert_allclose(ours[:, column], expected[key], rtol=RTOL)


@pytest.mark.parametrize("key", CURVES)
def test_kaplan_meier(heart, key):
    expected = CASE[key]
    found = cohort.kaplan_meier(heart, "stop", event="event", entry="start", by="surgery", **CURVES[key])
    for row, group in enumerate(expected["group"]):
        time = expected["time"][row]
        if row and time < expected["time"][row - 1] and group == expected["group"][row - 1]:
            continue
        curve, hazard = found[group[-1]], found.hazards[int(group[-1])]
        ours = [*curve.at(time), *hazard.at(time)[:2]]
        theirs = [expected[name][row] for name in ("value", "se", "low", "high", "hazard", "hazard_se")]
        np.testing.assert_allclose(ours, theirs, rtol=RTOL)
