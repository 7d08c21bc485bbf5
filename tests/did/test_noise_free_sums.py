"""What rounding leaves is no standard error either where tables are summed where they lie; and noise that is small stays."""

from __future__ import annotations

import numpy as np
import pytest

from ebpm import did
from ebpm.estimate import Unavailable
from tests.did.test_noise_free import ROUTINES, numbers, pair, panel

pl = pytest.importorskip("polars")
LEFT_OUT = (
    "two_by_two",
    "att_gt, gaps",
    "switching",
    "continuous_dose",
    "triple_gt",
)  # of their own below, or read into memory
SUMMED = {name: routine for name, routine in ROUTINES.items() if name not in LEFT_OUT} | {
    f"twfe, {kind}": lambda data, kind=kind: did.twfe(data, "y", unit="unit", time="time", treatment="d", errors=kind)
    for kind in ("HC1", "HC3", "CR0", "CR1S")
}


@pytest.mark.parametrize("name", SUMMED)
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e-9, 0.0), (1e6, 0.0), (1.0, 1e7)])
def test_rounding_has_no_p_value(name, scale, shift):
    found = SUMMED[name](pl.from_pandas(panel(scale=scale, shift=shift)).lazy())
    p_values, errors = numbers(found)
    assert all(isinstance(one, Unavailable) for one in p_values)
    assert errors == [0.0] * len(errors)


@pytest.mark.parametrize("errors", ["CR1", "CR2"])
def test_two_by_two(errors):
    table = pl.from_pandas(pair(panel(scale=1e6))).lazy()
    found = did.two_by_two(table, "y", treated="on", post="post", cluster="unit", errors=errors).headline
    assert (found.std_error, found.p_value) == (0.0, Unavailable("no_variation"))


@pytest.mark.parametrize("name", SUMMED)
def test_small_noise_is_noise(name):
    data = panel(noise=1e-8)
    held, lazy = (numbers(SUMMED[name](one))[1] for one in (data, pl.from_pandas(data).lazy()))
    assert min(lazy) > 0
    np.testing.assert_allclose(lazy, held, rtol=1e-2)


@pytest.mark.parametrize("level", [0.0, 5.0, 15.0])
def test_counts_without_noise(level):
    data = panel().assign(amount=lambda one: np.exp(level + 0.1 * (one.unit % 7) + 0.05 * one.time + 0.3 * one.d))
    for errors in ("CR1", "CR0", "HC1", "HC0"):
        found = did.poisson(data, "amount", unit="unit", time="time", treatment="d", errors=errors).headline
        assert (found.std_error, found.p_value) == (0.0, Unavailable("no_variation"))
        assert found.estimate == pytest.approx(0.3, abs=1e-12)
    noisy = data.assign(amount=lambda one: one.amount * (1 + 1e-9 * np.sin(7.0 * one.unit * one.time)))
    assert did.poisson(noisy, "amount", unit="unit", time="time", treatment="d").headline.std_error > 0
