"""Time to event: what small samples must give by hand, what cannot be analysed, what is noticed and what is not."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ebpm import cohort
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable


def persons(n=120, seed=1, *, effect=0.0, coarse=False):
    """Persons with two kinds of events, two arms, wards and clinics."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    first, second = rng.exponential(10 * np.exp(-effect * arm)), rng.exponential(30, n)
    end = rng.uniform(5, 25, n)
    time = np.minimum(np.minimum(first, second), end)
    event = np.select([first <= np.minimum(second, end), second <= end], [1, 2], 0)
    return pd.DataFrame({
        "days": np.ceil(time / 8) if coarse else time, "how": event, "arm": np.where(arm, "new", "control"), "age": rng.normal(60, 10, n),
        "ward": rng.choice(["a", "b"], n), "clinic": rng.integers(0, 30, n), "w": rng.uniform(0.5, 2.0, n), "late": time * rng.uniform(0, 0.5, n),
        "back": (event == 1).astype(int),
    })  # fmt: skip


EVENTS = {"event": "how", "events": {1: "readmitted", 2: "died"}}
BACK = {"event": "back"}
ROUTINES = {
    "kaplan_meier": lambda d, **more: cohort.kaplan_meier(d, "days", **BACK | more),
    "rmst": lambda d, **more: cohort.rmst(d, "days", treatment="arm", horizon=4, **BACK | more),
    "log_rank": lambda d, **more: cohort.log_rank(d, "days", treatment="arm", **BACK | more),
    "cox": lambda d, **more: cohort.cox(d, "days", treatment="arm", **BACK | more),
    "cumulative_incidence": lambda d, **more: cohort.cumulative_incidence(d, "days", **EVENTS | more),
    "risk": lambda d, **more: cohort.risk(d, "days", treatment="arm", horizon=4, cause="readmitted", **EVENTS | more),
    "fine_gray": lambda d, **more: cohort.fine_gray(d, "days", treatment="arm", cause="readmitted", **EVENTS | more),
}


def refused(error, code, routine, data, **more):
    with pytest.raises(error) as raised:
        ROUTINES[routine](data, **more)
    assert raised.value.code == code
    for lang in ("ja", "en"):
        assert all(part(lang) for part in (raised.value.what, raised.value.given, raised.value.remedy))
    return raised.value


@pytest.mark.parametrize("routine", ROUTINES)
def test_every_result_says_and_tidies_itself(routine):
    found = ROUTINES[routine](persons())
    for lang in ("ja", "en"):
        assert found.summary(lang)
        assert all(found.lines(lang))
    assert len(found.tidy())
    assert len(found.estimates.tidy()) == len(found.estimates)
    assert found._repr_html_()


@pytest.mark.parametrize("routine", ROUTINES)
@pytest.mark.parametrize(
    ("column", "value", "code"), [("days", -1.0, "survival_negative_time"), ("days", np.nan, "missing_values")]
)
def test_times_that_cannot_be(routine, column, value, code):
    data = persons()
    data.loc[7, column] = value
    error = refused(DataError, code, routine, data)
    assert "8" in error.given("en")


def test_events_that_are_not_declared():
    error = refused(DataError, "survival_unknown_event", "kaplan_meier", persons(), event="how")
    assert "2" in error.given("en")
    refused(DataError, "survival_unknown_event", "risk", persons(), events={1: "readmitted"})
    words = persons().assign(how=lambda d: d.how.map({0: "打ち切り", 1: "再入院", 2: "死亡"}))
    found = cohort.risk(
        words,
        "days",
        event="how",
        events={"再入院": "再入院", "死亡": "死亡"},
        cause="再入院",
        treatment="arm",
        horizon=4,
    )
    same = ROUTINES["risk"](persons())
    assert found.estimates.headline.estimate == same.estimates.headline.estimate


@pytest.mark.parametrize("codes", [[0.0, 1.0], [False, True], ["0", "1"]])
def test_yes_and_no_in_any_form(codes):
    data = persons()
    found = ROUTINES["cox"](data.assign(back=[codes[one] for one in data.back]))
    assert found.estimates.headline.estimate == ROUTINES["cox"](data).estimates.headline.estimate


def test_the_cause_must_be_named_and_known():
    refused(DesignError, "survival_name_cause", "kaplan_meier", persons(), **EVENTS)
    error = refused(DataError, "survival_no_such_event", "kaplan_meier", persons(), cause="readmited", **EVENTS)
    assert "readmitted" in error.remedy("en")


@pytest.mark.parametrize("routine", ["kaplan_meier", "rmst", "log_rank", "cox"])
def test_no_events(routine):
    refused(DesignError, "survival_no_events", routine, persons().assign(back=0))
    assert (
        refused(DesignError, "survival_no_events", "cumulative_incidence", persons().assign(how=0)).facts["rows"] == 120
    )


def test_one_arm_or_an_unnamed_control():
    refused(DesignError, "survival_one_arm", "cox", persons().query("arm == 'new'"))
    refused(
        DesignError,
        "cohort_name_control",
        "rmst",
        persons().assign(arm=lambda d: d.arm.map({"control": "x", "new": "y"})),
    )
    refused(DataError, "cohort_no_such_value", "rmst", persons(), control="old")


def test_entry_must_precede_the_exit():
    data = persons()
    data.loc[3, "late"] = data.loc[3, "days"]
    refused(DataError, "survival_entry_after_exit", "cox", data, entry="late")
    refused(DataError, "survival_entry_after_exit", "kaplan_meier", data, entry="late")


@pytest.mark.parametrize("routine", ["rmst", "risk"])
def test_a_horizon_beyond_the_follow_up(routine):
    call = getattr(cohort, routine)
    given = BACK if routine == "rmst" else EVENTS | {"cause": "readmitted"}
    for horizon, code in ((40, "survival_beyond"), (0, "survival_horizon"), (math.inf, "survival_horizon")):
        with pytest.raises(DesignError) as raised:
            call(persons(), "days", treatment="arm", horizon=horizon, **given)
        assert raised.value.code == code


def test_a_curve_at_zero_is_known_for_ever():
    data = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": 1, "arm": [0, 0, 1, 1]})
    found = cohort.rmst(data, "t", event="e", treatment="arm", horizon=10)
    assert found.estimates["1"].estimate == 2.0
    assert cohort.kaplan_meier(data, "t", event="e", at=[9]).estimates.headline.estimate == 0.0


def test_an_arm_that_a_stratum_lacks():
    data = persons().assign(ward=lambda d: np.where(d.index == 1, "c", d.ward))
    assert refused(DesignError, "survival_arm_missing", "rmst", data, strata="ward").facts["stratum"] == "c"


def test_neither_treatment_nor_covariates():
    with pytest.raises(DesignError) as raised:
        cohort.cox(persons(), "days", event="back")
    assert raised.value.code == "cox_nothing"


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_separation_is_said(ties):
    data = persons().assign(back=lambda d: d.back * (d.arm == "new"))
    error = refused(DesignError, "cox_monotone", "cox", data, ties=ties, covariates=["age"])
    assert error.facts["columns"] == "new"


def test_a_covariate_that_orders_the_events_is_said():
    data = pd.DataFrame({"t": np.arange(1.0, 21), "e": 1, "x": np.arange(20.0)})
    with pytest.raises(DesignError) as raised:
        cohort.cox(data, "t", event="e", covariates=["x"])
    assert raised.value.code == "cox_monotone"


def test_strong_but_finite_effects_are_not_taken_for_separation():
    rng = np.random.default_rng(3)
    x = rng.normal(size=400)
    data = pd.DataFrame({"t": rng.exponential(np.exp(-4 * x)), "e": 1, "x": x, "rare": np.arange(400) < 6})
    found = cohort.cox(data, "t", event="e", covariates=["x", "rare"])
    assert abs(found.estimates["x"].estimate - 4) < 0.6


def test_constant_and_collinear_covariates_are_said():
    constant = refused(DesignError, "cox_constant", "cox", persons().assign(one=1.0), covariates=["one"])
    assert constant.facts["columns"] == "one"
    refused(
        DesignError, "stats_collinear", "cox", persons().assign(twice=lambda d: 2 * d.age), covariates=["age", "twice"]
    )
    refused(
        DesignError,
        "cox_constant",
        "cox",
        persons().assign(b=lambda d: (d.ward == "b").astype(int)),
        covariates=["b"],
        strata="ward",
    )


@pytest.mark.parametrize("argument", [{"ties": "exact"}, {"errors": "HC2"}])
def test_choices_are_checked(argument):
    refused(DataError, "bad_choice", "cox", persons(), **argument)


@pytest.mark.parametrize(
    ("argument", "routine"), [({"interval": "wald"}, "kaplan_meier"), ({"interval": "x"}, "cumulative_incidence")]
)
def test_intervals_are_checked(argument, routine):
    refused(DataError, "bad_choice", routine, persons(), **argument)


def test_levels_powers_and_late_entries():
    refused(DesignError, "bad_level", "kaplan_meier", persons(), conf_level=95)
    refused(DesignError, "survival_negative_power", "log_rank", persons(), rho=-1)
    refused(DataError, "cohort_no_such_value", "log_rank", persons(), control=7)


def test_arms_that_are_never_at_risk_together():
    data = pd.DataFrame({"from": [0.0, 0, 5, 5], "to": [1.0, 2, 7, 8], "e": 1, "arm": [0, 0, 1, 1]})
    with pytest.raises(DesignError) as raised:
        cohort.log_rank(data, "to", event="e", entry="from", treatment="arm")
    assert raised.value.code == "survival_never_together"


def test_a_profile_must_hold_the_columns_of_the_model():
    found = ROUTINES["cox"](persons(), covariates=["age"])
    with pytest.raises(DataError) as raised:
        found.survival({"age": 60.0})
    assert raised.value.code == "cox_profile"
    curve = found.survival({"age": 60.0, "new": 1.0})[0]
    assert 0 < curve.value[-1] < curve.value[0] <= 1
    assert (curve.low <= curve.value).all()


def test_quantiles_that_are_not_reached():
    data = pd.DataFrame({"t": [1.0, 2, 3, 4], "e": [1, 0, 0, 0]})
    median = cohort.kaplan_meier(data, "t", event="e", at=[2]).medians[0]
    assert isinstance(median.value, Unavailable)
    assert "not reached" in cohort.kaplan_meier(data, "t", event="e", at=[2]).summary("en")


def test_before_the_first_event_there_is_no_interval():
    data = pd.DataFrame({"t": [2.0, 3, 4], "e": [1, 1, 0]})
    one = cohort.kaplan_meier(data, "t", event="e", at=[1]).estimates.headline
    assert one.estimate == 1.0
    assert isinstance(one.conf_low, Unavailable)


def test_other_tables():
    data = persons().drop(columns=["late"])
    for routine in ("kaplan_meier", "cox"):
        ours = ROUTINES[routine](pl.from_pandas(data)).estimates.headline.estimate
        assert ours == ROUTINES[routine](data).estimates.headline.estimate


def test_the_callers_data_stay_as_they_are():
    data = persons()
    before = data.copy()
    for routine in ROUTINES.values():
        routine(data)
    pd.testing.assert_frame_equal(data, before)


def test_without_competing_events_incidence_is_one_less_survival():
    data = persons()
    found = cohort.cumulative_incidence(
        data, "days", event="back", by="arm", weights="w", cluster="clinic", at=[5], interval="plain"
    )
    survival = cohort.kaplan_meier(
        data, "days", event="back", by="arm", weights="w", cluster="clinic", at=[5], interval="plain"
    )
    for risk, left in zip(found.estimates, survival.estimates, strict=True):
        np.testing.assert_allclose(risk.estimate, 1 - left.estimate, rtol=1e-12)
        np.testing.assert_allclose(risk.std_error, left.std_error, rtol=1e-10)
    assert found.tests == ()


def test_all_risks_and_survival_add_up_to_one():
    found = cohort.cumulative_incidence(persons(), "days", at=[6], **EVENTS)
    everything = cohort.kaplan_meier(persons().assign(any=lambda d: d.how > 0), "days", event="any", at=[6])
    total = sum(one.estimate for one in found.estimates) + everything.estimates.headline.estimate
    np.testing.assert_allclose(total, 1.0, rtol=1e-12)


def test_strata_weigh_by_their_size():
    data = persons()
    parts = [
        cohort.rmst(data[data.ward == ward], "days", event="back", treatment="arm", horizon=4) for ward in ("a", "b")
    ]
    shares = [(data.ward == ward).mean() for ward in ("a", "b")]
    whole = ROUTINES["rmst"](data, strata="ward").estimates["new"]
    np.testing.assert_allclose(
        whole.estimate, sum(s * p.estimates["new"].estimate for s, p in zip(shares, parts, strict=True))
    )
    variance = sum((s * p.estimates["new"].std_error) ** 2 for s, p in zip(shares, parts, strict=True))
    np.testing.assert_allclose(whole.std_error, np.sqrt(variance))


def test_one_step_is_near_the_maximum_for_small_effects():
    step, maximum = ROUTINES["log_rank"](persons(400)).estimates["new"], ROUTINES["cox"](persons(400)).estimates["new"]
    np.testing.assert_allclose([step.estimate, step.std_error], [maximum.estimate, maximum.std_error], rtol=0.05)
    np.testing.assert_allclose(step.statistic**2, ROUTINES["log_rank"](persons(400)).statistic, rtol=1e-10)


def test_one_person_one_cluster_and_arms_without_spread():
    data = pd.DataFrame({"t": [1.0, 2, 3, 5, 6, 7], "e": [0, 1, 1, 0, 0, 0], "arm": [0, 0, 0, 1, 1, 1], "one": 1})
    alone = data[data.t != 5].assign(arm=[0, 0, 0, 0, 1])
    for code, rows, more in (("survival_one_person", alone, {}), ("stats_one_cluster", data, {"cluster": "one"})):
        with pytest.raises(DesignError) as raised:
            cohort.rmst(rows, "t", event="e", treatment="arm", horizon=3, **more)
        assert raised.value.code == code
    whole = cohort.rmst(data, "t", event="e", treatment="arm", horizon=5).estimates
    assert isinstance(whole["1, rmst"].conf_low, Unavailable)
    assert isinstance(whole["1"].conf_low, float)


def test_too_few_events_to_test_whether_hazards_change():
    data = pd.DataFrame({"t": [1.0, 2, 3, 4, 0], "e": [0, 1, 0, 0, 1], "x": [0.0, 1, 0, 2, 1.5]})
    found = cohort.cox(data[data.t > 0], "t", event="e", covariates=["x"])
    assert found.proportional().p_value == 1.0
    assert found.summary("en")
    with pytest.raises(DesignError) as raised:
        cohort.cox(data, "t", event="e", covariates=["x"]).proportional("log")
    assert raised.value.code == "survival_log_clock"


def test_fine_gray_speaks_of_the_subdistribution():
    found = ROUTINES["fine_gray"](persons())
    assert found.estimates.headline.estimand == "log_subdistribution_hazard_ratio"
    assert found.summary(lang="en").startswith("Subdistribution hazard ratio (")
    assert found.summary(lang="ja").startswith("部分分布ハザード比(")
    assert ROUTINES["cox"](persons()).summary(lang="en").startswith("Hazard ratio (")
