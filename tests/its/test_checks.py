"""Each guard rail: one series that raises it, one that must not; the words of both languages."""

import numpy as np
import pytest

from ebpm import its
from ebpm.notices import Notices


@pytest.fixture(scope="module")
def fitted(made, month):
    def fit(table=None, start=60, outcome="cases", **choices):
        given = {"time": "month", "intervention": month(start), "family": "poisson", "exposure": "people", **choices}
        return its.segmented(made() if table is None else table, outcome, **given)

    return fit


def assert_speaks(notices: Notices, code: str) -> None:
    found = [notice for notice in notices if notice.code == code]
    assert found
    for notice in found:
        for lang in ("ja", "en"):
            assert "{" not in notice.to_text(lang) + notice.why(lang) + notice.title(lang)
        assert notice.source


def assert_silent(notices: Notices, code: str) -> None:
    assert code not in notices.codes


def test_clean_controlled_series_raises_nothing(made, fitted):
    clean = made(periods=144, start=96, comparison=True, noise=0.0)
    assert fitted(clean, 96, comparison="city").notices.codes == ()


def test_i301_serial_correlation_beyond_the_errors(made, fitted):
    wandering = made(periods=144, start=96, rho=0.8, noise=0.2)
    assert_speaks(fitted(wandering, 96, errors="robust").notices, "I301")
    assert_silent(fitted(made(), errors="robust").notices, "I301")


def test_i301_is_quiet_where_newey_west_covers_the_lags(made, fitted):
    brief = made(periods=144, start=96, rho=0.35, noise=0.2)
    assert "I301" in fitted(brief, 96, errors="quasi").notices.codes
    assert_silent(fitted(brief, 96, errors="newey_west").notices, "I301")


def test_i301_hears_a_season_that_lag_four_cannot_cover(made, fitted):
    assert_speaks(fitted(made(wave=0.3)).notices, "I301")


def test_i302_overdispersion(made, fitted):
    assert_speaks(fitted(made(noise=0.3)).notices, "I302")
    assert_silent(fitted(made(noise=0.0)).notices, "I302")
    assert_silent(fitted(made(noise=0.3), outcome="rate", family="gaussian", exposure=None).notices, "I302")


@pytest.mark.parametrize(
    ("periods", "start", "fires"), [(96, 90, True), (16, 5, True), (16, 8, False), (96, 60, False)]
)
def test_i303_few_periods(made, fitted, periods, start, fires):
    notices = fitted(made(periods, start), start).notices
    assert ("I303" in notices.codes) == fires
    if fires:
        assert_speaks(notices, "I303")


def test_i304_unmodelled_season(made, fitted):
    table = made(wave=0.2)
    assert_speaks(fitted(table).notices, "I304")
    assert_silent(fitted(table, season=2).notices, "I304")
    assert_silent(fitted(made()).notices, "I304")


def test_i305_concurrent_event(fitted):
    events = [("2019-10", {"ja": "病床の再編", "en": "reorganised beds"}), ("2031-01", "far away")]
    notices = fitted(events=events).notices
    assert_speaks(notices, "I305")
    assert [notice.about for notice in notices if notice.code == "I305"] == ["2019-10"]
    assert_silent(fitted(events=events[1:]).notices, "I305")


def test_i305_of_a_table_alone(made):
    events = [{"date": "2019-10", "text": "reorganised beds"}]
    assert_speaks(its.events_in_window(made(), "month", events=events), "I305")
    assert_silent(its.events_in_window(made().head(12), "month", events=events), "I305")


def test_i306_exposure_moves_at_the_intervention(made, fitted):
    table = made()
    wider = table.assign(people=np.where(table.index >= 60, table.people * 1.4, table.people))
    notices = fitted(wider).notices
    assert_speaks(notices, "I306")
    assert "+40 %" in notices.to_text("en") or "+39 %" in notices.to_text("en") or "+41 %" in notices.to_text("en")
    assert_silent(fitted(table).notices, "I306")


def test_i306_steady_exposure_is_no_jump(made, fitted):
    assert_silent(fitted(made().assign(people=5_000.0)).notices, "I306")


def test_i307_comparison_with_another_slope(made, fitted):
    table = made(comparison=True)
    drifting = table.assign(rate=table.rate + 0.002 * np.tile(np.arange(96), 2) * table.city)
    chosen = {"outcome": "rate", "family": "gaussian", "exposure": None, "comparison": "city"}
    assert_speaks(fitted(drifting, **chosen).notices, "I307")
    assert_silent(fitted(table, **chosen).notices, "I307")


def test_i308_newey_west_on_a_short_series(made, fitted):
    assert_speaks(fitted(errors="newey_west").notices, "I308")
    assert_silent(fitted().notices, "I308")
    assert_silent(fitted(errors="robust").notices, "I308")
    assert_silent(fitted(made(120, 60), 60, errors="newey_west").notices, "I308")


def test_i315_and_i316_autoregressive_errors_on_short_series(made, fitted):
    rates = {"family": "gaussian"}
    assert_speaks(fitted(errors="prais_winsten", **rates).notices, "I315")
    assert_speaks(fitted(errors="reml_unadjusted", **rates).notices, "I315")
    assert_silent(fitted(errors="reml", **rates).notices, "I315")
    assert_silent(fitted(made(120, 60), 60, errors="prais_winsten", **rates).notices, "I315")
    short = made(20, 10).iloc[5:15]
    assert_speaks(fitted(short, 10, errors="reml", **rates).notices, "I316")
    assert_silent(fitted(errors="reml", **rates).notices, "I316")


def test_i309_level_shift_at_a_placebo_date(made, month):
    given = {"time": "month", "intervention": month(60)}
    table = made()
    early = table.assign(rate=np.where((table.index >= 30), table.rate * 0.7, table.rate))
    placebo = its.placebo_dates(early, "rate", **given)
    assert_speaks(placebo.notices, "I309")
    assert placebo.estimates.headline.term == month(30)
    assert_silent(its.placebo_dates(table, "rate", **given).notices, "I309")


def test_i310_single_series(made, fitted):
    assert_speaks(fitted().notices, "I310")
    assert_silent(fitted(made(comparison=True), comparison="city").notices, "I310")


def test_i311_fewer_than_two_cycles_before(made, fitted):
    assert_speaks(fitted(made(96, 20), 20).notices, "I311")
    assert_silent(fitted(made(96, 24), 24).notices, "I311")
    numbered = made(40, 20).assign(month=np.arange(40))
    plain = its.segmented(numbered, "rate", time="month", intervention=20)
    assert_silent(plain.notices, "I311")


def test_i312_fractional_counts(made, fitted):
    table = made()
    assert_speaks(fitted(table.assign(cases=table.cases + 0.5)).notices, "I312")
    assert_silent(fitted(table).notices, "I312")


def test_i313_late_reports(made, fitted):
    table = made()
    late = table.assign(people=np.where(table.index >= 94, np.floor(table.people * 0.2), table.people))
    notices = fitted(late).notices
    assert_speaks(notices, "I313")
    assert "2021-11, 2021-12" in notices.to_text("en")
    assert_silent(fitted(table).notices, "I313")


def test_i314_transition(fitted):
    assert_speaks(fitted(transition=2).notices, "I314")
    assert_silent(fitted().notices, "I314")


def test_placebo_dates_use_nothing_after_the_intervention(made, month):
    given = {"time": "month", "intervention": month(60)}
    table = made()
    spoilt = table.assign(rate=np.where(table.index >= 60, 99.0, table.rate))
    assert its.placebo_dates(spoilt, "rate", **given).estimates == its.placebo_dates(table, "rate", **given).estimates


def test_placebo_date_equals_segmented_on_the_periods_before(made, month):
    table = made(rho=0.3)
    placebo = its.placebo_dates(table, "rate", time="month", intervention=month(60)).estimates
    early = its.segmented(table.head(60), "rate", time="month", intervention=month(25)).estimates.headline
    assert placebo[month(25)].estimate == pytest.approx(early.estimate, rel=1e-12)
    assert placebo[month(25)].std_error == pytest.approx(early.std_error, rel=1e-12)
    assert len(placebo) == 60 - 16 + 1


def test_season_that_the_segments_already_span_is_no_error(made, month):
    # two years cut at New Year: some month dummies are combinations of the segments
    assert its.segmented(made(24, 12), "rate", time="month", intervention=month(12)).notices.codes


@pytest.mark.parametrize("errors", ["newey_west", "newey_west_satterthwaite", "robust", "ols"])
@pytest.mark.parametrize("comparison", [None, "city"])
def test_series_without_any_noise_is_no_error(made, month, errors, comparison):
    table = made(48, 24, comparison=comparison is not None)
    t = np.tile(np.arange(48.0), 1 + (comparison is not None))
    exact = table.assign(rate=4.0 + 0.5 * t - 2.0 * (t >= 24) * table.city, people=np.where(t >= 24, 200.0, 100.0))
    given = {"time": "month", "intervention": month(24), "errors": errors, "comparison": comparison}
    found = its.segmented(exact, "rate", **given)
    assert found.estimates.headline.estimate == pytest.approx(-2.0, rel=1e-9)
    assert found.summary("ja")
    steps = its.segmented(exact.assign(cases=exact.rate * exact.people), "cases", exposure="people", **given)
    assert "I306" in steps.notices.codes
