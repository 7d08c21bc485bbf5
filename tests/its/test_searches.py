"""Change points, negative controls, donors, sites and power: what they find and what they must not find."""

import time

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from tests.its.test_checks import assert_silent, assert_speaks


def errors(rng, periods, rho):
    found = rng.normal(size=periods + 40)
    for place in range(1, len(found)):
        found[place] = rho * found[place - 1] + np.sqrt(1 - rho**2) * found[place]
    return found[40:]


def table(seed=0, periods=60, rho=0.3, **steps):
    rng, t = np.random.default_rng(seed), np.arange(periods)
    y = 20 + 0.1 * t + errors(rng, periods, rho)
    for place, size in steps.items():
        y = y + size * (t >= int(place[1:]))
    return pd.DataFrame({"t": t, "y": y})


def test_i321_change_before_the_intervention():
    early = its.change_point(table(s25=-5.0), "y", time="t", intervention=40)
    assert abs(early.place - 25) <= 1
    assert_speaks(early.notices, "I321")
    assert_speaks(its.earlier_change(table(s25=-5.0), "y", time="t", intervention=40), "I321")
    for quiet in (table(s40=-5.0), table()):
        assert_silent(its.change_point(quiet, "y", time="t", intervention=40).notices, "I321")


def test_change_point_keeps_its_level_under_autocorrelation():
    found = [
        its.change_point(table(seed, rho=0.5), "y", time="t", intervention=40, draws=99).p_value for seed in range(80)
    ]
    assert np.mean(np.array(found) <= 0.05) <= 0.125


def test_change_point_is_the_largest_f():
    found = its.change_point(table(s25=-3.0), "y", time="t", intervention=40)
    assert found.statistics[found.dates.index(found.place)] == max(found.statistics)
    t, y, date = np.arange(60.0), table(s25=-3.0).y.to_numpy(), found.dates[4]
    X = np.column_stack([np.ones(60), t])
    more = np.column_stack([X, t >= date, np.maximum(t - date, 0)])
    rest = [np.sum((y - Z @ np.linalg.lstsq(Z, y, rcond=None)[0]) ** 2) for Z in (X, more)]
    assert found.statistics[4] == pytest.approx((rest[0] - rest[1]) / 2 / (rest[1] / 56))


def test_searches_that_are_refused():
    with pytest.raises(DataError, match="draws=5"):
        its.change_point(table(), "y", time="t", intervention=40, draws=5)
    with pytest.raises(DesignError):
        its.change_point(table().head(6), "y", time="t", intervention=3)


def test_i322_negative_control():
    given = {"time": "t", "intervention": 30}
    assert_speaks(its.negative_control(table(s30=-6.0), "y", **given), "I322")
    assert_silent(its.negative_control(table(), "y", **given), "I322")


def test_i323_missing_periods():
    assert_speaks(its.irregular_periods(table().drop(index=[3, 4]), "t"), "I323")
    assert_silent(its.irregular_periods(table(), "t"), "I323")


def fit(data, **choices):
    return its.segmented(data, "y", time="t", intervention=len(data) // 2, **choices)


def test_i317_errors_that_allow_no_correlation():
    notices = fit(table(periods=24), errors="ols").notices
    assert_speaks(notices, "I317")
    assert_silent(fit(table(periods=24)).notices, "I317")
    assert_silent(fit(table(periods=10), errors="ols").notices, "I317")
    assert_silent(fit(table(periods=140, rho=0.0), errors="ols").notices, "I317")


def test_i301_is_stricter_where_errors_allow_no_correlation():
    assert_speaks(fit(table(periods=140, rho=0.4), errors="ols").notices, "I301")
    assert_silent(fit(table(periods=140, rho=0.4)).notices, "I301")


def test_i318_interval_against_the_margin():
    assert_speaks(fit(table(periods=24), margin=0.5).notices, "I318")
    assert_silent(fit(table(periods=24), margin=50.0).notices, "I318")
    assert_silent(fit(table(periods=24)).notices, "I318")


def test_i327_interval_wider_than_the_series():
    wide = next(found for seed in range(40) if "I327" in (found := fit(table(seed, periods=12, rho=0.6))).notices.codes)
    assert_speaks(wide.notices, "I327")
    assert "reml_averaged" in wide.notices.to_text("ja")
    assert_silent(fit(table(periods=96)).notices, "I327")


def test_i324_series_that_does_not_return():
    walks = [
        pd.DataFrame({"t": range(120), "y": np.random.default_rng(seed).normal(size=120).cumsum()})
        for seed in range(10)
    ]
    found = [fit(walk, errors="ols").notices for walk in walks]
    assert sum("I324" in one.codes for one in found) >= 7
    assert_speaks(next(one for one in found if "I324" in one.codes), "I324")
    for seed in range(10):
        assert_silent(fit(table(seed, periods=120, rho=0.5), errors="ols").notices, "I324")


def test_i319_i320_i325_i326_i328_of_the_models():
    t = np.arange(120)
    cycle = table(periods=120, rho=0.0).assign(y=lambda one: one.y + 3.0 * np.sin(2 * np.pi * t / 6))
    given = {"time": "t", "intervention": {"start": 80, "effect": "level"}}
    assert_speaks(its.arima(cycle, "y", **given).notices, "I319")
    assert_silent(its.arima(table(periods=120), "y", **given).notices, "I319")
    still, moving = (
        table(3, periods=60, rho=0.0),
        table(periods=120).assign(y=np.random.default_rng(0).normal(size=120).cumsum()),
    )
    settled = its.structural(still, "y", time="t", intervention=40, trend="drift", likelihood="restricted")
    assert_speaks(settled.notices, "I320")
    assert_silent(its.structural(still, "y", time="t", intervention=40, trend="drift").notices, "I320")
    assert_silent(its.structural(moving, "y", time="t", intervention=80).notices, "I320")
    assert_speaks(its.arima(moving, "y", order="aicc", **given).notices, "I325")
    assert_silent(its.arima(moving, "y", **given).notices, "I325")
    weak = its.arima(table(5, periods=120), "y", transfer="gradual", **given)
    assert_speaks(weak.notices, "I326")
    clear = table(5, periods=120).assign(y=lambda one: one.y - np.where(t >= 80, 10 * (1 - 0.7 ** (t - 79)), 0.0))
    assert_silent(its.arima(clear, "y", transfer="gradual", **given).notices, "I326")
    assert_speaks(its.arima(table(periods=60), "y", time="t", intervention=40, likelihood="maximum").notices, "I328")
    assert_silent(its.arima(table(periods=120), "y", **given).notices, "I328")


def donors(seed=0, count=24, effect=-4.0, noise=0.5):
    rng, t = np.random.default_rng(seed), np.arange(40)
    common = np.cumsum(rng.normal(size=(2, 40)), axis=1)
    rows = []
    for place in range(count):
        y = 30 + rng.uniform(0, 1, 2) @ common + noise * rng.normal(size=40) + effect * (t >= 28) * (place == 0)
        rows += [(f"city {place:02d}", one, value) for one, value in zip(t, y, strict=True)]
    return pd.DataFrame(rows, columns=["city", "t", "y"])


GIVEN = {"time": "t", "intervention": 28, "series": "city", "exposed": "city 00"}


def test_synthetic_series_finds_the_effect():
    found = its.synthetic(donors(), "y", **GIVEN)
    head = found.estimates.headline
    assert head.conf_low < -4.0 < head.conf_high < 0
    assert head.p_value == pytest.approx(1 / 24)
    assert isinstance(head.std_error, Unavailable)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.estimates["total_effect"].estimate == pytest.approx(12 * head.estimate)


def test_synthetic_series_without_effect_and_by_changes():
    shifted = donors(effect=0.0)
    shifted["y"] += 15.0 * (shifted.city == "city 00")
    poor, moved = its.synthetic(shifted, "y", **GIVEN), its.synthetic(shifted, "y", match="changes", **GIVEN)
    assert_speaks(poor.notices, "I329")
    assert_silent(moved.notices, "I329")
    assert moved.estimates.headline.p_value > 0.05
    assert_speaks(its.synthetic(donors(count=8), "y", **GIVEN).notices, "I330")
    assert_silent(moved.notices, "I330")


def test_the_interval_is_the_inversion_of_the_ranks():
    data = donors()
    found = its.synthetic(data, "y", **GIVEN)
    head = found.estimates.headline
    after = (data.city == "city 00") & (data.t >= 28)
    for effect, kept in ((head.conf_low * 0.999, True), (head.conf_low * 1.001, False)):
        p_value = its.synthetic(data.assign(y=data.y - effect * after), "y", **GIVEN).estimates.headline.p_value
        assert (p_value > 0.05) == kept


def test_donors_that_are_refused():
    with pytest.raises(DataError, match="Kyoto"):
        its.synthetic(donors(), "y", **{**GIVEN, "exposed": "Kyoto"})
    with pytest.raises(DesignError, match="1 donors"):
        its.synthetic(donors(count=2), "y", **GIVEN)
    with pytest.raises(DesignError, match="city 03"):
        its.synthetic(donors().drop(index=[130]), "y", **GIVEN)


def wards(seed=0, count=8, *, steps=False, shared=0.4, never=0):
    rng, t, rows = np.random.default_rng(seed), np.arange(48), []
    shocks = shared * errors(rng, 48, 0.3)
    for place in range(count):
        start = (14 + 3 * place if steps else 24) if place >= never else None
        level = (t >= start) * (-2.0) if start is not None else 0.0
        y = 10 + rng.normal() + 0.03 * t + level + 0.7 * errors(rng, 48, 0.3) + shocks
        rows += [(f"w{place}", one, value, start) for one, value in zip(t, y, strict=True)]
    return pd.DataFrame(rows, columns=["ward", "t", "y", "start"])


WARDS = {"time": "t", "site": "ward", "starts": "start"}


@pytest.mark.parametrize("effects", ["random", "fixed"])
@pytest.mark.parametrize("shape", [{}, {"steps": True}, {"never": 3}])
def test_sites_find_the_effect(effects, shape):
    head = its.sites(wards(**shape), "y", effects=effects, **WARDS).estimates.headline
    assert head.conf_low < -2.0 < head.conf_high < 0
    assert head.clusters == 8


def test_sites_do_not_depend_on_order_or_names():
    data = wards(steps=True)
    plain = its.sites(data, "y", **WARDS).estimates
    other = data.assign(ward=data.ward.str.replace("w", "z"), y=data.y).sample(frac=1, random_state=1)
    moved = its.sites(other, "y", **WARDS).estimates
    assert [one.estimate for one in moved] == pytest.approx([one.estimate for one in plain], rel=1e-5)


def test_many_sites_that_share_their_shocks_tell_little_more():
    few, many = (its.sites(wards(count=count, shared=1.5), "y", **WARDS) for count in (6, 40))
    assert many.estimates.headline.std_error > 0.6 * few.estimates.headline.std_error
    assert_speaks(many.notices, "I332")
    assert_silent(its.sites(wards(steps=True), "y", **WARDS).notices, "I332")


def test_i331_few_sites():
    assert_speaks(its.sites(wards(count=4, never=1), "y", **WARDS).notices, "I331")
    assert_silent(its.sites(wards(), "y", **WARDS).notices, "I331")


def test_sites_that_are_refused():
    data = wards()
    with pytest.raises(DesignError, match="w1"):
        its.sites(data.assign(start=np.where((data.ward == "w1") & (data.t > 3), 30, data.start)), "y", **WARDS)
    with pytest.raises(DesignError) as caught:
        its.sites(data.assign(start=np.nan), "y", **WARDS)
    assert caught.value.code == "its_none_reached"
    with pytest.raises(DataError, match="mixed"):
        its.sites(data, "y", effects="mixed", **WARDS)


def test_power_is_that_of_fitting_every_series():
    design = its.SeriesDesign(periods=30, autocorrelation=0.4)
    found = its.power(design, 2.0, draws=60, seed=3, errors="reml")
    rng = np.random.default_rng([3, 30])
    y = rng.standard_normal((60, 30))
    y[:, 1:] *= np.sqrt(1 - 0.16)
    for place in range(1, 30):
        y[:, place] += 0.4 * y[:, place - 1]
    half = []
    for row in y:
        item = its.segmented(
            pd.DataFrame({"t": range(30), "y": row}), "y", time="t", intervention=15, errors="reml"
        ).estimates.headline
        half.append((item.estimate, (item.conf_high - item.conf_low) / 2))
    seen = np.mean([(abs(value + 2) > wide) + (abs(value - 2) > wide) for value, wide in half]) / 2
    assert found.powers[0] == pytest.approx(seen, abs=0.02)
    assert found.widths[0] == pytest.approx(2 * np.median([wide for _, wide in half]), rel=0.02)


def test_power_rises_with_length_and_falls_with_autocorrelation():
    designs = [its.SeriesDesign(periods=periods, autocorrelation=rho) for periods in (24, 96) for rho in (0.0, 0.5)]
    found = its.power(designs, 1.5, draws=400)
    assert found.powers[0] < found.powers[2]
    assert found.powers[2] > found.powers[3]
    assert found.detectable[0] > found.detectable[2]
    for design, seen in zip(designs, found.detectable, strict=True):
        assert its.power(design, seen, draws=400).powers[0] == pytest.approx(0.8, abs=0.01)


def test_a_thousand_series_take_seconds():
    start = time.process_time()
    its.power(its.SeriesDesign(periods=60, autocorrelation=0.25), 1.0)
    assert time.process_time() - start < 10


def test_sd_is_a_unit():
    one, ten = (its.power(its.SeriesDesign(periods=40, sd=sd), 2.0 * sd, draws=200) for sd in (1.0, 10.0))
    assert one.powers == ten.powers
    assert ten.detectable[0] == pytest.approx(10 * one.detectable[0])


def test_plans_that_are_refused():
    for wrong in ({"autocorrelation": 1.0}, {"sd": 0.0}, {"season": 6}):
        with pytest.raises(DataError):
            its.SeriesDesign(periods=24, **wrong)
    with pytest.raises(DesignError):
        its.SeriesDesign(periods=24, before=22)
    with pytest.raises(DataError):
        its.power(its.SeriesDesign(periods=24, slope=False), 1.0, term="slope_change")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_figure_draws(lang):
    data = table(periods=60, s40=-3.0)
    given = {"time": "t", "intervention": 40}
    results = [
        its.structural(data, "y", **given), its.structural(data, "y", fit="whole", **given), its.arima(data, "y", **given),
        its.segmented(data, "y", **given).impact(), its.change_point(data, "y", **given), its.synthetic(donors(), "y", **GIVEN),
        its.sites(wards(steps=True), "y", **WARDS), its.power([its.SeriesDesign(periods=n) for n in (12, 24)], draws=50),
    ]  # fmt: skip
    for result in results:
        ax = result.plot(lang=lang)
        assert ax.get_ylabel()
        assert result.summary(lang)
        assert result._repr_html_()
        assert len(result.tidy())
    assert its.segmented(data, "y", **given).correlogram(lang=lang).get_xlabel()
