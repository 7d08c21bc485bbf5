"""Labels of the data stay as they are, whatever the glossary calls a word alike; terms of the library have its words."""

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort, its, rct, survey
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes
from ebpm.moments.labels import control_places, label_of, labels_of, with_first
from ebpm.texts import calling, coined, entries

TAKEN = ("att", "nudge", "intercept", "control")


def trial(arms: tuple[str, ...] = TAKEN) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    arm = np.repeat(np.array(arms), 12)
    return pd.DataFrame({"arm": arm, "kwh": rng.normal(size=len(arm)), "age": rng.normal(size=len(arm))})


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_an_arm_is_called_by_its_label_even_where_the_glossary_knows_the_word(lang: str) -> None:
    assert {"att", "nudge", "intercept"} <= entries("term").keys()
    for found in (
        rct.difference_in_means(trial(), "kwh", treatment="arm"),
        rct.lin(trial(), "kwh", treatment="arm", covariates=["age"]),
        rct.ancova(trial(), "kwh", treatment="arm", covariates=["age"]),
    ):
        assert [one.called(lang) for one in found] == ["att", "intercept", "nudge"]
        assert "intercept" in found.table().to_text(lang)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_groups_of_a_survey_are_called_by_their_labels(lang: str) -> None:
    found = survey.mean(trial(), "kwh", by="arm")
    assert [one.called(lang) for one in found] == ["att", "control", "intercept", "nudge"]


def test_names_of_readers_are_used_for_labels() -> None:
    found = rct.difference_in_means(trial(), "kwh", treatment="arm")
    with calling({"att": {"ja": "案内", "en": "leaflet"}}):
        assert found.items[0].called("ja") == "案内"


def test_terms_of_the_library_keep_the_words_of_the_glossary() -> None:
    counts = pd.DataFrame({"count": [1, 2, 0, 2, 2, 1, 3, 1], "list": ["short", "long"] * 4, "place": list("aaaabbbb")})
    found = survey.list_experiment(counts, "count", treatment="list", control="short", items=3, by="place").estimates
    assert [one.called("ja") for one in found] == [entries("term")["everybody"]["ja"], "a", "b", "b - a"]
    series = pd.DataFrame({"month": range(24), "y": np.random.default_rng(1).normal(size=24)})
    changed = its.segmented(series, "y", time="month", intervention=12, errors="ols").estimates
    assert changed["level_change"].called("ja") == entries("term")["level_change"]["ja"]
    assert coined("no such term") == ""


def test_a_treatment_of_words_of_the_glossary_is_weighted_by_its_labels() -> None:
    data = trial(("no", "att")).assign(arm=lambda one: one["arm"].replace("no", "control"))
    means = cohort.iptw(data, "kwh", treatment="arm", covariates=["age"]).estimates
    assert "att" in means["mean_treated"].called("ja")
    assert means["difference"].called("ja") == entries("term")["difference"]["ja"]


@pytest.mark.parametrize(
    ("level", "label"),
    [(1.0, "1"), (0.5, "0.5"), (True, "True"), ("対照", "対照"), (np.float64(2.0), "2"), (-3, "-3"), (np.inf, "inf")],
)
def test_labels(level: object, label: str) -> None:
    assert label_of(level) == label


def test_which_level_is_the_control() -> None:
    arms = Codes(np.array([0, 1, 2]), ("A", "Control", "対照"))
    assert control_places(arms) == [1, 2]
    assert control_places(arms, "A") == [0]
    assert control_places(arms, "B") == []
    assert control_places(Codes(np.array([0, 1]), (0.0, 1.0)), "1") == [1]
    assert control_places(Codes(np.array([0, 1]), (False, True)), 1) == [1]
    first = with_first(arms, 2)
    assert labels_of(first) == ("対照", "A", "Control")
    assert first.codes.tolist() == [1, 2, 0]


def test_rooms_refuse_a_control_that_is_not_there_in_their_own_words() -> None:
    data = trial(("att", "nudge"))
    with pytest.raises(DesignError, match="control"):
        rct.difference_in_means(data, "kwh", treatment="arm")
    with pytest.raises(DataError, match="mail"):
        rct.difference_in_means(data, "kwh", treatment="arm", control="mail")
    with pytest.raises(DesignError):
        cohort.iptw(data, "kwh", treatment="arm", covariates=["age"])
    with pytest.raises(DataError):
        cohort.iptw(data, "kwh", treatment="arm", covariates=["age"], control="mail")
    with pytest.raises(DesignError):
        survey.list_experiment(data.assign(count=1), "count", treatment="arm", control="mail", items=3)
