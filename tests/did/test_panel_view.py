"""The grid of adoption: states, gaps, cohorts, notices, figure at 10 and at 500 units, refusals."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

TEN = {NEVER: 4, 3: 2, 5: 3, 1: 1}


def test_states_cohorts_and_order_do_not_depend_on_rows():
    data = panel(TEN)
    found = did.adoption(data, **COLUMNS)
    shuffled = did.adoption(data.sample(frac=1, random_state=1), **COLUMNS)
    assert found.first_treated.tolist() == [1, 3, 3, 5, 5, 5, *[np.inf] * 4]
    np.testing.assert_array_equal(found.states, shuffled.states)
    assert found.units == shuffled.units
    assert (found.treated, found.always_treated, found.staggered, found.absorbing, found.balanced) == (
        6,
        1,
        True,
        True,
        True,
    )
    assert found.states[1].tolist() == [1, 1, 2, 2, 2, 2, 2, 2]


def test_a_column_of_treatment_says_the_same_and_may_end():
    data = panel(TEN)
    by_date, by_row = did.adoption(data, **COLUMNS), did.adoption(data, unit="unit", time="time", treatment="treated")
    np.testing.assert_array_equal(by_date.states, by_row.states)
    assert by_row.notices.codes == ()
    ended = data.assign(treated=data["treated"] * (data["time"] < 7))
    found = did.adoption(ended, unit="unit", time="time", treatment="treated")
    assert not found.absorbing
    assert found.notices.codes == ("D246",)
    assert found.states[1].tolist() == [1, 1, 2, 2, 2, 2, 3, 3]


def test_missing_rows_and_missing_outcomes_are_not_seen():
    data = panel(TEN)
    data.loc[5, "y"] = np.nan
    found = did.adoption(data.drop(index=[0, 9]), **COLUMNS, outcome="y")
    assert found.missing == 3
    assert not found.balanced
    assert found.tidy()["units_with_gaps"].sum() == 2
    assert found.tidy()["n"].sum() == data["unit"].nunique() * 8 - 3


@pytest.mark.parametrize("never", [0, np.inf, np.nan, None, 99])
def test_every_way_to_say_never(never):
    data = panel({NEVER: 3, 4: 3})
    data["first"] = data["first"].astype(object).where(data["first"] > 0, never)
    assert did.adoption(data, **COLUMNS).treated == 3


def test_a_period_without_comparison_is_noticed():
    found = did.adoption(panel({3: 4, 5: 4}), **COLUMNS)
    assert found.notices.codes == ("D245",)
    assert "5, 6, 7, 8" in found.notices.to_text("en")
    assert all("{" not in found.notices.to_text(lang) for lang in ("ja", "en"))
    assert did.adoption(panel(TEN), **COLUMNS).notices.codes == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("cohorts", [TEN, {NEVER: 300, 3: 100, 4: 60, 6: 40}, LARGE])
def test_words_table_and_figure(cohorts, lang):
    found = did.adoption(panel(cohorts), **COLUMNS)
    assert {"ja": "単位", "en": "units"}[lang] in found.summary(lang)
    assert "<table>" in found._repr_html_()
    ax = found.plot(lang=lang)
    ax.figure.draw_without_rendering()
    assert len(ax.get_yticklabels()) <= 30


REFUSED = {
    "neither": ({}, DataError, "did_adoption_column"),
    "both": ({"first_treated": "first", "treatment": "treated"}, DataError, "did_adoption_column"),
    "negative": ({"treatment": "minus"}, DataError, "did_negative_treatment"),
    "nobody": ({"treatment": "nothing"}, DesignError, "did_no_treated_rows"),
    "column": ({"treatment": "treat"}, DataError, "missing_column"),
    "outcome": ({"treatment": "treated", "outcome": "z"}, DataError, "missing_column"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    choices, kind, code = REFUSED[case]
    data = panel(TEN).assign(minus=-1.0, nothing=0.0)
    with pytest.raises(kind) as caught:
        did.adoption(data, unit="unit", time="time", **choices)
    assert caught.value.code == code


def test_a_row_twice_is_refused():
    data = panel(TEN)
    with pytest.raises(DataError):
        did.adoption(pd.concat([data, data.iloc[:1]]), **COLUMNS)
