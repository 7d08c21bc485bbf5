"""Risks, mean times and hazards after weighting: special cases, numerical derivatives, competing events."""

import numpy as np
import pytest

from ebpm import DesignError, cohort
from tests.cohort.cohorts import COVARIATES, followed

KINDS = {1: "readmission", 2: "death"}


def run(data, *, covariates=COVARIATES, event="back", **options):
    return cohort.iptw_survival(
        data, "days", event=event, treatment="treated", covariates=covariates, horizon=300, **options
    )


def numbers(found, field="estimate"):
    return np.array([getattr(one, field) for one in found])


def test_without_covariates_it_is_kaplan_meier_and_cox():
    data = followed()
    found = run(data, covariates=[], errors="known").estimates
    assert found["rmst_difference"].estimate == pytest.approx(
        cohort.rmst(data, "days", event="back", treatment="treated", horizon=300).estimates.headline.estimate
    )
    cox = cohort.cox(data, "days", event="back", covariates=["treated"]).estimates.headline
    assert found["log_hazard_ratio"].estimate == pytest.approx(cox.estimate, abs=1e-9)


@pytest.mark.parametrize(("estimand", "event"), [("ate", "back"), ("att", "event"), ("ato", "back")])
def test_the_stacked_error_is_the_jackknife_of_the_whole_procedure(estimand, event):
    data = followed(3, 50)
    options = {"estimand": estimand, "event": event} | (
        {"events": KINDS, "cause": "readmission"} if event == "event" else {}
    )
    step, parts = 1e-5, []
    for row in range(len(data)):
        both = []
        for sign in (1, -1):
            w = np.ones(len(data))
            w[row] += sign * step
            both.append(numbers(run(data.assign(w=w), weights="w", **options).estimates))
        parts.append((both[0] - both[1]) / (2 * step))
    expected = np.sqrt((np.array(parts) ** 2).sum(axis=0))
    assert numbers(run(data, **options).estimates, "std_error") == pytest.approx(expected, rel=1e-5)


def test_repeated_rows_in_clusters_are_weights():
    data = followed(5, 200).assign(w=np.arange(200) % 3 + 1, pid=np.arange(200))
    weighted = run(data, weights="w").estimates
    repeated = run(data.loc[data.index.repeat(data["w"])], cluster="pid").estimates
    terms = [
        term for term in weighted.terms if "hazard" not in term
    ]  # Efron's ties differ between weights and repeated rows
    assert [weighted[term].estimate for term in terms] == pytest.approx([repeated[term].estimate for term in terms])
    assert [weighted[term].std_error * np.sqrt(200 / 199) for term in terms] == pytest.approx(
        [repeated[term].std_error for term in terms]
    )


def test_competing_events_count_as_competing():
    data = followed(1)
    found = run(data, event="event", events=KINDS, cause="readmission", covariates=[], errors="known")
    shares = cohort.cumulative_incidence(data, "days", event="event", events=KINDS, by="treated", at=[300])
    direct = {(curve.label, curve.event): curve.at(300)[0] for curve in shares.curves if curve.event == "readmission"}
    assert found.estimates["risk_treated"].estimate == pytest.approx(direct["1", "readmission"])
    assert found.estimates["risk_untreated"].estimate == pytest.approx(direct["0", "readmission"])
    assert "C415" in found.notices
    assert "C415" not in run(data).notices


def test_an_arm_without_events_has_no_ratio_and_no_hazard():
    data = followed(2)
    data.loc[data["treated"] == 1, "back"] = 0
    found = run(data).estimates
    assert found["risk_treated"].estimate == 0.0
    assert {"log_risk_ratio", "log_hazard_ratio"}.isdisjoint(found.terms)


@pytest.mark.parametrize("horizon", [0, 5000])
def test_a_horizon_must_lie_within_the_follow_up(horizon):
    with pytest.raises(DesignError) as caught:
        cohort.iptw_survival(
            followed(), "days", event="back", treatment="treated", covariates=COVARIATES, horizon=horizon
        )
    assert caught.value.code in {"survival_horizon", "survival_beyond"}


def test_an_estimate_of_a_ratio_becomes_an_e_value():
    found = run(followed(4)).estimates["log_hazard_ratio"]
    direct = cohort.e_value(
        np.exp(found.estimate),
        conf_low=np.exp(found.conf_low),
        conf_high=np.exp(found.conf_high),
        measure="hazard_ratio",
    )
    assert cohort.e_value(found).value == pytest.approx(direct.value)


@pytest.mark.slow
@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_the_stacked_error_is_that_of_the_full_refit_bootstrap(estimand):
    data, rng = followed(6, 300), np.random.default_rng(1)
    found = run(data, estimand=estimand).estimates
    terms = ("risk_difference", "rmst_difference", "log_hazard_ratio")
    drawn = [
        [run(data.iloc[rng.integers(0, 300, 300)], estimand=estimand).estimates[term].estimate for term in terms]
        for _ in range(250)
    ]
    ratio = np.std(drawn, axis=0) / [found[term].std_error for term in terms]
    assert ratio == pytest.approx(1.0, abs=0.16)


def test_few_events_in_an_arm_are_noticed():
    assert "C459" in run(followed(7, 40)).notices
    assert "C459" not in run(followed(7, 400)).notices
