"""Intervals of stacks, local projections, extended regressions and triple differences cover: effects differ by cohort, unit and time."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did

pytestmark = pytest.mark.slow

REPETITIONS, PERIODS = 400, 7
TRUE = {4: 1.0, 5: 2.0}  # mean effect at event time 0; it grows by 0.5 a period
COLUMNS = {"unit": "unit", "time": "time", "first_treated": "first"}


def drawn(rng, clusters, *, per=5, family="gaussian"):
    """Return a panel of clusters that adopt together, a third of them never, with effects that differ by unit and by x."""
    first = np.repeat(np.resize([0, 4, 5], clusters), per)
    n = len(first)
    x, eligible = rng.normal(size=n), np.arange(n) % 2
    place, time = np.repeat(np.arange(clusters), per), np.arange(1, PERIODS + 1)
    since = np.where(first[:, None] > 0, time - first[:, None], -9)
    level = np.where(first > 0, np.where(first == 4, TRUE[4], TRUE[5]), 0.0)
    unit = rng.normal(size=(n, 1)) + rng.normal(size=clusters)[place][:, None]
    common = 0.3 * rng.normal(size=(clusters, PERIODS)).cumsum(axis=1)[place]
    index = 0.2 * time + common + rng.normal(size=(n, PERIODS))
    effect = (level[:, None] + 0.5 * since + 0.8 * x[:, None] + 0.5 * rng.normal(size=(n, 1))) * (since >= 0)
    if family == "poisson":
        mean = np.exp(0.5 + 0.1 * time + 0.3 * x[:, None] + 0.15 * common + 0.2 * (since >= 0) * level[:, None])
        y = rng.poisson(mean * rng.gamma(4, 0.25, size=(n, 1)))
    else:
        y = unit + index + 0.3 * x[:, None] * time + effect
    wide = {"unit": np.arange(n), "first": first, "x": x, "eligible": eligible, "place": place}
    return pd.DataFrame(
        {name: np.repeat(one, PERIODS) for name, one in wide.items()} | {"time": np.tile(time, n), "y": y.ravel()}
    )


def covered(routine, truth, *, clusters=60, repetitions=REPETITIONS, **options):
    rng, inside = np.random.default_rng(20240401), 0
    for _ in range(repetitions):
        found = routine(drawn(rng, clusters, **options))
        inside += found.conf_low <= truth <= found.conf_high
    return inside / repetitions


EVENT_0 = 1.5  # both cohorts are of equal size: (1 + 2) / 2
RANGE = (0.92, 0.98)


def between(share, low=RANGE[0], high=RANGE[1]):
    assert low <= share <= high, share


@pytest.mark.parametrize("weighting", ["corrective", "none"])
def test_stacked(weighting):
    between(covered(
        lambda rows: did.stacked(rows, "y", **COLUMNS, kappa_pre=2, kappa_post=1, weighting=weighting, cluster="place")["0"], EVENT_0
    ))  # fmt: skip


def test_stacked_with_20_clusters():
    between(covered(
        lambda rows: did.stacked(rows, "y", **COLUMNS, kappa_pre=2, kappa_post=1, cluster="place").headline, EVENT_0 + 0.25, clusters=20
    ), 0.90)  # fmt: skip


@pytest.mark.parametrize("base", ["last", "mean"])
def test_local_projection(base):
    between(covered(
        lambda rows: did.local_projection(rows, "y", **COLUMNS, pre_window=1, post_window=1, base=base, covariates=["x"], cluster="place")["1"],
        EVENT_0 + 0.5,
    ))  # fmt: skip


def test_local_projection_with_20_clusters():
    between(covered(
        lambda rows: did.local_projection(rows, "y", **COLUMNS, pre_window=1, post_window=1, cluster="place").headline,
        EVENT_0 + 0.25, clusters=20,
    ), 0.90)  # fmt: skip


@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_extended_twfe(covariates):
    between(covered(
        lambda rows: did.extended_twfe(rows, "y", **COLUMNS, covariates=covariates, cluster="place").aggregate("event")["0"], EVENT_0,
        repetitions=250,
    ))  # fmt: skip


def test_extended_twfe_with_20_clusters():
    between(covered(
        lambda rows: did.extended_twfe(rows, "y", **COLUMNS, cluster="place").aggregate("event")["0"], EVENT_0, clusters=20, repetitions=250
    ), 0.90)  # fmt: skip


def exponential_truth(draws=400_000):
    """Return the mean effect at event time 0 in `drawn` with the exponential family, by its own definition."""
    rng = np.random.default_rng(7)
    x, values = rng.normal(size=draws), []
    for first in (4, 5):
        common = 0.3 * np.sqrt(first) * rng.normal(size=draws)
        without = np.exp(0.5 + 0.1 * first + 0.3 * x + 0.15 * common)
        values.append((without * (np.exp(0.2 * TRUE[first]) - 1)).mean())
    return float(np.mean(values))


@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_extended_twfe_of_an_exponential_mean(covariates):
    between(covered(
        lambda rows: did.extended_twfe(rows, "y", **COLUMNS, family="poisson", covariates=covariates, cluster="place").aggregate("event")["0"],
        exponential_truth(), repetitions=250, family="poisson",
    ), 0.91)  # fmt: skip


@pytest.mark.parametrize("control", ["never_treated", "not_yet_treated"])
def test_triple_differences(control):
    def routine(rows):
        moved = rows.assign(y=np.where(rows.eligible == 1, rows.y, rows.y - gained(rows)))
        return did.triple_gt(
            moved, "y", **COLUMNS, eligible="eligible", control=control, covariates=["x"], method="dr"
        ).aggregate("event")["0"]

    between(covered(routine, EVENT_0, repetitions=250), 0.915)


def gained(rows):
    """Return the mean effect that units not eligible must not have."""
    since = rows.time - rows["first"]
    return ((rows["first"] - 3.0) + 0.5 * since + 0.8 * rows.x) * ((rows["first"] > 0) & (since >= 0))
