"""E-values and corrections for unmeasured confounders."""

import math

import numpy as np
import pytest

from ebpm import DataError, cohort
from ebpm.stats.inference import t_estimate
from tests.cohort.cohorts import followed


def test_the_published_example():
    """VanderWeele and Ding (2017): risk ratio 3.9 (1.8 to 8.7) gives E-values of 7.26 and 3.0."""
    found = cohort.e_value(3.9, conf_low=1.8, conf_high=8.7)
    assert found.value == pytest.approx(3.9 + math.sqrt(3.9 * 2.9))
    assert found.limit == pytest.approx(1.8 + math.sqrt(1.8 * 0.8))


def test_a_protective_effect_is_turned_over():
    assert cohort.e_value(1 / 3.9, conf_low=1 / 8.7, conf_high=1 / 1.8).value == pytest.approx(
        cohort.e_value(3.9).value
    )
    assert cohort.e_value(0.8, conf_low=0.6, conf_high=1.1).limit == 1.0


@pytest.mark.parametrize(
    ("measure", "value", "expected"),
    [
        ("odds_ratio", 4.0, 2.0), ("hazard_ratio", 2.0, (1 - 0.5 ** math.sqrt(2)) / (1 - 0.5 ** math.sqrt(0.5))),
        ("risk_ratio", 2.0, 2.0),
    ],
)  # fmt: skip
def test_common_outcomes_are_put_on_the_scale_of_risks(measure, value, expected):
    assert cohort.e_value(value, measure=measure, common=True).ratio.value == pytest.approx(expected)
    assert cohort.e_value(value, measure=measure).ratio.value == pytest.approx(value)


def test_a_standardised_difference():
    assert cohort.e_value(0.5, measure="standardised_difference").ratio.value == pytest.approx(math.exp(0.455))


def test_the_e_value_is_the_bounding_factor_turned_round():
    """A confounder as strong as the E-value with both leaves exactly nothing (Ding and VanderWeele 2016)."""
    for ratio in (0.4, 0.82, 1.3, 3.9):
        strength = cohort.e_value(ratio).value
        left = cohort.bias_bound(ratio, treatment_ratio=strength, outcome_ratio=strength)
        assert left.corrected.value == pytest.approx(1.0)
    moved = cohort.e_value(2.0, true=1.5).value
    assert cohort.bias_bound(2.0, treatment_ratio=moved, outcome_ratio=moved).corrected.value == pytest.approx(1.5)


def test_a_binary_confounder_by_brute_force():
    """Risks of two arms with a confounder of prevalence .2 and .4 that doubles the risk, and no effect."""
    base, strength, prevalence = 0.1, 2.0, (0.4, 0.2)
    untreated, treated = (base * (share * strength + 1 - share) for share in prevalence)
    found = cohort.bias_formula(
        treated / untreated, outcome_ratio=strength, prevalence_treated=0.2, prevalence_untreated=0.4
    )
    assert found.corrected.value == pytest.approx(1.0)
    bound = cohort.bias_bound(treated / untreated, treatment_ratio=2.0, outcome_ratio=2.0)
    assert bound.corrected.value >= 1.0


def test_an_estimate_brings_its_own_measure():
    found = t_estimate(math.log(0.7), 0.1, term="log_odds_ratio", n=10, estimand="ate", method="cohort.iptw")
    assert cohort.e_value(found, common=True).ratio.value == pytest.approx(math.sqrt(0.7))
    bare = t_estimate(0.7, float("nan"), term="log_risk_ratio", n=10, estimand="ate", method="cohort.iptw")
    assert cohort.e_value(bare).ratio.low == cohort.e_value(bare).ratio.value
    with pytest.raises(DataError) as caught:
        cohort.e_value(t_estimate(0.7, 0.1, term="difference", n=10, estimand="ate", method="cohort.iptw"))
    assert caught.value.code == "cohort_not_a_ratio"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: cohort.e_value(-1.0), "cohort_bad_ratio"), (lambda: cohort.e_value(2.0, conf_low=2.5), "cohort_bad_limits"),
        (lambda: cohort.e_value(2.0, true=0.0), "cohort_bad_ratio"), (lambda: cohort.e_value(2.0, measure="rr"), "bad_choice"),
        (lambda: cohort.bias_bound(2.0, treatment_ratio=0.5, outcome_ratio=2.0), "cohort_bad_strength"),
        (lambda: cohort.bias_formula(2.0, outcome_ratio=2.0, prevalence_treated=1.5, prevalence_untreated=0.1), "cohort_bad_prevalence"),
        (lambda: cohort.bias_formula(2.0, outcome_ratio=0.0, prevalence_treated=0.5, prevalence_untreated=0.1), "cohort_bad_ratio"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, code):
    with pytest.raises(DataError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.explain("ja") != caught.value.explain("en")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_results_speak_and_draw(lang):
    import matplotlib.pyplot as plt

    for found in (
        cohort.e_value(0.58, conf_low=0.43, conf_high=0.77),
        cohort.e_value(1.0),
        cohort.bias_bound(2.0, treatment_ratio=2, outcome_ratio=2, conf_low=1.2, conf_high=3.0),
    ):
        assert found.summary(lang)
        assert found.tidy().shape[0] == 2
        assert found.plot(lang=lang).get_xlabel()
        assert not found.notices
        plt.close("all")


def test_hazard_and_risk_ratios_of_the_routines_are_read():
    data = followed()
    by = {"event": "back", "treatment": "treated"}
    hazard = cohort.cox(data, "days", **by).estimates.headline
    head = cohort.e_value(hazard, common=True)
    low, high = np.exp([hazard.conf_low, hazard.conf_high])
    ratio = float(np.exp(hazard.estimate))
    assert head == cohort.e_value(
        ratio, conf_low=float(low), conf_high=float(high), measure="hazard_ratio", common=True
    )
    found = cohort.risk(data, "days", horizon=200, **by).estimates
    assert cohort.e_value(found["1, ratio"]).ratio.value == pytest.approx(
        found["1, risk"].estimate / found["0, risk"].estimate
    )
    with pytest.raises(DataError):
        cohort.e_value(found["1"])
