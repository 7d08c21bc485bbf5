"""Quantiles and design effects: by hand, collapses, bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.survey.quantile_rules import RULES, weighted_quantile

NUMPY = {"hf4": "interpolated_inverted_cdf", "hf5": "hazen", "hf6": "weibull", "hf7": "linear", "hf8": "median_unbiased", "hf9": "normal_unbiased"}  # fmt: skip


@pytest.fixture
def sample():
    rng = np.random.default_rng(2)
    return pd.DataFrame({
        "y": rng.normal(size=80).round(2), "w": rng.uniform(1, 3, 80), "ward": np.repeat(list("ab"), 40),
        "lot": np.repeat(np.arange(16), 5),
    })  # fmt: skip


@pytest.mark.parametrize("rule", NUMPY)
@pytest.mark.parametrize("p", [0.02, 0.25, 0.5, 0.77, 0.99])
def test_equal_weights_give_the_rules_of_hyndman_and_fan(sample, rule, p):
    values = sample["y"].to_numpy()
    assert weighted_quantile(values, np.full(80, 2.0), p, rule=rule) == pytest.approx(
        np.quantile(values, p, method=NUMPY[rule]), abs=1e-12
    )


@pytest.mark.parametrize(("rule", "method"), [("math", "inverted_cdf"), ("school", "averaged_inverted_cdf")])
@pytest.mark.parametrize("p", [0.001, 0.1, 0.25, 0.3, 0.5, 0.7, 0.999])
def test_steps(sample, rule, method, p):
    values = sample["y"].to_numpy()
    assert weighted_quantile(values, np.full(80, 0.1), p, rule=rule) == pytest.approx(
        np.quantile(values, p, method=method), abs=1e-12
    )


@pytest.mark.parametrize("rule", ["math", "school"])
def test_a_weight_of_two_is_two_rows(sample, rule):
    twice = pd.concat([sample, sample[:30]])
    weights = np.where(np.arange(80) < 30, 2.0, 1.0)
    for p in (0.1, 0.5, 0.9):
        assert weighted_quantile(sample["y"].to_numpy(), weights, p, rule=rule) == weighted_quantile(
            twice["y"].to_numpy(), np.ones(110), p, rule=rule
        )


def test_woodruff_by_hand(sample):
    one = survey.quantiles(sample, "y", probabilities=[0.5], weights="w", cluster="lot").headline
    below = sample.assign(below=(sample["y"] <= one.estimate).astype(float))
    share = survey.mean(below, "below", weights="w", cluster="lot").headline
    values, weights = sample["y"].to_numpy(), sample["w"].to_numpy()
    assert one.conf_low == weighted_quantile(values, weights, share.conf_low)
    assert one.conf_high == weighted_quantile(values, weights, share.conf_high)
    assert isinstance(one.p_value, Unavailable)


def test_domains_terms_and_headline(sample):
    found = survey.quantiles(sample, "y", probabilities=[0.1, 0.5], weights="w", by="ward")
    assert found.terms == ("a: 0.1", "a: 0.5", "b: 0.1", "b: 0.5")
    assert found.headline_term == "a: 0.5"
    alone = survey.quantiles(sample, "y", probabilities=[0.5], where={"ward": "a"}, weights="w").headline
    assert alone.estimate == found["a: 0.5"].estimate
    assert alone.conf_low == found["a: 0.5"].conf_low


def test_replicate_weights_serve_too(sample):
    made = survey.replicates(sample, weights="w", cluster="lot")
    one, two = (
        survey.quantiles(sample, "y", probabilities=[0.5], weights=weights, cluster="lot").headline
        for weights in (made, "w")
    )
    assert one.estimate == two.estimate
    assert one.std_error == pytest.approx(two.std_error, rel=0.2)


def test_an_open_interval_is_said(sample):
    found = survey.quantiles(sample, "y", probabilities=[0.01, 0.5], weights="w", rule="hf7")
    assert isinstance(found["0.01"].conf_low, Unavailable)
    assert found.notices.codes.count("S118") == 1
    assert "S118" not in survey.quantiles(sample, "y", weights="w").notices


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"probabilities": [0.0]}, DesignError), ({"probabilities": [25]}, DesignError), ({"rule": "hf10"}, DataError),
        ({"interval": "beta"}, DataError), ({"conf_level": 95}, DesignError), ({"outcome": "ward"}, DesignError),
    ],
)  # fmt: skip
def test_bad_input_is_refused(sample, bad, error):
    with pytest.raises(error):
        survey.quantiles(sample, **({"outcome": "y"} | bad))


def test_rules_agree_on_a_constant():
    constant = np.full(7, 3.0)
    assert {weighted_quantile(constant, np.arange(1.0, 8.0), 0.3, rule=rule) for rule in RULES} == {3.0}


def test_a_simple_random_sample_has_a_design_effect_of_one(sample):
    one = survey.design_effects(sample, "y", replacement=True).items[0]
    assert one.deff == pytest.approx(1.0, rel=1e-12)
    assert one.effective_n == pytest.approx(80, rel=1e-12)
    fpc = survey.design_effects(sample.assign(N=800), "y", population="N").items[0]
    assert fpc.deff == pytest.approx(1.0, rel=1e-12)


def test_a_large_design_effect_is_said():
    alike = pd.DataFrame({"y": np.repeat(np.arange(20.0), 10), "lot": np.repeat(np.arange(20), 10)})
    found = survey.design_effects(alike, "y", cluster="lot", replacement=True)
    assert found.items[0].deff == pytest.approx(10.5, abs=0.6)
    assert "S110" in found.notices
    apart = pd.DataFrame({"y": np.tile(np.arange(10.0), 20), "lot": np.repeat(np.arange(20), 10)})
    assert "S110" not in survey.design_effects(apart, "y", cluster="lot", replacement=True).notices


def test_design_effects_of_constants_and_of_small_weights(sample):
    flat = survey.design_effects(sample.assign(y=1.0), "y", replacement=True).items[0]
    assert isinstance(flat.deff, Unavailable)
    assert isinstance(flat.effective_n, Unavailable)
    with pytest.raises(DesignError, match="replacement"):
        survey.design_effects(sample.assign(w=0.1), "y", weights="w")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_design_effects_show_themselves(sample, lang):
    found = survey.design_effects(sample, ["y", "w"], weights="w", cluster="lot")
    assert list(found.tidy().columns) == [
        "term",
        "estimate",
        "std_error",
        "survey_deff",
        "survey_deft",
        "survey_effective",
        "n",
    ]
    assert "y" in found.summary(lang)
    assert found.plot(lang=lang).get_xlabel()
