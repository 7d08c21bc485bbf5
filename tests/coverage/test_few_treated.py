"""Size and coverage with one to three treated of 8 or 20 units, serially correlated errors and units of unequal size."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did

pytestmark = pytest.mark.slow

COLUMNS = {"unit": "unit", "time": "time", "first_treated": "first"}
EFFECT = 0.7


def drawn(rng, units, treated, *, sizes=None, dates=(5,), periods=8):
    """A panel with AR(1) errors of 0.6, smaller in large units."""
    noise = rng.normal(size=(units, periods))
    for period in range(1, periods):
        noise[:, period] = 0.6 * noise[:, period - 1] + 0.8 * noise[:, period]
    if sizes is not None:
        noise = noise * np.sqrt(50 / sizes)[:, None]
    first = np.zeros(units, dtype=int)
    first[:treated] = np.resize(dates, treated)
    time = np.arange(1, periods + 1)
    y = noise + rng.normal(size=(units, 1)) + 0.1 * time + EFFECT * ((first[:, None] > 0) & (time >= first[:, None]))
    return pd.DataFrame({
        "unit": np.repeat(np.arange(units), periods), "time": np.tile(time, units), "first": np.repeat(first, periods), "y": y.ravel(),
        "pupils": np.repeat(np.full(units, 50.0) if sizes is None else sizes, periods),
        "treated": ((first[:, None] > 0) & (time >= first[:, None])).astype(float).ravel(),
    })  # fmt: skip


def coverage(routine, replications, make):
    found = [routine(make(np.random.default_rng(seed))) for seed in range(replications)]
    return float(np.mean([one.conf_low <= EFFECT <= one.conf_high for one in found]))


@pytest.mark.parametrize(("units", "treated"), [(20, 1), (20, 2), (20, 3), (8, 2), (8, 3)])
def test_conley_taber_covers(units, treated):
    share = coverage(
        lambda data: did.few_treated(data, "y", **COLUMNS).estimate, 300, lambda rng: drawn(rng, units, treated)
    )
    assert 0.92 <= share <= 1.0


@pytest.mark.parametrize("treated", [1, 3])
def test_ferman_pinto_covers_where_small_units_are_treated(treated):
    sizes = np.append(np.full(treated, 10.0), np.random.default_rng(1).integers(40, 400, 20 - treated))
    plain, unequal = (
        coverage(
            lambda data, how=how: did.few_treated(data, "y", **COLUMNS, size="pupils", draws=799, **how).estimate, 150,
            lambda rng: drawn(rng, 20, treated, sizes=sizes),
        )
        for how in ({}, {"method": "ferman_pinto"})
    )  # fmt: skip
    assert unequal >= 0.87
    assert plain < unequal


@pytest.mark.parametrize(("units", "treated"), [(20, 3), (20, 8), (8, 3)])
def test_the_randomisation_of_dates_covers(units, treated):
    share = coverage(
        lambda data: did.randomisation_test(data, "y", **COLUMNS, draws=999).estimate, 200,
        lambda rng: drawn(rng, units, treated, dates=(4, 6)),
    )  # fmt: skip
    assert 0.92 <= share <= 1.0


def test_the_wild_bootstrap_covers_with_eight_treated_and_hardly_rejects_with_one():
    how = {"unit": "unit", "time": "time", "treatment": "treated", "draws": 799}
    share = coverage(lambda data: did.wild_twfe(data, "y", **how).headline, 200, lambda rng: drawn(rng, 20, 8))
    assert 0.92 <= share <= 0.99
    one = [did.wild_twfe(drawn(np.random.default_rng(seed), 20, 1), "y", **how).headline.p_value for seed in range(60)]
    assert np.mean(np.array(one) <= 0.05) <= 0.05
