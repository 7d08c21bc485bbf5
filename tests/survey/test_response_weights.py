"""Weights for non-response: balance, the stacked standard error, guard rails, bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError


def invited(seed, n=800, *, steep=1.0):
    rng = np.random.default_rng(seed)
    age = rng.normal(size=n)
    answered = rng.random(n) < 1 / (1 + np.exp(-0.3 - steep * age))
    y = 2.0 + age + rng.normal(size=n)
    return pd.DataFrame({
        "age": age, "ward": rng.choice(["a", "b"], n), "answered": answered.astype(int), "y": np.where(answered, y, np.nan),
        "d": rng.uniform(1, 3, n), "lot": np.arange(n) // 8,
    })  # fmt: skip


def test_covariates_are_balanced():
    data = invited(1)
    found = survey.response_weights(data, "answered", covariates=["age", "ward"], weights="d")
    errors = data["answered"] - found.model.propensities
    assert (data["d"] * errors).sum() == pytest.approx(0.0, abs=1e-8)
    assert (data["d"] * errors * data["age"]).sum() == pytest.approx(0.0, abs=1e-8)
    assert (found.weights[data["answered"] == 0] == 0).all()


def test_a_saturated_model_is_post_stratification():
    """Cells as covariates: the estimate and its standard error are those of the cells' means and shares."""
    data = invited(2)
    found = survey.mean(data, "y", weights=survey.response_weights(data, "answered", covariates=["ward"])).headline
    means = data.groupby("ward")["y"].mean()
    shares = data["ward"].value_counts(normalize=True)
    assert found.estimate == pytest.approx((means * shares).sum(), rel=1e-9)
    answered = data.dropna()
    scores = data["ward"].map(means) - found.estimate
    rates = answered["ward"].value_counts() / data["ward"].value_counts()
    scores += ((data["y"] - data["ward"].map(means)) / data["ward"].map(rates)).fillna(0.0)
    n = len(data)
    assert found.std_error == pytest.approx(np.sqrt((scores**2).sum() / n / (n - 1)), rel=1e-9)


def test_the_influence_is_the_derivative():
    """Moving one design weight moves the estimate as the influence says."""
    data = invited(3, 200)

    def estimate(d):
        table = data.assign(d=d)
        return survey.mean(
            table, "y", weights=survey.response_weights(table, "answered", covariates=["age"], weights="d")
        ).headline.estimate

    found = survey.response_weights(data, "answered", covariates=["age"], weights="d")
    w, y = found.weights, data["y"].fillna(0.0).to_numpy()
    scores = (y - w @ y / w.sum()) / w.sum()
    influence = found.model.influence(scores[:, None], w)[:, 0]
    for row in (0, 7, 23, 111):
        step = np.where(np.arange(200) == row, 1e-5, 0.0)
        slope = (estimate(data["d"] * (1 + step)) - estimate(data["d"] * (1 - step))) / 2e-5
        assert influence[row] == pytest.approx(slope, abs=1e-7)


def test_estimated_chances_are_more_precise_than_known_ones():
    data = invited(4, 2000)
    fitted = survey.response_weights(data, "answered", covariates=["age"])
    stacked = survey.mean(data, "y", weights=fitted).headline
    known = data.assign(w=np.where(fitted.weights > 0, fitted.weights, 1.0))
    fixed = survey.mean(known, "y", where={"answered": 1}, weights="w").headline
    assert stacked.estimate == pytest.approx(fixed.estimate, rel=1e-9)
    assert stacked.std_error < fixed.std_error
    assert stacked.n == fixed.n


def test_no_notice_of_rows_left_out_and_other_statistics_work():
    data = invited(5)
    found = survey.response_weights(data, "answered", covariates=["age"], weights="d")
    mean = survey.mean(data, "y", weights=found, cluster="lot")
    assert "S120" not in mean.notices
    assert mean.headline.method == "survey.response_weighted"
    quantile = survey.quantiles(data, "y", probabilities=[0.5], weights=found, cluster="lot").headline
    assert quantile.conf_low < quantile.estimate < quantile.conf_high
    one_step = survey.response_weighted_mean(
        data, "y", response="answered", covariates=["age"], weights="d", cluster="lot"
    )
    assert one_step.headline == mean.headline


def test_unlikely_answers_are_said():
    assert "S119" in survey.response_weights(invited(6, steep=3.0), "answered", covariates=["age"]).notices
    assert "S119" not in survey.response_weights(invited(6, steep=0.2), "answered", covariates=["age"]).notices


@pytest.mark.parametrize(
    ("change", "how", "error", "said"),
    [
        ({"answered": 1}, {}, DesignError, "800"),
        ({"answered": 0}, {}, DesignError, "800"),
        ({"answered": 2}, {}, DataError, "2"),
        ({"age": np.nan}, {}, DataError, "age"),
        ({}, {"covariates": ["no"]}, DataError, "no"),
        ({}, {"covariates": ["age", "age"]}, DesignError, ""),
        ({}, {"covariates": ["answered"]}, DesignError, ""),
    ],
)
def test_bad_input_is_named(change, how, error, said):
    with pytest.raises(error) as caught:
        survey.response_weights(invited(7).assign(**change), "answered", **({"covariates": ["age"]} | how))
    assert said in str(caught.value)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_shows_itself(lang):
    found = survey.response_weights(invited(8), "answered", covariates=["age", "ward"])
    assert "ward = b" in found.summary(lang)
    assert found.plot(lang=lang).get_xlim() == (0.0, 1.0)
