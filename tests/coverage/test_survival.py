"""Intervals of time to event hold what they should: arms of 40, weights, clusters, competing and recurrent events."""

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort

pytestmark = pytest.mark.slow
DRAWS = 600
HAZARD = np.array([0.1, 0.1 * np.exp(-0.5)])
HORIZON = 6.0


def persons(rng, n=80):
    arm = np.arange(n) % 2
    time, end = rng.exponential(1 / HAZARD[arm]), rng.uniform(6, 25, n)
    return pd.DataFrame({"t": np.minimum(time, end), "e": (time <= end).astype(int), "arm": arm})


def share(routine, make, truth):
    held = []
    for seed in range(DRAWS):
        one = routine(make(np.random.default_rng([20190401, seed]))).estimates.headline
        held.append(one.conf_low <= truth <= one.conf_high)
    return float(np.mean(held))


def near(found):
    """Within 2.5 standard errors of the simulation (0.009), and a small-sample error of 0.01 of a normal interval."""
    assert 0.918 <= found <= 0.98


def test_restricted_means():
    means = (1 - np.exp(-HAZARD * HORIZON)) / HAZARD
    near(
        share(lambda d: cohort.rmst(d, "t", event="e", treatment="arm", horizon=HORIZON), persons, means[1] - means[0])
    )


def test_hazard_ratios():
    near(share(lambda d: cohort.cox(d, "t", event="e", treatment="arm"), persons, -0.5))


def test_hazard_ratios_with_robust_errors():
    near(share(lambda d: cohort.cox(d, "t", event="e", treatment="arm", errors="robust"), persons, -0.5))


@pytest.mark.parametrize("interval", ["log", "log-log"])
def test_survival(interval):
    near(
        share(
            lambda d: cohort.kaplan_meier(d, "t", event="e", by="arm", at=[5.0], interval=interval),
            persons,
            np.exp(-0.5),
        )
    )


def clusters(rng):
    """80 practices with a frailty each; the marginal survival at 4 is known by the Laplace transform of a gamma."""
    practice = np.repeat(np.arange(80), 6)
    frailty = rng.gamma(4, 1 / 4, 80)[practice]
    time, end = rng.exponential(1 / (0.1 * frailty)), rng.uniform(5, 20, len(practice))
    return pd.DataFrame(
        {"t": np.minimum(time, end), "e": (time <= end).astype(int), "practice": practice, "arm": practice % 2}
    )


def test_survival_in_clusters():
    truth = (1 + 0.1 * 4 / 4) ** -4
    near(share(lambda d: cohort.kaplan_meier(d, "t", event="e", at=[4.0], cluster="practice"), clusters, truth))


def test_restricted_means_in_clusters():
    near(share(lambda d: cohort.rmst(d, "t", event="e", treatment="arm", horizon=4, cluster="practice"), clusters, 0.0))


def competing(rng, n=160):
    arm = np.arange(n) % 2
    first, second, end = rng.exponential(10, n), rng.exponential(np.where(arm, 5, 20)), rng.uniform(5, 20, n)
    how = np.select([first <= np.minimum(second, end), second <= end], [1, 2], 0)
    return pd.DataFrame({"t": np.minimum(np.minimum(first, second), end), "e": how, "arm": arm})


def test_risks_with_competing_events():
    def risk(other):
        return 0.1 / (0.1 + other) * (1 - np.exp(-(0.1 + other) * 4))

    given = {"event": "e", "events": {1: "back", 2: "died"}, "cause": "back", "treatment": "arm", "horizon": 4.0}
    near(share(lambda d: cohort.risk(d, "t", **given), competing, risk(0.2) - risk(0.05)))


def recurrent(rng, n=80):
    """Poisson events at a person's own rate until death or the end."""
    rows = []
    for person in range(n):
        rate, death, end = rng.gamma(2, 0.25), rng.exponential(10), rng.uniform(4, 9)
        last = min(death, end)
        times = np.sort(rng.uniform(0, last, rng.poisson(rate * last)))
        starts, ends = np.r_[0.0, times], np.r_[times, last]
        how = [*[1] * len(times), 2 if death <= end else 0]
        rows += [(person, person % 2, *row) for row in zip(starts, ends, how, strict=True)]
    return pd.DataFrame(rows, columns=["id", "arm", "from", "to", "how"])


def test_mean_frequency():
    given = {"event": "how", "events": {1: "fall", 2: "died"}, "terminal": "died", "person": "id", "entry": "from"}
    truth = 0.5 * 10 * (1 - np.exp(-0.4))
    near(share(lambda d: cohort.recurrent(d, "to", at=[4.0], **given), recurrent, truth))
    near(share(lambda d: cohort.mean_frequency(d, "to", treatment="arm", horizon=4.0, **given), recurrent, 0.0))


def test_log_rank_keeps_its_size():
    def same(rng):
        return persons(rng).assign(arm=rng.permutation(np.arange(80) % 2), t=lambda d: d.t)

    draws = [
        cohort.log_rank(same(np.random.default_rng([20190401, seed])), "t", event="e", treatment="arm").p_value
        for seed in range(DRAWS)
    ]
    assert 0.03 <= np.mean(np.array(draws) < 0.05) <= 0.075
