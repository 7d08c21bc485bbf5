"""Laws of changes: they turn with the years, do not depend on the unit of a share, and claim less when fewer answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm.estimate import Unavailable
from ebpm.logic.indicators.change import change
from ebpm.logic.indicators.observed import Observation
from ebpm.logic.model import LogicModel
from ebpm.logic.parts import Indicator
from ebpm.stats.proportions import LOW_RESPONSE
from tests.logic.test_indicators import SHARE, model, share

BASE = model(SHARE, share(2018, 50.0))
VALUES = st.integers(0, 1000).map(lambda value: value / 10)
RATES = st.floats(0.01, 1.0)
SIZES = st.integers(10, 10_000)
CLAIMS = {"better", "worse", "better_answered", "worse_answered"}


def observed(before: tuple, after: tuple, *, scale: float = 1.0, unit: str = "%") -> LogicModel:
    rows = tuple(
        Observation(indicator="s", fiscal_year=year, stated=str(value), value=value * scale, n=n, response_rate=rate)
        for year, (value, n, rate) in ((2018, before), (2019, after))
    )
    indicator = Indicator.model_validate({**BASE.indicators[0].model_dump(by_alias=True), "unit": unit, "targets": ()})
    return BASE.model_copy(update={"observations": rows, "indicators": (indicator,)})


POINTS = st.tuples(VALUES, SIZES, RATES)


@settings(max_examples=60)
@given(POINTS, POINTS)
def test_a_change_turns_with_its_years(before, after):
    there, back = change(observed(before, after), "s"), change(observed(after, before), "s")
    assert there.difference == pytest.approx(-back.difference)
    assert (there.conf_low, there.conf_high) == pytest.approx((-back.conf_high, -back.conf_low))
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    turned = {
        "better": "worse",
        "worse": "better",
        "better_answered": "worse_answered",
        "worse_answered": "better_answered",
    }
    assert back.verdict == turned.get(there.verdict, there.verdict)


@settings(max_examples=60)
@given(POINTS, POINTS)
def test_percent_and_share_say_the_same(before, after):
    percent, plain = change(observed(before, after), "s"), change(observed(before, after, scale=0.01, unit="割合"), "s")
    assert percent.verdict == plain.verdict
    assert (percent.low, percent.conf_high) == pytest.approx((100 * plain.low, 100 * plain.conf_high))


@settings(max_examples=60)
@given(POINTS, POINTS)
def test_the_change_lies_within_its_bounds_and_its_interval(before, after):
    found = change(observed(before, after), "s")
    width = 100 * ((1 - before[2]) + (1 - after[2]))
    assert found.conf_low - 1e-9 <= found.difference <= found.conf_high + 1e-9
    assert found.high - found.low == pytest.approx(width)
    assert found.low <= found.high + 1e-9


@settings(max_examples=100)
@given(POINTS, POINTS)
def test_few_answers_are_never_progress_unless_silence_could_not_turn_it(before, after):
    found = change(observed(before, after), "s")
    if min(before[2], after[2]) < LOW_RESPONSE and found.low <= 0 <= found.high:
        assert found.verdict == "low_response"
    if found.verdict in {"better", "worse"}:
        assert found.low > 0 or found.high < 0
    if found.verdict in CLAIMS:
        assert not isinstance(found.conf_low, Unavailable)
