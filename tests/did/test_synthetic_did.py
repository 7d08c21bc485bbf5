"""Synthetic difference in differences: collapses, cohorts, redrawn errors, guard rails, words and refusals."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.synthetic.fit import Weighting, noise
from ebpm.did.synthetic.sample import read_study
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from tests.did.factors import BLOCK, COLUMNS, ONE, STAGGERED, factors


def estimated(data, **options):
    return did.synthetic_did(data, "y", **COLUMNS, **({"inference": "none"} | options))


def average(fit):
    cells = fit.after * fit.counts[:, None]
    return float((fit.gaps * cells).sum() / cells.sum())


def sample_of(data, **options):
    return read_study(data, "y", **COLUMNS, **options).sample


def test_uniform_weights_are_two_by_two():
    data = factors(BLOCK, effect=2.0)
    both = data.assign(treated=(data.start > 0) * 1, post=(data.year >= 2013) * 1)
    expected = did.two_by_two(both, "y", treated="treated", post="post").headline.estimate
    fit = Weighting("uniform", "uniform").fit(sample_of(data))
    assert average(fit) == pytest.approx(expected, rel=1e-12)


def test_uniform_weights_on_cohorts_are_the_static_average_of_two_by_twos():
    data = factors(STAGGERED, effect=2.0)
    found = Weighting("uniform", "uniform").fit(sample_of(data))
    parts = []
    for start in (2012, 2015):
        one = data[data.start.isin([0, start])]
        one = one.assign(treated=(one.start > 0) * 1, post=(one.year >= start) * 1)
        parts.append(did.two_by_two(one, "y", treated="treated", post="post").headline.estimate)
    sizes = [3 * 9, 2 * 6]
    assert average(found) == pytest.approx(np.average(parts, weights=sizes), rel=1e-12)


def test_without_time_weights_intercept_and_ridge_it_is_the_synthetic_control():
    data = factors(ONE, effect=2.0)
    weights = Weighting(times="none", intercept=False, ridge=False)
    control = did.synthetic_control(data, "y", **COLUMNS, inference="none").estimates.headline.estimate
    assert average(weights.fit(sample_of(data))) == pytest.approx(control, rel=1e-8)


def test_the_definition_in_matrices():
    data = factors(BLOCK, effect=2.0)
    sample, found = sample_of(data), estimated(data)
    donors, treated = sample.paths[sample.donors], sample.paths[sample.treated].mean(axis=0)
    omega, lam = found.fit.unit_weights[0], found.fit.time_weights[0, :12]
    double = (treated[12:].mean() - lam @ treated[:12]) - omega @ (donors[:, 12:].mean(axis=1) - donors[:, :12] @ lam)
    assert found.estimates.headline.estimate == pytest.approx(double, rel=1e-12)
    zeta = (4 * 8) ** 0.25 * np.diff(donors[:, :12], axis=1).std(ddof=1)
    assert noise(donors[:, :12]) == pytest.approx(zeta / (4 * 8) ** 0.25)

    def objective(weights):
        left = (weights @ donors - treated)[:12]
        return ((left - left.mean()) ** 2).sum() + zeta**2 * 12 * (weights**2).sum()

    rng = np.random.default_rng(1)
    assert all(objective(omega) <= objective(rng.dirichlet(np.ones(16))) for _ in range(200))


def test_cohorts_are_estimated_apart_and_weighed_by_treated_unit_periods():
    data = factors(STAGGERED, effect=2.0)
    found = estimated(data)
    alone = {start: estimated(data[data.start.isin([0, start])]).estimates.headline.estimate for start in (2012, 2015)}
    by_cohort = found.aggregate("group")
    assert [item.estimate for item in by_cohort][:2] == pytest.approx(list(alone.values()), rel=1e-10)
    assert by_cohort.headline.estimate == pytest.approx(np.average(list(alone.values()), weights=[27, 12]), rel=1e-10)
    kinds = [found.aggregate(kind).headline.estimate for kind in ("simple", "group", "calendar", "event")]
    assert kinds == pytest.approx([kinds[0]] * 4, rel=1e-12)


def test_event_times_and_calendar_are_averages_of_the_gaps():
    found = estimated(factors(STAGGERED, effect=2.0))
    early, late = found.fit.gaps
    event, calendar = found.aggregate("event"), found.aggregate("calendar")
    assert event["0"].estimate == pytest.approx((3 * early[11] + 2 * late[14]) / 5, rel=1e-12)
    assert event["8"].estimate == pytest.approx(early[19], rel=1e-12)
    assert calendar["2013"].estimate == pytest.approx(early[12], rel=1e-12)
    assert calendar["2016"].estimate == pytest.approx((3 * early[15] + 2 * late[15]) / 5, rel=1e-12)
    assert (event.kind, event.positions[0]) == ("event", -14.0)


def test_the_jackknife_by_hand():
    data = factors(STAGGERED, effect=2.0)
    found, sample = estimated(data, inference="jackknife"), sample_of(data)
    left_out = []
    for unit in range(len(sample.starts)):
        keep = np.delete(np.arange(len(sample.starts)), unit)
        total = cells = 0.0
        for group, start in enumerate(found.fit.starts):
            omega = np.delete(found.fit.unit_weights[group], np.flatnonzero(sample.donors == unit))
            omega, lam = omega / omega.sum(), found.fit.time_weights[group]
            treated = sample.paths[keep[sample.starts[keep] == start]]
            gap = treated.mean(axis=0) - omega @ sample.paths[keep[sample.starts[keep] == 20]]
            total += len(treated) * (gap[start:] - lam @ gap).sum()
            cells += len(treated) * (20 - start)
        left_out.append(total / cells)
    expected = np.sqrt((len(left_out) - 1) * np.var(left_out))
    assert found.estimates.headline.std_error == pytest.approx(expected, rel=1e-10)


def test_placebos_of_several_units_are_drawn_without_the_treated_and_by_seed():
    data = factors(BLOCK, effect=50.0)
    first, again = (estimated(data, inference="placebo", draws=60, seed=3) for _ in range(2))
    other = estimated(data, inference="placebo", draws=60, seed=4)
    assert len(first.draws) == 60
    assert not first.draws.complete
    assert np.abs(first.draws.gaps).max() < 20
    assert first.estimates.headline.std_error == again.estimates.headline.std_error
    assert first.estimates.headline.std_error != other.estimates.headline.std_error
    assert len({round(float(one), 9) for one in first.draws.gaps[:, 0, -1]}) == 60


def test_the_bootstrap_draws_again_where_a_draw_has_no_treated_unit_and_agrees_with_the_jackknife():
    data = factors(BLOCK, effect=2.0)
    found = estimated(data, inference="bootstrap", draws=80)
    assert (found.draws.counts.sum(axis=1) > 0).all()
    ratio = found.estimates.headline.std_error / estimated(data, inference="jackknife").estimates.headline.std_error
    assert 0.4 < ratio < 2.5


def test_a_bootstrap_may_miss_a_cohort():
    found = estimated(factors(STAGGERED, effect=2.0), inference="bootstrap", draws=60)
    assert (found.draws.counts == 0).any()
    assert all(not isinstance(item.std_error, Unavailable) for item in found.aggregate("group"))


def test_covariates_are_taken_out_of_the_outcome():
    data = factors(STAGGERED, effect=2.0)
    moved = data.assign(y=data.y + 7.0 * data.x)
    plain = estimated(data).estimates.headline.estimate
    adjusted = estimated(moved, covariates=["x"], inference="placebo", draws=20).estimates.headline
    assert adjusted.estimate == pytest.approx(plain, abs=0.15)
    assert abs(estimated(moved).estimates.headline.estimate - plain) > 0.15
    assert adjusted.estimate == pytest.approx(estimated(data, covariates=["x"]).estimates.headline.estimate, rel=1e-9)


def test_covariates_agree_with_a_dummy_regression_on_untreated_rows():
    data = factors(STAGGERED, effect=2.0)
    rows = data[(data.start == 0) | (data.year < data.start)]
    design = pd.get_dummies(rows[["city", "year"]].astype(str), dtype=float)
    design.insert(0, "x", rows.x)
    slope = np.linalg.lstsq(design.to_numpy(), rows.y.to_numpy(), rcond=None)[0][0]
    by_hand = estimated(data.assign(y=data.y - slope * data.x)).estimates.headline.estimate
    assert estimated(data, covariates=["x"]).estimates.headline.estimate == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize(
    ("starts", "inference", "reason"),
    [
        (ONE, "jackknife", "synthetic_one_treated"),
        (ONE, "bootstrap", "synthetic_one_treated"),
        ([2012] * 3 + [2015] + [0] * 9, "jackknife", "synthetic_one_treated"),
        ([2012] * 3 + [0] * 4, "placebo", "synthetic_no_placebos"),
        (ONE, "none", "synthetic_not_asked"),
    ],
)
def test_errors_that_cannot_be_had_say_why(starts, inference, reason):
    found = estimated(factors(starts), inference=inference)
    assert found.estimates.headline.std_error == Unavailable(reason)
    assert found.estimates.headline.p_value == Unavailable(reason)
    assert found.lines("en")[1]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_and_tables(lang):
    found = estimated(factors(STAGGERED, effect=2.0), inference="placebo", draws=30)
    said = found.summary(lang)
    assert {"ja": "プラセボ", "en": "placebos"}[lang] in said
    assert found.tidy().term.iloc[-1] == "overall"
    weights = found.unit_weights(lang).to_frame()
    assert weights.groupby("cohort").weight.sum().to_numpy() == pytest.approx([1.0, 1.0])
    assert found.time_weights(lang).to_frame().groupby("cohort").weight.sum().to_numpy() == pytest.approx([1.0, 1.0])
    assert "<table>" in found._repr_html_()


def test_units_treated_from_the_start_are_set_aside_and_said():
    data = factors([2001] * 2 + BLOCK)
    found = estimated(data)
    assert "D207" in found.notices.codes
    far = estimated(data.assign(y=np.where(data.start == 2001, 1e6 * data.y, data.y)))
    assert far.estimates.headline.estimate == found.estimates.headline.estimate


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data.assign(start=0), "synthetic_no_treated"),
        (lambda data: data[data.city.isin(["city00", "city19"])], "synthetic_no_donors"),
        (lambda data: data[data.year >= 2014], "synthetic_short"),
        (lambda data: data.drop(index=data.index[5]), "panel_gaps"),
        (lambda data: pd.concat([data, data.iloc[:1]]), "panel_duplicates"),
        (lambda data: data.assign(y=data.y.where(data.index != 3)), "missing_values"),
        (lambda data: data.assign(y=data.y.where(data.index != 3, np.inf)), "infinite_values"),
        (lambda data: data.assign(year=data.year + 0.5), "panel_not_whole"),
        (lambda data: data.assign(start=data.start + (data.index == 3)), "panel_cohort_changes"),
        (lambda data: data.drop(columns="start"), "missing_column"),
    ],
)
def test_data_that_cannot_be_used(change, code):
    with pytest.raises((DataError, DesignError)) as caught:
        estimated(change(factors(ONE)))
    assert caught.value.code == code
    for lang in ("ja", "en"):
        assert all((caught.value.what(lang), caught.value.given(lang), caught.value.remedy(lang)))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"inference": "magic"}, "bad_choice"),
        ({"gaps": "ignore"}, "bad_choice"),
        ({"inference": "placebo", "draws": 1}, "synthetic_draws"),
        ({"draws": 20.5}, "synthetic_draws"),
        ({"conf_level": 95}, "bad_level"),
        ({"covariates": ["z"]}, "missing_column"),
    ],
)
def test_arguments_that_cannot_be_used(options, code):
    with pytest.raises((DataError, DesignError)) as caught:
        estimated(factors(ONE), **options)
    assert caught.value.code == code


def test_gaps_may_be_dropped_and_are_counted():
    data = factors(BLOCK)
    found = estimated(data.drop(index=data.index[-5]), gaps="drop_units")
    assert "D208" in found.notices.codes
    assert found.estimates.headline.estimate == estimated(data[data.city != "city19"]).estimates.headline.estimate


def test_an_unknown_kind():
    with pytest.raises(DataError) as caught:
        estimated(factors(ONE)).aggregate("cohort")
    assert caught.value.code == "bad_choice"


@pytest.mark.parametrize("never", [0, np.inf, np.nan, 2050])
def test_marks_of_never_treated(never):
    data = factors(BLOCK, effect=2.0)
    marked = data.assign(start=np.where(data.start == 0, never, data.start))
    assert estimated(marked).estimates.headline.estimate == estimated(data).estimates.headline.estimate
