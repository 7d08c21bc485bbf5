"""Outcomes that unit, period and treatment explain to the last digit: what rounding leaves is no standard error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DesignError
from ebpm.estimate import Estimates, Unavailable
from ebpm.stats.inference import ROUNDING, rounding, t_estimate

UNITS, PERIODS = 48, 8
STAGGERED = {"unit": "unit", "time": "time", "first_treated": "first"}
NONE = Unavailable("no_variation")


def panel(*, seed: int = 1, scale: float = 1.0, shift: float = 0.0, noise: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(UNITS), PERIODS), np.tile(np.arange(1, PERIODS + 1), UNITS)
    first = np.resize([0, 4, 6, 0], UNITS)[unit]
    d = ((first > 0) & (time >= first)).astype(float)
    level = 10 * rng.normal(size=UNITS)[unit] + 3 * rng.normal(size=PERIODS)[time - 1] + 2 * d
    y = scale * (level + noise * rng.normal(size=len(unit))) + shift
    data = pd.DataFrame({"unit": unit, "time": time, "first": first, "d": d, "y": y, "place": unit // 2})
    data["dose"], data["able"] = np.where(first > 0, 1.0 + unit % 5, 0.0), unit % 3 == 0
    return data.assign(able=data.able.astype(int)).sample(frac=1.0, random_state=seed)


def pair(data: pd.DataFrame) -> pd.DataFrame:
    two = data[data["first"].isin([0, 4])]
    return two.assign(on=(two["first"] == 4).astype(int), post=(two.time >= 4).astype(int))


ROUTINES: dict[str, Callable[[pd.DataFrame], Estimates]] = {
    "two_by_two": lambda d: did.two_by_two(pair(d), "y", treated="on", post="post", cluster="unit"),
    "twfe": lambda d: did.twfe(d, "y", unit="unit", time="time", treatment="d"),
    "twfe, CR2": lambda d: did.twfe(d, "y", unit="unit", time="time", treatment="d", errors="CR2"),
    "twfe, classical": lambda d: did.twfe(d, "y", unit="unit", time="time", treatment="d", errors="classical"),
    "att_gt": lambda d: did.att_gt(d, "y", **STAGGERED).estimates,
    "att_gt, event": lambda d: did.att_gt(d, "y", **STAGGERED).aggregate("event"),
    "att_gt, gaps": lambda d: did.att_gt(d.iloc[:-20], "y", **STAGGERED, gaps="pairs").aggregate("event"),
    "att_gt, places": lambda d: did.att_gt(
        d, "y", **STAGGERED, cluster="place", errors="satterthwaite", base="universal"
    ).aggregate("event"),
    "event_study": lambda d: did.event_study(d, "y", **STAGGERED),
    "event_study, twfe": lambda d: did.event_study(d, "y", **STAGGERED, method="twfe"),
    "imputation": lambda d: did.imputation(d, "y", **STAGGERED).aggregate("event"),
    "two_stage": lambda d: did.two_stage(d, "y", **STAGGERED).aggregate("event"),
    "stacked": lambda d: did.stacked(d, "y", **STAGGERED, kappa_pre=2, kappa_post=1, weighting="none"),
    "local_projection": lambda d: did.local_projection(d, "y", **STAGGERED),
    "extended_twfe": lambda d: did.extended_twfe(d, "y", **STAGGERED).aggregate("event"),
    "switching": lambda d: did.switching(
        d, "y", unit="unit", time="time", treatment="d", effects=2, placebos=2
    ).aggregate("event"),
    "continuous_dose": lambda d: did.continuous_dose(d, "y", **STAGGERED, dose="dose", degree=1).estimates,
    "triple_gt": lambda d: did.triple_gt(d, "y", **STAGGERED, eligible="able").aggregate("event"),
}


def numbers(found: Estimates) -> tuple[list[Unavailable | float], list[float]]:
    """Return p values and standard errors of all but references."""
    used = [one for one in found if not isinstance(one.std_error, Unavailable)]
    assert used
    return [one.p_value for one in used], [one.std_error for one in used]


@pytest.mark.parametrize("name", ROUTINES)
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-9, 0.0), (1e6, 0.0), (1.0, 1e7)])
def test_rounding_has_no_p_value(name: str, scale: float, shift: float) -> None:
    for seed in (1, 2):
        found = ROUTINES[name](panel(seed=seed, scale=scale, shift=shift))
        p_values, errors = numbers(found)
        assert p_values == [NONE] * len(p_values)
        assert errors == [0.0] * len(errors)
        assert not {"D203", "D204"} & set(found.notices.codes)


@pytest.mark.parametrize("name", ROUTINES)
def test_a_trace_of_noise_has_one(name: str) -> None:
    p_values, errors = numbers(ROUTINES[name](panel(noise=1e-8)))
    assert all(isinstance(one, float) for one in p_values)
    assert 1e-10 < min(errors) <= max(errors) < 1e-7


def test_tests_of_what_is_before_treatment_say_that_they_cannot_be() -> None:
    found = did.att_gt(panel(), "y", **STAGGERED)
    assert isinstance(found.pretrend(), Unavailable)
    assert found.pretrend("cell") == found.effect_test("cell") == NONE


@pytest.mark.parametrize("routine", [did.honest, did.pretrends])
def test_sensitivity_has_nothing_to_measure_departures_against(routine: Callable[[Estimates], object]) -> None:
    study = did.att_gt(panel(), "y", **STAGGERED, base="universal").aggregate("event")
    with pytest.raises(DesignError) as caught:
        routine(study)
    assert (caught.value.code, caught.value.facts["count"]) == ("did_honest_exact", len(study.positions) - 1)


def test_the_floor_goes_with_the_largest_value() -> None:
    assert rounding(np.array([[1.0, -4.0], [np.nan, 2.0]])) == 4 * ROUNDING
    what = {"term": "x", "n": 9, "estimand": "att", "method": "did.twfe"}
    assert t_estimate(1.0, 1e-15, floor=1e-15, **what).p_value == NONE
    assert t_estimate(1.0, 1e-15, floor=0.9e-15, **what).p_value == 0.0
