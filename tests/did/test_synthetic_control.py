"""Synthetic control: weights, placebos by hand, inversion, conformal tests, predictors, guard rails, words and refusals."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.stats.simplex import fit_simplex
from tests.did.factors import BLOCK, COLUMNS, ONE, STAGGERED, factors


def estimated(data, **options):
    return did.synthetic_control(data, "y", **COLUMNS, **({"inference": "none"} | options))


def paths(data):
    wide = data.pivot(index="city", columns="year", values="y")
    starts = data.groupby("city").start.first()
    return wide[starts > 0].to_numpy(), wide[starts == 0].to_numpy()


def gap_of(target, donors, start):
    return target - fit_simplex(donors[:, :start].T, target[:start]).weights @ donors


def test_a_treated_unit_that_is_a_mean_of_donors_is_found():
    data = factors([0] * 12, noise=1.0)
    mix = data[data.city.isin(["city03", "city07"])].groupby("year").y.mean().to_numpy()
    one = pd.DataFrame(
        {"city": "t", "year": range(2001, 2021), "start": 2015, "y": mix + 3.0 * (np.arange(20) >= 14), "x": 0.0}
    )
    found = estimated(pd.concat([data, one]))
    assert found.estimates.headline.estimate == pytest.approx(3.0, rel=1e-9)
    weights = found.unit_weights("en").to_frame().set_index("unit").weight
    assert weights.to_dict() == pytest.approx({"city03": 0.5, "city07": 0.5})
    assert found.rmspe < 1e-9


def test_several_treated_units_have_a_control_each():
    data = factors(STAGGERED, effect=2.0)
    treated, donors = paths(data)
    found = estimated(data)
    gaps = [gap_of(path, donors, start) for path, start in zip(treated, [11] * 3 + [14] * 2, strict=True)]
    np.testing.assert_allclose(found.fit.gaps, gaps, atol=1e-9)
    mean = np.concatenate([gap[start:] for gap, start in zip(gaps, [11] * 3 + [14] * 2, strict=True)]).mean()
    assert found.estimates.headline.estimate == pytest.approx(mean, rel=1e-9)
    assert found.aggregate("group")["2015"].estimate == pytest.approx(
        np.mean([gap[14:].mean() for gap in gaps[3:]]), rel=1e-9
    )


def test_placebos_ranks_and_intervals_by_hand():
    data = factors([2015] + [0] * 30, effect=1.0, seed=3)
    (target,), donors = paths(data)
    gaps = [gap_of(target, donors, 14)]
    gaps += [gap_of(donors[place], np.delete(donors, place, axis=0), 14) for place in range(30)]
    before, after = (np.sqrt([(gap[part] ** 2).mean() for gap in gaps]) for part in (slice(0, 14), slice(14, 20)))
    found = estimated(data, inference="placebo")
    head = found.estimates.headline
    ratios = after / before
    assert (found.draws.complete, len(found.draws)) == (True, 30)
    assert head.p_value == pytest.approx((ratios >= ratios[0]).mean())
    assert found.ranks.place == int((ratios >= ratios[0]).sum())
    np.testing.assert_allclose(found.ranks.ratios, ratios, rtol=1e-8)
    # the ends of the interval are where the ratio of the treated ties with the largest that is not rejected
    for end in (head.conf_low, head.conf_high):
        left = np.sqrt(((gaps[0][14:] - end) ** 2).mean()) / before[0]
        assert left == pytest.approx(ratios[1:].max(), rel=1e-8)
    one = found.estimates["2"]
    sizes = np.array([abs(gap[16]) for gap in gaps]) / before
    assert one.p_value == pytest.approx((sizes >= sizes[0]).mean())
    assert (one.conf_high - one.conf_low) / 2 == pytest.approx(before[0] * sizes[1:].max(), rel=1e-8)


def test_an_effect_is_in_its_interval_if_and_only_if_it_is_not_rejected():
    data = factors([2015] + [0] * 24, effect=3.0, seed=8)
    head = estimated(data, inference="placebo").estimates.headline
    for effect in np.linspace(head.conf_low - 3, head.conf_high + 3, 25):
        null = data.assign(y=data.y - effect * ((data.start > 0) & (data.year >= data.start)))
        p_value = estimated(null, inference="placebo").estimates.headline.p_value
        assert (p_value > 0.05) == (head.conf_low <= effect <= head.conf_high)


def test_sets_of_placebos_for_several_treated_units():
    found = estimated(factors([2015, 2015] + [0] * 6, effect=1.0), inference="placebo")
    assert (found.draws.complete, len(found.draws)) == (True, 15)
    drawn = estimated(factors(BLOCK), inference="placebo", draws=40)
    assert (drawn.draws.complete, len(drawn.draws)) == (False, 40)


def test_conformal_p_values_by_hand():
    data = factors(ONE, effect=2.0, seed=5)
    (target,), donors = paths(data)
    found = estimated(data).conformal("calendar")
    residuals = np.abs(target - fit_simplex(donors.T, target).weights @ donors)
    sums = [np.roll(residuals, shift)[14:].sum() for shift in range(20)]
    assert found.headline.p_value == pytest.approx(np.mean(np.array(sums) >= sums[0] * (1 - 1e-12)))
    used = np.append(np.arange(14), 17)
    one = np.abs(target[used] - fit_simplex(donors[:, used].T, target[used]).weights @ donors[:, used])
    assert found["2018"].p_value == pytest.approx((one >= one[-1] * (1 - 1e-12)).mean())


def test_conformal_intervals_end_where_the_test_rejects():
    data = factors([2025] + [0] * 19, periods=28, effect=2.0, seed=5)
    found = estimated(data, conf_level=0.9).conformal("calendar")
    one = found["2026"]
    for effect, rejected in ((one.conf_low - 1e-4, True), (one.conf_low + 1e-4, False), (one.conf_high + 1e-4, True)):
        null = data.assign(y=data.y - effect * ((data.start > 0) & (data.year == 2026)))
        assert (estimated(null).conformal("calendar")["2026"].p_value <= 0.1) == rejected
    assert found.headline.conf_low < found.headline.estimate < found.headline.conf_high
    again = estimated(data, conf_level=0.9, inference="conformal").aggregate("calendar")
    assert again.headline == found.headline
    random = estimated(data, conf_level=0.9).conformal("simple", scheme="iid", draws=500)
    assert random.headline.p_value == pytest.approx(found.headline.p_value, abs=0.15)


def test_too_few_periods_give_no_conformal_interval():
    assert estimated(factors(ONE)).conformal()["0"].conf_low == Unavailable("synthetic_few_periods")
    with pytest.raises(DesignError) as caught:
        estimated(factors(STAGGERED)).conformal()
    assert caught.value.code == "synthetic_one_start"


def test_a_placebo_in_time_uses_nothing_from_treatment_on():
    data = factors(ONE, effect=9.0)
    found = estimated(data).in_time(2010)
    moved = data.assign(y=data.y + 1e3 * (data.year >= 2015))
    assert found.estimates.headline.estimate == estimated(moved).in_time(2010).estimates.headline.estimate
    by_hand = estimated(data[data.year < 2015].assign(start=np.where(data[data.year < 2015].start > 0, 2010, 0)))
    assert found.estimates.headline.estimate == by_hand.estimates.headline.estimate
    for period in (2002, 2015, 1999):
        with pytest.raises(DataError) as caught:
            estimated(data).in_time(period)
        assert caught.value.code == "synthetic_bad_start"


def test_one_donor_less():
    data = factors(ONE, effect=2.0)
    found = estimated(data)
    without = found.leave_one_out()
    carrying = found.unit_weights("en").to_frame().unit.tolist()
    assert list(without.terms) == ["overall", *carrying]
    for donor in carrying:
        alone = estimated(data[data.city != donor]).estimates.headline.estimate
        assert without[donor].estimate == pytest.approx(alone, rel=1e-12)


def test_every_lag_is_matching_on_outcomes():
    data = factors([2006] + [0] * 14, periods=9)
    scaled = estimated(data, lags=[2001, 2002, 2003, 2004, 2005])
    spread = {year: values.std(ddof=1) for year, values in data[data.year < 2006].groupby("year").y}
    same = estimated(
        data, lags=list(spread), importance={str(year): float(sd) ** 2 for year, sd in spread.items()}
    ).estimates.headline.estimate
    assert same == pytest.approx(estimated(data).estimates.headline.estimate, rel=1e-8)
    assert scaled.estimates.headline.estimate != pytest.approx(same, rel=1e-6)


def test_predictors_are_matched_by_their_means_before_treatment():
    data = factors(ONE, effect=2.0)
    found = estimated(data, predictors=["x"], lags=[2014])
    values = np.column_stack([
        data[data.year < 2015].groupby("city").x.mean(), data[data.year == 2014].set_index("city").y,
    ])  # fmt: skip
    scaled = values / values.std(axis=0, ddof=1)
    expected = fit_simplex(scaled[1:].T, scaled[0])
    np.testing.assert_allclose(found.fit.unit_weights[0], expected.weights, atol=1e-9)
    later = data.assign(x=data.x + 100.0 * (data.year >= 2015))
    assert estimated(later, predictors=["x"], lags=[2014]).estimates.headline == found.estimates.headline


def test_nested_importance_fits_the_outcomes_before_treatment_better():
    data = factors(ONE, effect=2.0, seed=4)
    choice = {"predictors": ["x"], "lags": [2003, 2008, 2013]}
    equal, nested = estimated(data, **choice), estimated(data, **choice, importance="nested")
    assert estimated(data).rmspe <= nested.rmspe < equal.rmspe


def test_a_penalty_moves_weight_to_the_nearest_donor():
    data = factors(ONE, effect=2.0)
    (target,), donors = paths(data)
    nearest = int(((donors[:, :14] - target[:14]) ** 2).sum(axis=1).argmin())
    rounds = [estimated(data, penalty=penalty) for penalty in (0.0, 0.1, 1.0, 1e6)]
    assert rounds[-1].fit.unit_weights[0, nearest] == pytest.approx(1.0)
    assert all(left.rmspe <= right.rmspe + 1e-12 for left, right in pairwise(rounds))


def inside():
    """Thirty donors around a treated city that is seen three times before treatment: many weights fit perfectly."""
    data = factors([2004] + [0] * 30, noise=2.0)
    mean = data[data.start == 0].groupby("year").y.mean()
    return data.assign(y=np.where(data.start > 0, mean[data.year].to_numpy(), data.y))


def test_many_perfect_fits_give_a_range_and_no_yardstick():
    found = estimated(inside(), inference="placebo")
    assert found.rmspe < 1e-9
    assert found.estimates.headline.conf_low == Unavailable("synthetic_perfect_fit")
    np.testing.assert_allclose(found.fit.unit_weights, 1 / 30, atol=1e-9)
    assert found.estimates.headline.estimate == pytest.approx(0.0, abs=1e-9)
    notice = next(one for one in found.notices if one.code == "D237")
    assert notice.facts["low"] < -0.5 < 0.5 < notice.facts["high"]
    penalised = estimated(inside(), penalty=0.1)
    assert "D237" not in penalised.notices.codes


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words(lang):
    found = estimated(factors([2015] + [0] * 24, effect=5.0), inference="placebo")
    said = found.summary(lang)
    assert {"ja": "プラセボ検定", "en": "Placebo test"}[lang] in said
    assert {"ja": "棄却されない", "en": "not rejected"}[lang] in said
    assert found.tidy().term.iloc[-1] == "overall"
    assert found.estimates.headline.std_error == Unavailable("synthetic_no_error")
    assert "RMSPE" in found._repr_html_()
    few = estimated(factors([2015] + [0] * 6), inference="placebo")
    assert few.estimates.headline.conf_low == Unavailable("synthetic_few_placebos")
    assert few.estimates.headline.conf_low.words(lang) in few.summary(lang)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"inference": "magic"}, "bad_choice"),
        ({"importance": "magic"}, "bad_choice"),
        ({"importance": "nested"}, "synthetic_nothing_to_weigh"),
        ({"lags": [2015]}, "synthetic_bad_lag"),
        ({"lags": [2013], "importance": {"2014": 1.0}}, "synthetic_unknown_predictor"),
        ({"lags": [2013], "importance": {"2013": -1.0}}, "synthetic_negative"),
        ({"penalty": -1.0}, "synthetic_negative"),
        ({"predictors": ["z"]}, "missing_column"),
        ({"draws": 0}, "synthetic_draws"),
        ({"conf_level": 1.0}, "bad_level"),
    ],
)
def test_arguments_that_cannot_be_used(options, code):
    with pytest.raises((DataError, DesignError)) as caught:
        estimated(factors(ONE), **options)
    assert caught.value.code == code
    for lang in ("ja", "en"):
        assert all((caught.value.what(lang), caught.value.given(lang), caught.value.remedy(lang)))


def test_a_placebo_in_time_before_a_lag_and_an_unknown_scheme_are_refused():
    with pytest.raises(DataError) as caught:
        estimated(factors(ONE), lags=[2005, 2013]).in_time(2010)
    assert caught.value.code == "synthetic_lag_after"
    with pytest.raises(DataError) as caught:
        estimated(factors(ONE)).conformal(scheme="magic")
    assert caught.value.code == "bad_choice"
    with pytest.raises(DesignError) as caught:
        estimated(factors([2015, 0, 0])).leave_one_out()
    assert caught.value.code == "synthetic_no_donors"


def firing(code, data, **options):
    found = estimated(data, **options).notices
    return [one for one in found if one.code == code]


CITIES = factors([2015] + [0] * 24)


@pytest.mark.parametrize(
    ("code", "data", "options"),
    [
        ("D232", factors(ONE, rank=1, noise=3.0), {}),
        ("D233", factors([2015, 0, 0], noise=0.1), {}),
        ("D234", CITIES.assign(y=CITIES.y + 100 * (CITIES.start > 0)), {}),
        ("D235", factors(ONE[:12]), {"inference": "placebo"}),
        ("D236", factors([2007] + [0] * 4), {}),
        ("D237", inside(), {}),
    ],
)
def test_notices_fire(code, data, options):
    (notice,) = firing(code, data, **options)
    for lang in ("ja", "en"):
        assert "{" not in notice.to_text(lang)
    assert firing(code, CITIES.assign(y=smooth(CITIES)), inference="placebo") == []


def smooth(data):
    """A treated path that three donors make up, so that nothing is to be said."""
    wide = data.pivot(index="city", columns="year", values="y")
    path = 0.4 * wide.loc["city03"] + 0.35 * wide.loc["city05"] + 0.25 * wide.loc["city09"]
    noise = 0.05 * np.random.default_rng(1).normal(size=20)
    return np.where(data.start > 0, path[data.year].to_numpy() + noise[data.year - 2001], data.y)


def test_levels_do_not_matter_to_synthetic_did():
    data = CITIES.assign(y=smooth(CITIES) + 100 * (CITIES.start > 0))
    found = did.synthetic_did(data, "y", **COLUMNS)
    assert not {"D232", "D234"} & set(found.notices.codes)
