"""Recurrent events: by hand, refused and noticed."""

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort
from ebpm.errors import DataError, DesignError

GIVEN = {"event": "how", "events": {1: "fall", 2: "death"}, "person": "id", "entry": "from"}


def falls(
    rows=(
        ("a", 0, 2, 1),
        ("a", 2, 5, 2),
        ("b", 0, 3, 1),
        ("b", 3, 6, 0),
        ("c", 0, 6, 0),
        ("d", 0, 4, 1),
        ("d", 4, 6, 0),
    ),
):
    return pd.DataFrame(rows, columns=["id", "from", "to", "how"]).assign(
        arm=lambda d: d.id.isin(["a", "c"]).astype(int)
    )


def test_means_by_hand():
    found = cohort.recurrent(falls(), "to", cause="fall", terminal="death", at=[3, 6], **GIVEN)
    assert [one.estimate for one in found.estimates] == [0.5, 0.75]
    assert found.estimates.headline.clusters == 4


def test_death_lowers_the_mean():
    rows = [(person, 0, 1, 2 if person % 2 else 0) for person in range(8)]
    rows = [row if row[3] else (row[0], 0, 4, 1) for row in rows]
    data = falls(rows)
    with_death = cohort.recurrent(data, "to", terminal="death", at=[4], **GIVEN).estimates.headline.estimate
    without = cohort.recurrent(data, "to", cause="fall", at=[4], **GIVEN)
    assert (with_death, without.estimates.headline.estimate) == (0.5, 1.0)
    assert "C460" in without.notices
    assert "C460" not in cohort.recurrent(data, "to", terminal="death", at=[4], **GIVEN).notices


def test_arms_are_compared():
    given = {"treatment": "arm", "horizon": 5, "cause": "fall", "terminal": "death", **GIVEN}
    found = cohort.mean_frequency(falls(), "to", **given)
    assert found.estimates["1"].estimate == -0.5
    assert found.estimates["0, frequency"].estimate == 1.0
    for lang in ("ja", "en"):
        assert found.summary(lang)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("a", 0, 2, 1), ("a", 1, 5, 0), ("b", 0, 3, 1)], "recurrent_overlap"),
        ([("a", 0, 2, 2), ("a", 2, 5, 1), ("b", 0, 3, 1)], "recurrent_after_end"),
    ],
)
def test_spells_that_cannot_be(rows, code):
    with pytest.raises(DataError) as raised:
        cohort.recurrent(falls(rows), "to", cause="fall", terminal="death", **GIVEN)
    assert raised.value.code == code
    assert raised.value.remedy("ja")


def test_a_person_stays_in_one_group():
    data = falls().assign(ward=[0, 1, 0, 0, 0, 0, 0])
    with pytest.raises(DataError) as raised:
        cohort.recurrent(data, "to", cause="fall", terminal="death", by="ward", **GIVEN)
    assert raised.value.code == "recurrent_changes"


def test_beyond_the_follow_up():
    with pytest.raises(DesignError) as raised:
        cohort.recurrent(falls(), "to", cause="fall", terminal="death", at=[9], **GIVEN)
    assert raised.value.code == "survival_beyond"


def test_fine_gray_takes_no_late_entry():
    from ebpm.stats.survival.fine_gray import fine_gray_fit
    from ebpm.stats.survival.risk_sets import Spells

    spells = Spells.of(np.array([2.0, 3, 4]), np.array([1, 2, 0]), entry=np.array([0.0, 1, 1]))
    with pytest.raises(DesignError) as raised:
        fine_gray_fit(spells, np.ones((3, 1)), kind=1)
    assert raised.value.code == "fine_gray_entry"


def test_few_persons_are_noticed():
    many = pd.concat([falls().assign(id=lambda d, copy=copy: d.id + str(copy)) for copy in range(12)])
    assert "C458" in cohort.recurrent(falls(), "to", cause="fall", terminal="death", at=[3], **GIVEN).notices
    assert "C458" not in cohort.recurrent(many, "to", cause="fall", terminal="death", at=[3], **GIVEN).notices
