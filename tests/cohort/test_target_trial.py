"""Target trials: the declaration, person-time from dates, flows that add up, and effects with known truths."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from ebpm import DataError, DesignError, SpecError, cohort
from tests.cohort.cohorts import records, trial

HANDLINGS = {"landmark": 90, "time_varying": 0, "clone_censor_weight": 90, "naive": 0}
FOUR = pd.DataFrame({
    "pid": list("abcd"), "zero": ["2020-01-01"] * 4, "started": ["2020-01-11", None, "2020-03-01", None],
    "back": [None, "2020-01-21", None, "2020-06-29"], "left": [None] * 4,
})  # fmt: skip


def spells(handling, days, data=FOUR, **changes):
    found = cohort.person_time(
        data, trial(handling, days, interval=30, follow_up={"days": 180, "interval": 30}, **changes)
    )
    columns = ["pid", "treated", "start", "stop", "event", "departed"]
    return sorted(map(tuple, found.frame[columns].to_numpy().tolist()))


def test_a_landmark_keeps_those_still_followed():
    assert spells("landmark", 30) == [("a", 1, 0, 150, 0, 0), ("c", 0, 0, 150, 0, 0), ("d", 0, 0, 150, 1, 0)]


def test_naive_time_is_all_treated():
    assert [row[:4] for row in spells("naive", 0)] == [
        ("a", 1, 0, 180),
        ("b", 0, 0, 20),
        ("c", 1, 0, 180),
        ("d", 0, 0, 180),
    ]


def test_time_before_treatment_is_untreated():
    rows = spells("time_varying", 0)
    assert [row for row in rows if row[0] == "a"] == [("a", 0, 0, 10, 0, 0), ("a", 1, 10, 180, 0, 0)]
    assert [row for row in rows if row[0] == "c"] == [
        ("c", 0, 0, 30, 0, 0), ("c", 0, 30, 60, 0, 0), ("c", 1, 60, 180, 0, 0),
    ]  # fmt: skip
    assert sum(row[3] - row[2] for row in rows) == 180 + 20 + 180 + 180


def test_clones_are_censored_when_they_depart():
    rows = spells("clone_censor_weight", 90)
    assert [row for row in rows if row[:2] == ("a", 0)] == [("a", 0, 0, 10, 0, 1)]
    assert [row for row in rows if row[:2] == ("a", 1)] == [("a", 1, 0, 90, 0, 0), ("a", 1, 90, 180, 0, 0)]
    assert [row for row in rows if row[:2] == ("b", 1)] == [("b", 1, 0, 20, 1, 0)]
    assert [row for row in rows if row[:2] == ("d", 1)] == [("d", 1, 0, 90, 0, 1)]
    assert [row[2:] for row in rows if row[:2] == ("d", 0)] == [
        (0, 30, 0, 0), (30, 60, 0, 0), (60, 90, 0, 0), (90, 180, 1, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["text", "datetime", "date", "days"])
def test_dates_come_in_any_form(kind):
    forms = {
        "datetime": pd.to_datetime, "text": lambda column: column, "date": lambda column: [dt.date.fromisoformat(one) if isinstance(one, str) else None for one in column],
        "days": lambda column: (pd.to_datetime(column) - pd.Timestamp("2000-01-01")).dt.days,
    }  # fmt: skip
    data = FOUR.assign(**{name: forms[kind](FOUR[name]) for name in ("zero", "started", "back")})
    assert spells("clone_censor_weight", 90, data) == spells("clone_censor_weight", 90)


def test_who_is_left_out_is_counted_once_under_the_first_reason():
    data = pd.DataFrame({
        "pid": range(8), "zero": [0, 0, 0, 0, 0, None, 0, 0], "age": [30, 50, 50, 50, 50, 50, None, 50],
        "started": [None, -5, 5, None, None, None, None, None], "back": [None, 100, -1, 0, 50, None, None, None],
        "left": [None, None, None, None, None, None, None, 60],
    })  # fmt: skip
    rules = [{"left": "age", "op": ">=", "right": 40, "text": {"ja": "40歳以上", "en": "40 or over"}}]
    found = cohort.person_time(
        pd.concat([data, data.assign(pid=range(10, 18)).iloc[[7, 7]].assign(pid=[20, 21], left=np.nan)]),
        trial("landmark", 90, eligibility=rules),
    )
    reasons = [why["en"] if isinstance(why, dict) else why for why, _ in found.flow.excluded]
    assert [count for _, count in found.flow.excluded] == [1, 2, 1, 2, 1, 1]
    assert reasons[1] == "not: 40 or over"
    assert found.flow.records == found.flow.included + sum(count for _, count in found.flow.excluded)
    assert "C405" in found.notices
    assert "C402" in found.notices


@pytest.mark.parametrize("handling", HANDLINGS)
def test_the_flow_adds_up(handling):
    found = cohort.person_time(records(), trial(handling, HANDLINGS[handling])).flow
    for arm in found.arms:
        assert arm.persons == arm.outcome + arm.competing + arm.departed + arm.lost + arm.complete
    assert sum(arm.persons for arm in found.arms) == found.included * (2 if found.cloned else 1)
    assert found.records == found.included + sum(count for _, count in found.excluded)


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"left": "n", "op": ">", "right": 1}, "cd"), ({"left": "n", "op": "!=", "right": 2}, "abd"),
        ({"left": "ward", "op": "==", "right": "west"}, "ab"), ({"left": "zero", "op": "<=", "right": "2020-01-01"}, "abcd"),
        ({"left": "when", "op": "<", "right": "2020-02"}, "ab"), ({"left": "n", "op": "<=", "right": "limit"}, "abc"),
    ],
)  # fmt: skip
def test_criteria_compare_numbers_words_dates_and_columns(rule, kept):
    data = FOUR.assign(
        n=[0, 1, 2, 3], limit=[2, 2, 2, 2], ward=["west", "west", "east", None],
        when=pd.to_datetime(["2019-11-01", "2020-01-01", "2020-02-01", None]),
    )  # fmt: skip
    found = cohort.person_time(data, trial("naive", 0, eligibility=[rule | {"text": "it"}]))
    assert "".join(found.frame["pid"]) == kept


def test_without_an_effect_only_the_naive_analysis_finds_one():
    data = records(3, 3000, ratio=1.0, slope=0.5)
    found = {
        handling: cohort.emulate(data, "back", trial=trial(handling, days), covariates=["x"]).estimates[
            "log_hazard_ratio"
        ]
        for handling, days in HANDLINGS.items()
    }
    assert found["naive"].conf_high < -0.15
    for handling in ("landmark", "time_varying", "clone_censor_weight"):
        assert found[handling].conf_low < 0 < found[handling].conf_high


def test_unweighted_clones_are_biased_and_weighted_ones_are_not():
    """Without an effect the curves of both strategies are the same; confounded departure moves them apart."""
    gaps = {"weighted": [], "blind": []}
    for seed in range(4):
        data = records(seed, 2000, ratio=1.0, slope=0.7).assign(noise=lambda table: np.sin(np.arange(len(table))))
        for name, covariate in (("weighted", "x"), ("blind", "noise")):
            found = cohort.emulate(data, "back", trial=trial("clone_censor_weight", 90), covariates=[covariate])
            gaps[name].append(found.estimates["risk_difference"].estimate)
    assert np.mean(gaps["blind"]) < -0.04
    assert abs(np.mean(gaps["weighted"])) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("handling", ["clone_censor_weight", "time_varying"])
def test_stacked_errors_over_persons_are_near_the_delete_one_jackknife(handling):
    data = records(4, 160, slope=0.3)
    declared, days = trial(handling, HANDLINGS[handling], interval=45), "log_hazard_ratio"
    left = [
        cohort.emulate(data.drop(index=row), "back", trial=declared, covariates=["x"]).estimates[days].estimate
        for row in data.index
    ]
    n = len(data)
    jackknife = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())
    found = cohort.emulate(data, "back", trial=declared, covariates=["x"]).estimates[days].std_error
    assert found == pytest.approx(jackknife, rel=0.08)


def test_persons_in_clusters():
    data = records(5)
    for handling in ("landmark", "clone_censor_weight", "time_varying"):
        declared = trial(handling, HANDLINGS[handling])
        plain, clustered = (
            cohort.emulate(data, "back", trial=declared, covariates=["x"], cluster=cluster).estimates.headline
            for cluster in (None, "clinic")
        )
        assert plain.estimate == pytest.approx(clustered.estimate)
        assert (plain.clusters, clustered.clusters, clustered.df) == (0, 40, 39)


def test_a_declaration_is_closed_and_speaks():
    for changes, code in [
        ({"treatment": trial()["treatment"] | {"days": 0}}, "days"), ({"horizon": 3}, "horizon"),
        ({"treatment": trial()["treatment"] | {"handling": "matching"}}, "handling"),
        ({"treatment": trial()["treatment"] | {"handling": "clone_censor_weight", "days": 50}}, "interval"),
        ({"treatment": trial()["treatment"] | {"handling": "clone_censor_weight"}, "estimand": "att"}, "estimand"),
    ]:  # fmt: skip
        with pytest.raises(SpecError) as caught:
            cohort.person_time(records(n=20), trial() | changes)
        assert code in str(caught.value)
    declared = cohort.TargetTrial(**trial(outcome={"date": "back", "text": {"ja": "再入院", "en": "readmission"}}))
    assert "再入院" in declared.protocol("ja").to_text("ja")
    assert "readmission" in declared.protocol("en").to_text("en")


def test_a_declaration_may_stand_in_a_file(tmp_path):
    import json

    file = tmp_path / "trial.yaml"
    file.write_text(json.dumps(trial()), encoding="utf-8")
    assert cohort.person_time(records(n=300), file).flow == cohort.person_time(records(n=300), trial()).flow


def test_bad_records_are_refused():
    data = records(n=50)
    with pytest.raises(DataError, match=r"1 Jan 2020"):
        cohort.person_time(data.assign(started="1 Jan 2020"), trial())
    with pytest.raises(DataError) as caught:
        cohort.person_time(data.assign(pid=1), trial())
    assert caught.value.code == "cohort_person_twice"
    with pytest.raises(DesignError) as caught:
        cohort.person_time(data.assign(zero=np.nan), trial())
    assert caught.value.code == "cohort_nobody_left"
    with pytest.raises(DataError) as caught:
        cohort.person_time(data.assign(event=1), trial(), keep=["event"])
    assert caught.value.code == "cohort_taken_name"
    with pytest.raises(DesignError) as caught:
        cohort.emulate(data, "left", trial=trial(), covariates=["x"])
    assert caught.value.code == "cohort_other_outcome"
    with pytest.raises(DataError) as caught:
        cohort.person_time(data, trial(eligibility=[{"left": "x", "op": ">", "right": "many", "text": "it"}]))
    assert caught.value.code == "cohort_cannot_compare"
    with pytest.raises(DesignError) as caught:
        cohort.emulate(
            data.assign(x=data["started"].notna() * 1.0),
            "back",
            trial=trial("clone_censor_weight", 90),
            covariates=["x"],
        )
    assert caught.value.code == "cohort_start_separated"
    with pytest.raises(DesignError) as caught:
        cohort.emulate(
            data.assign(back=np.where(data["started"].notna(), np.nan, data["back"])),
            "back",
            trial=trial("time_varying", 0),
            covariates=["x"],
        )
    assert caught.value.code == "cohort_no_events_in_arm"


@pytest.mark.parametrize("options", [{"trim": 0.1}, {"truncate": 0.01}])
def test_weights_of_a_history_are_not_trimmed(options):
    with pytest.raises(DesignError) as caught:
        cohort.emulate(records(n=300), "back", trial=trial("clone_censor_weight", 90), covariates=["x"], **options)
    assert caught.value.code == "cohort_no_trimming"
    assert cohort.emulate(records(n=300), "back", trial=trial(), covariates=["x"], **options).estimates


def test_the_table_of_the_caller_is_not_touched():
    data = records(n=200)
    before = data.copy(deep=True)
    cohort.emulate(data, "back", trial=trial(), covariates=["x"])
    pd.testing.assert_frame_equal(data, before)
