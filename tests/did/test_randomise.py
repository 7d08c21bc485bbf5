"""Randomisation of the dates of treatment: brute force, collapse to att_gt, inversion, strata, figure, refusals."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.cohort_means import Allocation, CohortMeans, not_yet_treated_weights
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.moments.panel import read_panel
from tests.did.panels import COLUMNS, NEVER, panel

SMALL = {NEVER: 3, 3: 2, 5: 2}


def simple(data, **how):
    return did.att_gt(data, "y", **COLUMNS, control="not_yet_treated", **how).aggregate("simple").headline


@pytest.mark.parametrize("cohorts", [{NEVER: 6, 3: 4, 5: 5, 8: 3}, {3: 5, 5: 4, 7: 3}, {NEVER: 5, 4: 6}])
def test_the_effect_is_the_simple_average_of_att_gt(cohorts):
    data = panel(cohorts, effect=2.0)
    found = did.randomisation_test(data, "y", **COLUMNS, draws=99)
    assert found.estimate.estimate == pytest.approx(simple(data).estimate, rel=1e-10)


def test_units_treated_from_the_start_and_after_the_end_are_as_in_att_gt():
    data = panel({NEVER: 6, 1: 2, 4: 5, 99: 3}, effect=2.0)
    found = did.randomisation_test(data, "y", **COLUMNS, draws=99)
    assert found.estimate.estimate == pytest.approx(simple(data).estimate, rel=1e-10)
    data.loc[data["first"] == 1, "y"] *= 1e6
    assert did.randomisation_test(data, "y", **COLUMNS, draws=99).estimate.p_value == found.estimate.p_value


@pytest.mark.parametrize("statistic", ["studentised", "difference"])
def test_every_allocation_by_brute_force(statistic):
    data = panel(SMALL, effect=1.5, periods=6, noise=0.7, seed=4)
    found = did.randomisation_test(data, "y", **COLUMNS, statistic=statistic)
    dates = data.groupby("unit")["first"].first().to_numpy()
    given = Allocation.of(read_panel(data, "y", **COLUMNS), np.zeros(7, dtype=int))
    means = CohortMeans.of(given, not_yet_treated_weights(given))
    values = []
    for one in sorted(set(permutations(dates.tolist()))):
        moved = data.assign(first=np.array(one)[data["unit"]])
        effect = simple(moved).estimate
        place = np.searchsorted([3, 5, 9], np.where(np.array(one) == 0, 9, one)).astype(np.int8)
        spread = float(means.effects(place[None])[1][0, 0]) ** 0.5 * means.unit
        values.append(effect / spread if statistic == "studentised" else effect)
    assert found.possible == found.draws == len(values) == 210
    np.testing.assert_allclose(np.sort(found.distribution), np.sort(values), rtol=1e-9, atol=1e-9)
    share = np.mean(np.abs(values) >= abs(found.statistic) - 1e-9)
    assert found.estimate.p_value == pytest.approx(share)


@pytest.mark.parametrize("statistic", ["studentised", "difference"])
def test_the_interval_is_where_the_null_begins_to_be_rejected(statistic):
    data = panel({NEVER: 8, 3: 4, 5: 4}, effect=1.5, periods=6, noise=0.7, seed=4)
    found = did.randomisation_test(data, "y", **COLUMNS, statistic=statistic, draws=999)
    low, high = found.estimate.conf_low, found.estimate.conf_high
    assert low < found.estimate.estimate < high
    for null, rejected in ((low - 1e-6, True), (low + 1e-6, False), (high - 1e-6, False), (high + 1e-6, True)):
        again = did.randomisation_test(data, "y", **COLUMNS, statistic=statistic, draws=999, null=null)
        assert (again.estimate.p_value <= 0.05) is rejected


def test_strata_keep_their_dates():
    data = panel({NEVER: 4, 4: 4}, effect=2.0, seed=2)
    data["ward"] = np.where(data["unit"] % 2, "east", "west")
    free, within = (did.randomisation_test(data, "y", **COLUMNS, **how) for how in ({}, {"strata": "ward"}))
    assert (free.possible, within.possible) == (70, 36)


def test_nothing_changes_with_rows_labels_unit_and_period_effects():
    data = panel({NEVER: 8, 3: 4, 5: 4}, effect=1.5, seed=4)
    found = did.randomisation_test(data, "y", **COLUMNS, draws=999)
    rng = np.random.default_rng(1)
    names = np.array([f"firm {one:02d}" for one in range(16)])
    moved = data.assign(
        y=3.0 * data["y"] + 50 * rng.normal(size=16)[data["unit"]] + 9 * data["time"], unit=names[data["unit"]]
    ).sample(frac=1, random_state=3)
    again = did.randomisation_test(moved, "y", **COLUMNS, draws=999)
    assert again.estimate.p_value == pytest.approx(found.estimate.p_value)
    assert again.estimate.conf_low == pytest.approx(3 * found.estimate.conf_low, rel=1e-8)


def test_the_notices_fire_and_do_not():
    few = did.randomisation_test(panel({NEVER: 4, 4: 1}), "y", **COLUMNS)
    assert few.notices.codes == ("D244", "D247")
    assert few.estimate.conf_high == np.inf
    assert all("{" not in few.notices.to_text(lang) for lang in ("ja", "en"))
    assert did.randomisation_test(panel({NEVER: 12, 4: 8}), "y", **COLUMNS, draws=199).notices.codes == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_table_and_figure(lang):
    found = did.randomisation_test(panel({NEVER: 12, 4: 8}), "y", **COLUMNS, draws=499)
    assert {"ja": "割付け", "en": "allocations"}[lang] in found.summary(lang)
    assert len(found.tidy()) == 1
    assert "<table>" in found._repr_html_()
    assert isinstance(found.estimate.df, Unavailable)
    found.plot(lang=lang).figure.draw_without_rendering()


REFUSED = {
    "draws": ({"draws": 5}, DesignError, "did_too_few_draws"),
    "statistic": ({"statistic": "mean"}, DataError, "bad_choice"),
    "strata": ({"strata": "time"}, DataError, "did_strata_change"),
    "level": ({"conf_level": 1.0}, DesignError, "bad_level"),
    "column": ({"strata": "nowhere"}, DataError, "missing_column"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    choices, kind, code = REFUSED[case]
    with pytest.raises(kind) as caught:
        did.randomisation_test(panel({NEVER: 6, 4: 4}), "y", **COLUMNS, **choices)
    assert caught.value.code == code
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )


def test_nobody_treated_nobody_to_compare_and_gaps_are_refused():
    with pytest.raises(DesignError):
        did.randomisation_test(panel({NEVER: 6}), "y", **COLUMNS)
    with pytest.raises(DesignError):
        did.randomisation_test(panel({4: 6}), "y", **COLUMNS)
    with pytest.raises(DesignError):
        did.randomisation_test(pd.DataFrame(panel({NEVER: 6, 4: 6})).iloc[1:], "y", **COLUMNS)
