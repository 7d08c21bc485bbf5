"""What cannot be analysed is refused in three parts, in both languages, and nothing is changed."""

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.errors import DataError, DesignError

GIVEN = {"time": "month", "intervention": "2019-01"}


def with_value(table, column, row, value):
    return table.assign(**{column: table[column].astype(float).where(table.index != row, value)})


CASES = {
    "its_outside": (DesignError, lambda t: (t, "cases", {**GIVEN, "intervention": "2030-01"})),
    "its_too_few": (DesignError, lambda t: (t, "cases", {**GIVEN, "intervention": "2014-03"})),
    "its_other_calendar": (DataError, lambda t: (t, "cases", {**GIVEN, "intervention": 2019})),
    "its_not_a_period": (DataError, lambda t: (t, "cases", {**GIVEN, "intervention": "spring"})),
    "its_bad_transition": (DesignError, lambda t: (t, "cases", {**GIVEN, "transition": -1})),
    "its_comparison_codes": (DesignError, lambda t: (t, "cases", {**GIVEN, "comparison": "city"})),
    "its_no_exposure": (DesignError, lambda t: (t.assign(people=0), "cases", {**GIVEN, "exposure": "people"})),
    "its_negative_count": (
        DesignError,
        lambda t: (with_value(t, "cases", 7, -2), "cases", {**GIVEN, "family": "poisson"}),
    ),
    "its_no_logarithm": (
        DesignError,
        lambda t: (with_value(t, "cases", 7, 0), "cases", {**GIVEN, "family": "log_gaussian"}),
    ),
    "its_no_season": (
        DesignError,
        lambda t: (t.assign(month=range(96)), "cases", {"time": "month", "intervention": 60, "season": 2}),
    ),
    "its_bad_harmonics": (DesignError, lambda t: (t, "cases", {**GIVEN, "season": 7})),
    "its_bad_event": (DataError, lambda t: (t, "cases", {**GIVEN, "events": ["2019-10"]})),
    "glm_constant_outcome": (DesignError, lambda t: (t.assign(cases=0), "cases", {**GIVEN, "family": "poisson"})),
    "its_zero_side": (
        DesignError,
        lambda t: (t.assign(cases=np.where(t.index < 60, 5, 0)), "cases", {**GIVEN, "family": "poisson"}),
    ),
    "hac_bad_lags": (DesignError, lambda t: (t, "cases", {**GIVEN, "errors": "newey_west", "lags": 96})),
    "hac_too_short": (
        DesignError,
        lambda t: (t.iloc[56:64], "cases", {**GIVEN, "errors": "newey_west", "lags": "automatic"}),
    ),
    "bad_choice": (DataError, lambda t: (t, "cases", {**GIVEN, "errors": "quasi"})),
    "bad_level": (DesignError, lambda t: (t, "cases", {**GIVEN, "conf_level": 95})),
    "missing_column": (DataError, lambda t: (t, "case", GIVEN)),
    "missing_values": (DataError, lambda t: (with_value(t, "cases", 3, np.nan), "cases", GIVEN)),
    "not_numeric": (DataError, lambda t: (t.assign(cases="many"), "cases", GIVEN)),
    "empty_data": (DataError, lambda t: (t.head(0), "cases", GIVEN)),
    "stats_too_few_rows": (DesignError, lambda t: (t.iloc[56:64], "cases", {**GIVEN, "season": "month"})),
}


@pytest.mark.parametrize("code", CASES)
def test_refused(made, code):
    kind, case = CASES[code]
    table, outcome, given = case(made())
    before = table.copy(deep=True)
    with pytest.raises(kind) as caught:
        its.segmented(table, outcome, **given)
    assert caught.value.code == code
    for lang in ("ja", "en"):
        assert len(caught.value.explain(lang).splitlines()) == 3
        assert "{" not in caught.value.explain(lang)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("wrong", [{"lags": "auto"}, {"season": "weekly"}, {"family": "gamma"}, {"errors": "HAC"}])
def test_the_choices_are_named(made, wrong):
    with pytest.raises(DataError, match="Choose one of"):
        its.segmented(made(), "cases", **GIVEN, **wrong)


def test_automatic_lags_do_not_go_with_a_reference(made):
    with pytest.raises(DesignError) as caught:
        its.segmented(made(), "cases", errors="newey_west_satterthwaite", lags="automatic", **GIVEN)
    assert caught.value.code == "its_lags_chosen"
    assert caught.value.remedy("ja")


def test_missing_month_is_refused(made):
    table = made().assign(month=lambda t: t.month.where(t.index != 4))
    with pytest.raises(DataError, match="row 5"):
        its.segmented(table, "cases", **GIVEN)


def test_the_period_of_a_negative_count_is_named(made):
    with pytest.raises(DesignError, match="2014-08"):
        its.segmented(with_value(made(), "cases", 7, -2), "cases", family="poisson", **GIVEN)


def test_no_placebo_dates_in_a_short_series(made):
    with pytest.raises(DesignError, match="15 periods before; 16 are needed"):
        its.placebo_dates(made(96, 15), "cases", time="month", intervention="2015-04")
