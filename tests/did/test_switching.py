"""Treatments that switch: brute force, collapses to known estimators, care with what is given, and what the guard rails see."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from tests.did.doses_and_switches import SWITCHES, switching_panel
from tests.did.panels import COLUMNS, NEVER, panel


@pytest.fixture(scope="module")
def switches():
    return switching_panel(both_ways=True)


def by_hand(data, length, weights="one", groups="unit"):
    """Return DID_l and its standard error, unit by unit and period by period, as in the paper."""
    data = data.assign(one=1.0)
    y, d, w = (data.pivot(index="unit", columns="time", values=name).to_numpy() for name in ("y", "d", weights))
    cluster = data.groupby("unit")[groups].first().to_numpy()
    crossed = np.logical_or.accumulate(d > d[:, :1], 1) & np.logical_or.accumulate(d < d[:, :1], 1)
    start = [next((t for t, dose in enumerate(path) if dose != path[0]), d.shape[1]) for path in d]
    total = mass = 0.0
    error = dict.fromkeys(cluster, 0.0)
    for i, first in enumerate(start):
        t = first + length - 1
        if t >= d.shape[1] or crossed[i, t]:
            continue
        alike = [j for j in range(len(d)) if d[j, 0] == d[i, 0] and start[j] > t]
        if not alike:
            continue
        sign, change = np.sign(d[i, first] - d[i, 0]), y[:, t] - y[:, t - length]
        share = w[alike, t] / w[alike, t].sum()
        total, mass = total + w[i, t] * sign * (change[i] - share @ change[alike]), mass + w[i, t]
        peers = [j for j in range(len(d)) if start[j] == first and d[j, 0] == d[i, 0] and not crossed[j, t]]
        own = [j for j in peers if d[j, first] == d[i, first]]
        for j, group, part in [(i, own, w[i, t]), *zip(alike, [alike] * len(alike), -w[i, t] * share, strict=True)]:
            kind = group if len({cluster[k] for k in group}) > 1 else [*peers, *alike]
            m = len({cluster[k] for k in kind})
            error[cluster[j]] += (
                sign * part * np.sqrt(m / (m - 1)) * (change[j] - np.average(change[kind], weights=w[kind, t]))
            )
    return total / mass, np.sqrt(sum(value**2 for value in error.values())) / mass


@pytest.mark.parametrize("options", [{}, {"weights": "w"}, {"cluster": "ward"}, {"weights": "w", "cluster": "ward"}])
@pytest.mark.parametrize("length", [1, 2, 4])
def test_effects_and_errors_are_those_of_the_paper_by_hand(switches, options, length):
    found = did.switching(switches, "y", **SWITCHES, **options).aggregate("event")[str(length - 1)]
    hand = by_hand(switches, length, options.get("weights", "one"), options.get("cluster", "unit"))
    assert (found.estimate, found.std_error) == pytest.approx(hand, rel=1e-10)
    assert found.clusters == switches[options.get("cluster", "unit")].nunique()


def test_two_periods_are_the_two_by_two_with_unequal_variances():
    data = panel({NEVER: 20, 2: 15}, periods=2)
    found = did.switching(data, "y", unit="unit", time="time", treatment="treated").estimates.headline
    wide = data.pivot(index="unit", columns="time", values="y")
    change, treated = (wide[2] - wide[1]), data.groupby("unit")["first"].first() > 0
    welch = np.sqrt(change[treated].var() / treated.sum() + change[~treated].var() / (~treated).sum())
    assert found.estimate == pytest.approx(change[treated].mean() - change[~treated].mean(), rel=1e-12)
    assert found.std_error == pytest.approx(welch, rel=1e-12)


@pytest.mark.parametrize("cohorts", [{NEVER: 30, 4: 12, 6: 9}, {NEVER: 30, 3: 10, 5: 14, 7: 11}, {4: 12, 6: 9, 8: 20}])
def test_a_treatment_that_does_not_end_is_the_event_study_of_group_time_effects(cohorts):
    # DID_l weights the cohorts by their switchers, as the event aggregate does; the average total effect weights all treated rows alike.
    data = panel(cohorts)
    found = did.switching(data, "y", unit="unit", time="time", treatment="treated")
    gt = did.att_gt(data, "y", **COLUMNS)
    event = gt.aggregate("event")
    for item in found.aggregate("event"):
        if int(item.term) >= 0:
            assert item.estimate == pytest.approx(event[item.term].estimate, rel=1e-10)
    assert found.estimates.headline.estimate == pytest.approx(gt.aggregate("simple").headline.estimate, rel=1e-10)


def test_its_variance_is_that_of_group_time_effects_less_the_sampling_of_cohorts_but_for_small_samples():
    # Given who switches when; att_gt takes the sizes of the cohorts as a sample and divides by m, not m - 1.
    data = panel({NEVER: 30, 4: 12, 6: 9})
    effects = did.att_gt(data, "y", **COLUMNS, control="never_treated")
    cells = {name: effects.estimates[name] for name in ("4:4", "6:6")}
    mean = sum(n * cells[name].estimate for n, name in ((12, "4:4"), (9, "6:6"))) / 21
    sampled = sum(n * (cells[name].estimate - mean) ** 2 for n, name in ((12, "4:4"), (9, "6:6"))) / 21**2
    own = effects.aggregate("event")["0"].std_error ** 2 - sampled
    y = data.pivot(index="unit", columns="time", values="y").to_numpy()
    first = data.groupby("unit")["first"].first().to_numpy()
    by_m = by_m_less_one = np.zeros(len(y))
    for t, n in ((4, 12), (6, 9)):
        change = y[:, t - 1] - y[:, t - 2]
        for who, part in ((first == t, 1.0 / 21), (first == 0, -n / 21 / 30)):
            residual = np.where(who, part * (change - change[who].mean()), 0.0)
            by_m, by_m_less_one = by_m + residual, by_m_less_one + residual * np.sqrt(who.sum() / (who.sum() - 1))
    assert own == pytest.approx((by_m**2).sum(), rel=1e-10)
    everyone = data[(data["first"] != 6) | (data.time < 99)]
    never = did.switching(everyone[everyone["first"] != 4], "y", unit="unit", time="time", treatment="treated")
    six = y[first == 6, 5] - y[first == 6, 4]
    stay = y[first == 0, 5] - y[first == 0, 4]
    assert never.aggregate("event")["0"].std_error == pytest.approx(
        np.sqrt(six.var(ddof=1) / 9 + stay.var(ddof=1) / 30), rel=1e-12
    )
    assert (by_m_less_one**2).sum() > (by_m**2).sum()


def test_a_placebo_compares_with_those_who_have_not_switched_as_long_after():
    data = panel({NEVER: 30, 4: 12})
    found = did.switching(data, "y", unit="unit", time="time", treatment="treated").aggregate("event")
    universal = did.att_gt(data, "y", **COLUMNS, base="universal").aggregate("event")
    for term in ("-2", "-3"):
        assert found[term].estimate == pytest.approx(universal[term].estimate, rel=1e-12)
    assert found["-1"].std_error == Unavailable("did_reference")


def test_the_total_effect_is_the_sum_of_effects_over_the_sum_of_changes(switches):
    found = did.switching(switches, "y", **SWITCHES)
    weight = np.array([one.weight for one in found.effects])
    dose = weight @ [one.current for one in found.effects]
    assert found.estimates.headline.estimate == pytest.approx(
        weight @ [one.value for one in found.effects] / dose, rel=1e-12
    )
    event = found.aggregate("event")
    after = [place for place, item in enumerate(event) if int(item.term) >= 0]
    error = np.sqrt(weight @ event.covariance[np.ix_(after, after)] @ weight) / dose
    assert found.estimates.headline.std_error == pytest.approx(error, rel=1e-10)


def test_normalised_effects_are_per_unit_of_cumulated_treatment(switches):
    found = did.switching(switches, "y", **SWITCHES, effects=3, placebos=0)
    event, normalised = found.aggregate("event"), found.aggregate("normalised")
    for one in found.effects:
        term = str(one.length - 1)
        assert normalised[term].estimate == pytest.approx(event[term].estimate / one.cumulated, rel=1e-12)
        assert normalised[term].std_error == pytest.approx(event[term].std_error / one.cumulated, rel=1e-12)


def test_an_effect_that_is_the_dose_is_found_exactly():
    data = switching_panel(noise=0.0, effect=2.5, both_ways=True)
    found = did.switching(data, "y", **SWITCHES)
    assert found.estimates.headline.estimate == pytest.approx(2.5, rel=1e-10)
    assert found.aggregate("event")["-2"].estimate == pytest.approx(0.0, abs=1e-10)


def test_both_sides_average_to_all(switches):
    sides = [did.switching(switches, "y", **SWITCHES, switchers=side).effects[0] for side in ("in", "out")]
    both = did.switching(switches, "y", **SWITCHES).effects[0]
    assert both.value == pytest.approx(sum(one.weight * one.value for one in sides) / both.weight, rel=1e-12)
    assert both.switchers == sum(one.switchers for one in sides)


def test_same_switchers_are_seen_throughout(switches):
    found = did.switching(switches, "y", **SWITCHES, effects=3, same_switchers=True)
    assert len({one.switchers for one in found.effects}) == 1
    alone = did.switching(switches, "y", **SWITCHES, effects=3).effects[2]
    assert (found.effects[2].value, found.effects[2].switchers) == (pytest.approx(alone.value), alone.switchers)


def test_the_sensitivity_analysis_takes_its_event_study(switches):
    found = did.switching(switches, "y", **SWITCHES, effects=3, placebos=2)
    assert did.honest(found.aggregate("event"), bounds=[0.5]).intervals


def test_a_lone_switcher_has_no_error():
    data = panel({NEVER: 12, 4: 1})
    found = did.switching(data, "y", unit="unit", time="time", treatment="treated")
    assert found.estimates.headline.std_error == Unavailable("did_single_unit")


def test_labels_of_units_and_clusters_and_treatments_may_be_of_any_kind(switches):
    named = switches.assign(
        unit="u" + switches.unit.astype(str), ward="w" + switches.ward.astype(str), d=switches.d.astype(int)
    )
    left = did.switching(switches, "y", **SWITCHES, cluster="ward").estimates.headline
    right = did.switching(named, "y", **SWITCHES, cluster="ward").estimates.headline
    assert (left.estimate, left.std_error) == pytest.approx((right.estimate, right.std_error), rel=1e-10)


def test_the_data_are_left_as_they_were(switches):
    before = switches.copy(deep=True)
    did.switching(switches, "y", **SWITCHES)
    pd.testing.assert_frame_equal(before, switches)


def raised(kind, data, **options):
    with pytest.raises(kind) as caught:
        did.switching(data, "y", **(SWITCHES | options))
    for lang in ("en", "ja"):
        assert all(part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy))
    return caught.value


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"switchers": "up"}, "bad_choice"), ({"crossing": "drop"}, "bad_choice"), ({"gaps": "all_rows"}, "bad_choice"),
        ({"effects": 0}, "did_switch_count"), ({"placebos": -1}, "did_switch_count"), ({"effects": 1.5}, "did_switch_count"),
        ({"treatment": "dose"}, "missing_column"), ({"weights": "nought"}, "negative_weights"), ({"treatment": "name"}, "not_numeric"),
        ({"cluster": "time"}, "did_units_not_nested"),
    ],
)  # fmt: skip
def test_what_is_refused(switches, options, code):
    assert raised(DataError, switches.assign(nought=0.0, name="x"), **options).code == code


def test_missing_treatments_are_named(switches):
    broken = switches.assign(d=switches.d.where(switches.index != 3))
    assert raised(DataError, broken).facts["argument"] == "treatment"


def test_designs_that_say_nothing(switches):
    still, up = switches.assign(d=1.0), switching_panel()
    assert raised(DesignError, still).code == "did_switch_nobody"
    assert raised(DesignError, up, switchers="out").code == "did_switch_one_way"
    assert raised(DesignError, switches.assign(d=switches.d + 10 * switches.unit)).code == "did_switch_no_comparison"
    assert raised(DesignError, switches.assign(y=1.0)).code == "did_constant_outcome"
    assert raised(DesignError, switches[switches.index != 3]).code == "panel_gaps"
    assert raised(DesignError, switches.assign(whole=1), cluster="whole").code == "stats_one_cluster"
    assert (
        raised(DesignError, switches[switches.time == switches.unit % 7 + 1], gaps="drop_units").code
        == "did_switch_no_units"
    )


def test_changes_that_cancel():
    d = [[1, 2, 0], [1, 2, 0], [1, 1, 1], [1, 1, 1]]
    y = [[0.0, 1, 2], [1, 3, 3], [0, 0, 1], [1, 0, 2]]
    data = pd.DataFrame({"unit": np.repeat(range(4), 3), "time": [1, 2, 3] * 4, "d": np.ravel(d), "y": np.ravel(y)})
    found = did.switching(data, "y", **SWITCHES, crossing="keep")
    with pytest.raises(DesignError, match="cancel"):
        found.aggregate("normalised")
    with pytest.raises(DesignError, match="cancel"):
        found.aggregate("simple")
    assert len(found.aggregate("event")) == 3


def codes(data, **options):
    return did.switching(data, "y", **SWITCHES, **options).notices.codes


def test_the_guard_rails_see_and_stay_silent(switches):
    large = switching_panel(units=600, both_ways=False)
    assert not {"D201", "D208", "D229", "D231"} & set(codes(large, effects=3, placebos=1))
    assert "D230" not in codes(large, effects=2)
    assert "D230" in codes(switches[switches.unit < 30])
    assert "D231" in codes(switches)
    assert "D231" in codes(switches, crossing="keep")
    assert "D201" in codes(switches[switches.unit < 25])
    alone = large.assign(d=np.where(large.unit == large.unit[large.d.diff() > 0].iloc[0], large.d + 0.5, large.d))
    assert "D229" in codes(alone, effects=2)
    assert "D208" in codes(switches[switches.index != 3], gaps="drop_units")
    drift = large.assign(y=large.y + large.groupby("unit").d.transform("max") * large.time)
    assert "D203" in codes(drift, effects=2, placebos=2)
    assert "D203" not in codes(large, effects=2, placebos=2)


def test_gaps_are_counted():
    data = switching_panel()
    mover = data.unit[data.groupby("unit").d.diff() > 0].iloc[0]
    (notice,) = [one for one in did.switching(
        data[(data.unit != mover) | (data.time > 1)], "y", **SWITCHES, gaps="drop_units"
    ).notices if one.code == "D208"]  # fmt: skip
    assert (notice.facts["units"], notice.facts["treated"], notice.facts["rows"]) == (1, 1, 6)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_says_itself(switches, lang):
    found = did.switching(switches, "y", **SWITCHES)
    text = found.summary(lang)
    assert ("比較相手は" if lang == "ja" else "Compared with units") in text
    assert "{" not in text
    assert list(found.tidy().term) == list(found.aggregate("event").terms)
    assert found.plot(lang=lang).get_xlabel()
    assert "<table>" in found._repr_html_()


GAPPED = {1: [1, 2, 3, 4], 2: [1, 2, 3, 4], 3: [1, 2, 4], 4: [1, 3, 4], 5: [2, 3, 4]}


def gapped(path_of_four, path_of_three=(0, 0, 0, 0)):
    d = {1: (0, 0, 1, 1), 2: (0, 0, 0, 0), 3: path_of_three, 4: path_of_four, 5: (0, 0, 1, 1)}
    rows = [
        (u, t, float(d[u][t - 1]), float(u * u + t * t * (u % 2) + 3 * (u == 1) * (t > 2)))
        for u in GAPPED
        for t in GAPPED[u]
    ]
    return pd.DataFrame(rows, columns=["unit", "time", "d", "y"])


def test_differences_whose_periods_are_seen_are_used_and_no_others():
    # Unit 3 is not seen in period 3 and unit 4 not in period 2: at the switch unit 2 alone is left, a period later units 2 and 3 are.
    data = gapped((0, 0, 0, 0))
    y = data.set_index(["unit", "time"]).y
    found = did.switching(data, "y", **SWITCHES, gaps="pairs")
    assert [one.compared for one in found.effects] == [1, 2]
    assert found.effects[0].value == pytest.approx(y[1, 3] - y[1, 2] - (y[2, 3] - y[2, 2]))
    rest = np.mean([y[2, 4] - y[2, 2], y[3, 4] - y[3, 2]])
    assert found.effects[1].value == pytest.approx(y[1, 4] - y[1, 2] - rest)
    assert found.estimates.headline.n == 14
    (notice,) = [one for one in found.notices if one.code == "D208"]
    assert (notice.facts["units"], notice.facts["treated"], notice.facts["rows"]) == (1, 1, 3)


def test_a_unit_not_seen_just_before_its_switch_is_no_switcher():
    found = did.switching(gapped((0, 1, 1, 1)), "y", **SWITCHES, gaps="pairs")
    assert [one.switchers for one in found.effects] == [1, 1]
    again = did.switching(gapped((0, 0, 1, 1)), "y", **SWITCHES, gaps="pairs")
    assert [one.value for one in found.effects] == [one.value for one in again.effects]


def test_treatment_after_the_switch_may_be_unseen():
    found = did.switching(gapped((0, 0, 0, 0), (0, 1, 1, 1)), "y", **SWITCHES, gaps="pairs")
    assert [one.switchers for one in found.effects] == [2, 1, 1]
    assert found.effects[2].cumulated == 3.0  # as it was last seen


@pytest.mark.parametrize("seed", [1, 2])
def test_gaps_of_units_that_never_matter_are_as_if_they_were_dropped(seed):
    data = switching_panel(seed=seed)
    early = data[(data.unit != 3) | (data.time > 1)]
    left, right = (
        did.switching(early, "y", **SWITCHES, gaps=gaps).aggregate("event") for gaps in ("pairs", "drop_units")
    )
    assert [item.estimate for item in left] == [item.estimate for item in right]
