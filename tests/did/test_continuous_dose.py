"""Doses: the influence by hand, collapses to known estimators, care with what is given, and what the guard rails see."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from tests.did.doses_and_switches import DOSES, dose_panel


@pytest.fixture(scope="module")
def staggered():
    return dose_panel()


@pytest.fixture(scope="module")
def two():
    return dose_panel(periods=2, cohorts=(0, 2))


@pytest.fixture(scope="module")
def levels():
    return dose_panel(cohorts=(0, 2, 4), levels=(0.5, 1.0, 2.0))


def wide(data):
    rows = data.pivot(index="unit", columns="time", values="y")
    return (rows[2] - rows[1]).to_numpy(), data.groupby("unit").dose.first().to_numpy()


def jackknife(data, estimate, by="unit"):
    """Return the standard error of the infinitesimal jackknife: a smooth function of weights, differentiated in each unit's weight."""
    step, total = 1e-5, 0.0
    for one in data[by].unique():
        ends = [estimate(data.assign(v=data.w * np.where(data[by] == one, 1.0 + sign * step, 1.0))) for sign in (1, -1)]
        total += ((ends[0] - ends[1]) / (2 * step)) ** 2
    return np.sqrt(total)


@pytest.mark.parametrize("shape", ["spline", "saturated"])
@pytest.mark.parametrize("by", ["unit", "ward"])
def test_errors_are_those_of_the_infinitesimal_jackknife(shape, by):
    # Every source of sampling at once: coefficients, the untreated mean, the doses averaged over, the sizes of the cohorts; and weights.
    data = dose_panel(units=60, periods=4, cohorts=(0, 2, 4), levels=(0.5, 1.0, 2.0), seed=4)

    def run(weights, rows=data):
        options = {"shape": shape} if shape == "saturated" else {"degree": 2, "grid": [0.7, 1.5]}
        return did.continuous_dose(rows, "y", **DOSES, **options, weights=weights, cluster=None if by == "unit" else by)

    def values(rows):
        found = run("v", rows)
        sets = [found.aggregate(kind, target=target) for kind in ("dose", "event") for target in ("level", "slope")]
        return np.array([item.estimate for one in sets for item in one])

    found = run("w")
    sets = [found.aggregate(kind, target=target) for kind in ("dose", "event") for target in ("level", "slope")]
    errors = [item.std_error for one in sets for item in one]
    np.testing.assert_allclose(errors, jackknife(data, values, by), rtol=1e-6)


def test_the_curve_is_a_regression_of_changes_less_the_untreated_mean(two):
    change, dose = wide(two)
    treated = dose > 0
    slope, intercept = np.polyfit(dose[treated], change[treated], 1)
    found = did.continuous_dose(two, "y", **DOSES, degree=1, grid=[0.5, 1.5])
    assert found.aggregate("dose")["1.5"].estimate == pytest.approx(
        intercept + 1.5 * slope - change[~treated].mean(), rel=1e-10
    )
    assert found.aggregate("dose", target="slope")["0.5"].estimate == pytest.approx(slope, rel=1e-10)
    assert found.estimates["acrt"].estimate == pytest.approx(slope, rel=1e-10)


def test_a_cubic_without_knots_is_the_polynomial(two):
    change, dose = wide(two)
    treated = dose > 0
    curve = np.polynomial.Polynomial.fit(dose[treated], change[treated], 3)
    found = did.continuous_dose(two, "y", **DOSES, grid=[0.6, 1.3])
    assert found.aggregate("dose")["1.3"].estimate == pytest.approx(curve(1.3) - change[~treated].mean(), rel=1e-9)
    assert found.aggregate("dose", target="slope")["1.3"].estimate == pytest.approx(curve.deriv()(1.3), rel=1e-9)


@pytest.mark.parametrize("control", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("base", ["varying", "universal"])
@pytest.mark.parametrize("anticipation", [0, 1])
def test_levels_averaged_over_doses_are_the_group_time_effects(staggered, control, base, anticipation):
    options = {"control": control, "base": base, "anticipation": anticipation}
    found = did.continuous_dose(staggered, "y", **DOSES, **options, knots=1)
    gt = did.att_gt(staggered, "y", unit="unit", time="time", first_treated="first", **options)
    for ours, theirs in zip(found.aggregate("event"), gt.aggregate("event"), strict=True):
        assert (ours.term, ours.estimate) == (theirs.term, pytest.approx(theirs.estimate, rel=1e-9, abs=1e-12))
        if isinstance(theirs.std_error, Unavailable):
            assert ours.std_error == theirs.std_error
        else:
            assert ours.std_error == pytest.approx(theirs.std_error, rel=1e-9)
    overall = gt.aggregate("group").headline
    assert found.estimates.headline.estimate == pytest.approx(overall.estimate, rel=1e-9)
    assert found.estimates.headline.std_error == pytest.approx(overall.std_error, rel=1e-9)


def test_saturated_levels_are_one_comparison_a_dose(levels):
    found = did.continuous_dose(levels, "y", **DOSES, shape="saturated", control="never_treated")
    curve, slope = found.aggregate("dose"), found.aggregate("dose", target="slope")
    for dose in (0.5, 1.0, 2.0):
        own = levels[levels.dose.isin([0.0, dose])]
        cells = did.att_gt(own, "y", unit="unit", time="time", first_treated="first", control="never_treated")
        sizes = levels[levels["first"] > 0].groupby("first").unit.nunique()
        groups = cells.aggregate("group")
        expected = sum(sizes[g] * groups[str(g)].estimate for g in (2, 4)) / sizes.sum()
        assert curve[f"{dose:g}"].estimate == pytest.approx(expected, rel=1e-10)
    assert slope["0.5"].estimate == pytest.approx(curve["0.5"].estimate / 0.5, rel=1e-10)
    assert slope["2"].estimate == pytest.approx(curve["2"].estimate - curve["1"].estimate, rel=1e-10)


def test_one_dose_is_the_plain_effect_per_unit_of_it():
    data = dose_panel(periods=2, cohorts=(0, 2), levels=(2.0,))
    found = did.continuous_dose(data, "y", **DOSES, shape="saturated")
    plain = did.att_gt(data, "y", unit="unit", time="time", first_treated="first").aggregate("simple").headline
    assert found.estimates["att"].estimate == pytest.approx(plain.estimate, rel=1e-12)
    assert found.estimates["acrt"].estimate == pytest.approx(plain.estimate / 2, rel=1e-12)
    assert found.estimates["acrt"].std_error == pytest.approx(plain.std_error / 2, rel=1e-9)
    assert "D227" not in found.notices.codes


def test_without_noise_the_curve_is_exact():
    data = dose_panel(noise=0.0)
    found = did.continuous_dose(data, "y", **DOSES, grid=[0.5, 1.0, 2.0])
    for dose in (0.5, 1.0, 2.0):
        assert found.aggregate("dose")[f"{dose:g}"].estimate == pytest.approx(1.2 * dose - 0.25 * dose**2, rel=1e-9)
        assert found.aggregate("dose", target="slope")[f"{dose:g}"].estimate == pytest.approx(
            1.2 - 0.5 * dose, rel=1e-8
        )


def test_the_default_grid_are_the_percentiles_of_the_treated(staggered):
    doses = staggered[staggered["first"] > 0].groupby("unit").dose.first()
    found = did.continuous_dose(staggered, "y", **DOSES)
    np.testing.assert_allclose(found.grid, doses.quantile(np.arange(10, 100) / 100))


def test_doses_may_be_zero_or_to_come_before_treatment(staggered):
    path = staggered.assign(dose=staggered.dose * (staggered.time >= staggered["first"]))
    left, right = (did.continuous_dose(one, "y", **DOSES, grid=[1.0]).estimates for one in (staggered, path))
    assert [one.estimate for one in left] == [one.estimate for one in right]


@pytest.mark.parametrize("never", [0, np.inf, np.nan, 99])
def test_never_treated_in_every_way_of_saying_it(staggered, never):
    said = staggered.assign(first=staggered["first"].where(staggered["first"] > 0, never))
    left, right = (did.continuous_dose(one, "y", **DOSES, grid=[1.0]).estimates.headline for one in (staggered, said))
    assert left == right


def test_units_treated_from_the_start_do_not_matter(staggered):
    early = staggered[staggered.unit < 5].assign(unit=staggered.unit + 1000, first=1, dose=1.0, y=1e6)
    left = did.continuous_dose(staggered, "y", **DOSES, grid=[1.0])
    right = did.continuous_dose(pd.concat([staggered, early]), "y", **DOSES, grid=[1.0])
    assert [one.estimate for one in left.estimates] == pytest.approx(
        [one.estimate for one in right.estimates], rel=1e-12
    )
    assert "D207" in right.notices.codes
    assert "D207" not in left.notices.codes


def test_the_data_are_left_as_they_were(two):
    before = two.copy(deep=True)
    did.continuous_dose(two, "y", **DOSES)
    pd.testing.assert_frame_equal(before, two)


def raised(kind, data, **options):
    with pytest.raises(kind) as caught:
        did.continuous_dose(data, "y", **(DOSES | options))
    for lang in ("en", "ja"):
        assert all(part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy))
    return caught.value


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"shape": "kernel"}, "bad_choice"), ({"control": "all"}, "bad_choice"), ({"gaps": "pairs"}, "bad_choice"),
        ({"degree": 0}, "did_dose_spline"), ({"knots": -1}, "did_dose_spline"), ({"degree": 1.5}, "did_dose_spline"),
        ({"grid": [99.0]}, "did_dose_grid"), ({"grid": [float("nan")]}, "did_dose_grid"), ({"dose": "volume"}, "missing_column"),
        ({"dose": "name"}, "not_numeric"), ({"weights": "y"}, "negative_weights"), ({"weights": "moving"}, "panel_weights_change"),
        ({"cluster": "time"}, "did_units_not_nested"),
    ],
)  # fmt: skip
def test_what_is_refused(two, options, code):
    assert raised(DataError, two.assign(name="x", moving=two.w + two.time), **options).code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.dose.where(t["first"] > 0, 1.0), "did_dose_untreated"),
        (lambda t: t.dose.where((t["first"] == 0) | (t.unit > 40), 0.0), "did_dose_not_positive"),
        (lambda t: -t.dose, "did_dose_not_positive"),
        (lambda t: t.dose * (1 + (t.time == 1)), "did_dose_changes"),
    ],
)
def test_doses_that_are_not_those_of_one_treatment(two, change, code):
    error = raised(DataError, two.assign(dose=change(two)))
    assert error.code == code


def test_a_dose_that_changes_points_to_the_routine_for_it(staggered):
    moving = staggered.assign(dose=staggered.dose * np.where(staggered.time == 5, 2.0, 1.0))
    assert "did.switching" in raised(DataError, moving).remedy("en")


def test_designs_that_say_nothing(two, levels, staggered):
    treated = two[two["first"] > 0]
    assert raised(DesignError, treated).code == "did_dose_no_untreated"
    assert raised(DesignError, two[two["first"] == 0]).code == "did_dose_nobody"
    assert raised(DesignError, treated.assign(first=1)).code == "did_all_set_aside"
    assert raised(DesignError, levels).code == "did_dose_rank"
    assert raised(DesignError, two, shape="saturated").code == "did_dose_single"
    assert raised(DesignError, two.assign(dose=(two.dose > 0) * 1.0)).code == "did_dose_one"
    assert raised(DesignError, two.assign(y=1.0)).code == "did_constant_outcome"
    assert raised(DesignError, staggered[staggered.index != 3]).code == "panel_gaps"
    assert (
        raised(DesignError, staggered[staggered["first"] > 0], control="never_treated").code == "did_no_never_treated"
    )


def test_the_guard_rails_see_and_stay_silent(staggered, levels):
    even = staggered.assign(dose=np.where(staggered["first"] > 0, 1 + staggered.unit / 240, 0.0))
    quiet = did.continuous_dose(even, "y", **DOSES, degree=1).notices
    assert "D228" not in quiet.codes
    assert "D227" in quiet.codes
    assert [notice.severity for notice in quiet if notice.code == "D227"] == ["info"]
    assert "D228" in did.continuous_dose(staggered, "y", **DOSES, grid=[0.5, 4.0]).notices.codes
    few = levels[(levels.dose != 2.0) | (levels.unit < 30)]
    assert "D228" in did.continuous_dose(few, "y", **DOSES, shape="saturated").notices.codes
    assert "D228" not in did.continuous_dose(levels, "y", **DOSES, shape="saturated").notices.codes
    short = staggered.assign(dose=staggered.dose.where(staggered["first"] != 5, staggered.dose.clip(upper=0.8)))
    (notice,) = [one for one in did.continuous_dose(short, "y", **DOSES, degree=1).notices if one.about == "5"]
    assert "cohort 5" in notice.message("en")
    assert "コーホート 5" in notice.message("ja")
    drift = staggered.assign(y=staggered.y + 0.5 * staggered.time * (staggered["first"] == 5))
    assert "D203" in did.continuous_dose(drift, "y", **DOSES).notices.codes
    assert "D203" not in did.continuous_dose(staggered, "y", **DOSES).notices.codes
    gone = did.continuous_dose(staggered[staggered.index != 3], "y", **DOSES, gaps="drop_units").notices
    assert "D208" in gone.codes
    assert "D208" not in quiet.codes


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_says_what_comparing_doses_takes(staggered, lang):
    found = did.continuous_dose(staggered, "y", **DOSES)
    text = found.summary(lang)
    assert text.count("強い平行トレンド" if lang == "ja" else "strong parallel trends") >= 2
    assert "{" not in text
    found.plot(lang=lang).figure.canvas.draw()
    axes = found.aggregate("dose", target="slope").in_unit("円").plot(lang=lang, margin=0.1)
    axes.figure.canvas.draw()
    assert axes.get_ylabel().endswith("[円]")
    assert list(found.tidy().term) == ["att", "acrt"]
    assert "<table>" in found._repr_html_()
