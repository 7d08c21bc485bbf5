"""The decomposition of the two-way coefficient: its sum, its notice, its figure, its refusals."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

LATE = {2: 30, 7: 30}
cohorts = st.dictionaries(st.integers(0, 9), st.integers(1, 5), min_size=2, max_size=5)


def taken_apart(data):
    return did.bacon(data, "y", **COLUMNS)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cohorts, st.integers(0, 1000))
def test_the_weighted_sum_is_the_two_way_coefficient(groups, seed):
    data = panel(groups, seed=seed)
    if data.groupby("unit").treated.nunique().max() == 1 or data.groupby("time").treated.nunique().max() == 1:
        return
    parts = taken_apart(data)
    two_way = did.twfe(data, "y", unit="unit", time="time", treatment="treated").headline.estimate
    assert parts.coefficient == pytest.approx(two_way, rel=1e-8, abs=1e-10)
    assert sum(one.weight for one in parts.comparisons) == pytest.approx(1.0, rel=1e-12)
    assert all(one.weight > 0 for one in parts.comparisons)


def test_units_always_treated_are_a_kind_of_their_own():
    parts = taken_apart(panel({NEVER: 9, 1: 5, 5: 7}))
    assert {one.kind for one in parts.comparisons} == {"treated_never", "later_always"}
    assert next(one for one in parts.comparisons if one.forbidden).against == 1


def test_row_order_labels_and_effects_do_not_matter():
    data = panel(LARGE)
    rng = np.random.default_rng(3)
    unit, time = 1e3 * rng.normal(size=data.unit.max() + 1), 1e3 * rng.normal(size=9)
    moved = data.assign(y=3 * data.y + unit[data.unit] + time[data.time]).sample(frac=1, random_state=1)
    for left, right in zip(taken_apart(data).comparisons, taken_apart(moved).comparisons, strict=True):
        assert right.estimate == pytest.approx(3 * left.estimate, rel=1e-8, abs=1e-8)
        assert (left.kind, left.weight) == (right.kind, pytest.approx(right.weight, rel=1e-12))


def test_the_notice_fires_on_forbidden_weight_and_stays_silent_without():
    found = taken_apart(panel(LATE))
    assert found.notices.codes == ("D215",)
    assert found.notices.items[0].facts["share"] == pytest.approx(found.weight("later_earlier"))
    assert taken_apart(panel({NEVER: 30, 4: 30})).notices.codes == ()


def test_it_has_no_standard_errors_and_says_why():
    parts = taken_apart(panel(LARGE))
    assert parts.estimates.terms == ("twfe", "treated_never", "earlier_later", "later_earlier")
    assert parts.estimates.headline.std_error == Unavailable("did_decomposed")
    assert parts.mean("later_always") == Unavailable("did_no_such_comparison")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_table_and_figure(lang):
    parts = taken_apart(panel({**LARGE, 1: 10}))
    assert {"ja": "不適切な比較", "en": "forbidden"}[lang] in parts.summary(lang)
    assert list(parts.tidy().columns) == ["cohort", "comparison", "comparison_kind", "estimate", "weight"]
    assert "<table" in parts._repr_html_()
    ax = parts.plot(lang=lang)
    ax.figure.draw_without_rendering()
    assert len(ax.get_legend().get_texts()) == 5
    drawn = sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() in set("osXP"))
    assert drawn == len(parts.comparisons)
    assert parts.plot(plt.subplots()[1], lang=lang) is not ax


REFUSED = {
    "gaps": (lambda data: data.iloc[1:], DesignError, "panel_gaps"),
    "one cohort": (lambda data: data.assign(first=4), DesignError, "did_no_comparison"),
    "nobody treated": (lambda data: data.assign(first=0), DesignError, "did_no_comparison"),
    "duplicates": (lambda data: data.assign(unit=1, first=4), DataError, "panel_duplicates"),
    "no column": (lambda data: data.drop(columns="y"), DataError, "missing_column"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    change, kind, code = REFUSED[case]
    with pytest.raises(kind) as caught:
        taken_apart(change(panel(LARGE)))
    assert caught.value.code == code
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )
