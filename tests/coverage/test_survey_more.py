"""Intervals of surveys cover at their level: stages, quantiles, rare shares, calibration, fitted non-response, lists, replicates."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey

pytestmark = pytest.mark.slow
DRAWS = 2000
BAND = (0.935, 0.965)


def share(covers, draws=DRAWS):
    return np.mean([covers(np.random.default_rng((20190902, draw))) for draw in range(draws)])


def holds(one, truth):
    return one.conf_low <= truth <= one.conf_high


def town(rng, lots=60):
    """A town of lots with people in them, sizes and effects of the lots unequal."""
    sizes = rng.integers(8, 30, lots)
    lot = np.repeat(np.arange(lots), sizes)
    people = pd.DataFrame(
        {"lot": lot, "person": np.arange(len(lot)), "lots": float(lots), "people": sizes[lot].astype(float)}
    )
    return people.assign(y=rng.normal(size=lots)[lot] + 0.05 * people["people"] + rng.normal(size=len(lot)))


def two_stages(people, rng, lots, persons):
    chosen = rng.choice(60, lots, replace=False)
    kept = people[people["lot"].isin(chosen)]
    return kept.iloc[np.argsort(rng.random(len(kept)))].groupby("lot").head(persons)


STAGES = {"cluster": ["lot", "person"], "population": ["lots", "people"]}


def test_two_stages_with_half_of_the_lots():
    """The correction at both stages matters here: the first stage alone has half of the variance to lose."""
    people = town(np.random.default_rng(3))

    def covers(rng):
        return holds(survey.mean(two_stages(people, rng, 30, 6), "y", **STAGES).headline, people["y"].mean())

    assert BAND[0] <= share(covers) <= BAND[1]


def test_medians_of_two_stages():
    people = town(np.random.default_rng(4))

    def covers(rng):
        sample = two_stages(people, rng, 30, 6)
        return holds(
            survey.quantiles(sample, "y", probabilities=[0.5], rule="hf7", **STAGES).headline, people["y"].median()
        )

    assert 0.93 <= share(covers) <= 0.97


def test_korn_graubard_of_a_rare_share_never_covers_less():
    def covers(rng):
        lot = np.repeat(np.arange(30), 10)
        rare = rng.random(300) < np.repeat(rng.beta(0.5, 12, 30), 10)
        data = pd.DataFrame({"rare": np.where(rare, "yes", "no"), "lot": lot})
        found = survey.proportion(data, "rare", cluster="lot", interval="korn_graubard")
        return "yes" in found.terms and holds(found["yes"], 0.04)

    assert 0.94 <= share(covers) <= 0.99


CALIBRATIONS = [{}, {"distance": "raking"}, {"distance": "logit", "bounds": (0.2, 6.0)}]


@pytest.mark.parametrize("how", CALIBRATIONS)
@pytest.mark.parametrize("residuals", ["design", "exact"])
def test_calibration_under_nonresponse(how, residuals):
    """Who answers depends on ward and age, and so does the outcome: calibrated means cover, means as answered do not."""
    naive = []

    def covers(rng):
        n = 500
        data = pd.DataFrame({"ward": rng.choice(["a", "b"], n), "age": rng.uniform(20, 80, n)})
        data["y"] = 1.0 * (data["ward"] == "a") + 0.05 * data["age"] + rng.normal(size=n)
        inverse = 1.5 + 0.8 * (data["ward"] == "a") + 0.02 * (data["age"] - 20)
        sample = data[rng.random(n) < 1.0 / inverse]
        naive.append(holds(survey.mean(sample, "y").headline, 3.0))
        totals = {"ward": {"a": 500.0, "b": 500.0}, "age": 50_000.0}
        found = survey.calibrate(sample, totals, residuals=residuals, **how)
        return holds(survey.mean(sample, "y", weights=found).headline, 3.0)

    assert 0.93 <= share(covers) <= 0.965
    assert np.mean(naive) < 0.9


def test_fitted_nonresponse_with_the_fit_in_the_error():
    ratio = []

    def covers(rng):
        n = 400
        age = rng.normal(size=n)
        answered = rng.random(n) < 1 / (1 + np.exp(-0.5 - 0.8 * age))
        y = np.where(answered, 1.0 + 2.0 * age + rng.normal(size=n), np.nan)
        data = pd.DataFrame({"age": age, "answered": answered.astype(int), "y": y})
        one = survey.response_weighted_mean(data, "y", response="answered", covariates=["age"]).headline
        ratio.append((one.estimate, one.std_error))
        return holds(one, 1.0)

    assert 0.93 <= share(covers) <= 0.965
    estimates, errors = np.array(ratio).T
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.06)


def listed(rng, n=600):
    long = rng.random(n) < 0.5
    counts = rng.binomial(4, 0.5, n) + (long & (rng.random(n) < 0.2))
    return pd.DataFrame({"count": counts, "list": np.where(long, "l", "s")})


LIST = {"treatment": "list", "control": "s", "items": 4}


def test_list_experiments_and_the_size_of_their_test():
    p_values = []

    def covers(rng):
        found = survey.list_experiment(listed(rng), "count", **LIST)
        p_values.append(found.design.p_value)
        return holds(found.estimates.headline, 0.2)

    assert BAND[0] <= share(covers, 600) <= 0.97
    assert np.mean(np.array(p_values) < 0.05) <= 0.05


@pytest.mark.parametrize("kind", ["jackknife", "brr", "fay", "bootstrap"])
def test_replicates_of_a_ratio(kind):
    def covers(rng):
        effect = rng.normal(size=40)
        lot = np.repeat(np.arange(40), 5)
        x = rng.uniform(1, 3, 200)
        y = 2.0 * x + effect[lot] + rng.normal(size=200)
        data = pd.DataFrame({"y": y, "x": x, "lot": lot, "ward": lot // 2})
        columns = {"strata": "ward", "cluster": "lot"}
        made = survey.replicates(data, kind, draws=200, **columns)
        return holds(survey.ratio(data, "y", denominator="x", weights=made, **columns).headline, 2.0)

    assert 0.925 <= share(covers, 600) <= 0.975
