"""Standardised risks by pooled logistic regression: shares by hand, errors by moving weights, truths, bad inputs."""

import numpy as np
import pandas as pd
import pytest

from ebpm import DesignError, cohort
from tests.cohort.cohorts import COVARIATES, followed
from tests.cohort.test_lost import moved


def pooled(data, **choices):
    options = {"event": "back", "treatment": "treated", "covariates": COVARIATES, "horizon": 300, "interval": 60}
    return cohort.pooled_logistic(data, "days", **(options | choices))


def test_without_covariates_it_is_the_product_of_the_shares_left():
    data = followed(1)
    found = pooled(data, covariates=[]).estimates
    for arm, term in ((1, "mean_treated"), (0, "mean_untreated")):
        own, left = data[data["treated"] == arm], 1.0
        for step in range(5):
            ends = 60.0 * (step + 1)
            events = ((own["back"] == 1) & (own["days"] > ends - 60) & (own["days"] <= ends)).sum()
            through = ((own["days"] > ends) | ((own["days"] == ends) & (own["back"] == 0))).sum()
            left *= 1 - events / (events + through)
        assert found[term].estimate == pytest.approx(1 - left, rel=1e-9)


def test_without_loss_or_covariates_it_is_kaplan_meier_at_the_horizon():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"treated": np.arange(200) % 2, "days": np.ceil(rng.exponential(200, 200))})
    data = data.assign(back=(data["days"] <= 300).astype(int), days=np.minimum(data["days"], 300))
    found = pooled(data, covariates=[]).estimates
    shares = data.groupby("treated")["back"].mean()
    assert found["difference"].estimate == pytest.approx(shares[1] - shares[0], rel=1e-9)
    binomial = np.sqrt(sum(share * (1 - share) / 100 for share in shares))
    assert found["difference"].std_error == pytest.approx(binomial, rel=1e-6)


@pytest.mark.parametrize("choices", [{"estimand": "att"}, {"interval": 30}])
def test_standard_errors_count_the_regressions(choices):
    data, terms = followed(2, 60), ("difference", "log_risk_ratio", "mean_treated")
    found = pooled(data, covariates=["x"], **choices).estimates
    expected = moved(lambda changed: pooled(changed, covariates=["x"], weights="w", **choices).estimates, data, terms)
    assert [found[term].std_error for term in terms] == pytest.approx(expected, rel=1e-4)


def test_rows_in_another_order_and_clusters():
    data = followed(4)
    ours, other = (
        pooled(one, cluster="clinic").estimates["difference"] for one in (data, data.sample(frac=1.0, random_state=1))
    )
    assert (other.estimate, other.std_error) == pytest.approx((ours.estimate, ours.std_error), rel=1e-9)
    assert (ours.clusters, ours.df) == (20, 19.0)


def test_it_agrees_with_weighting_where_both_are_right():
    data = followed(5, 4000)
    ours = pooled(data, interval=20).estimates["difference"]
    weighted = cohort.iptw_survival(data, "days", event="back", treatment="treated", covariates=COVARIATES, horizon=300)
    assert ours.estimate == pytest.approx(weighted.estimates["risk_difference"].estimate, abs=2 * ours.std_error)
    assert ours.std_error == pytest.approx(weighted.estimates["risk_difference"].std_error, rel=0.2)


@pytest.mark.parametrize(("choices", "said"), [
    ({"horizon": 2000}, "cannot be predicted"), ({"horizon": -5}, "horizon"), ({"interval": 0}, "interval=0"),
])  # fmt: skip
def test_what_cannot_be_predicted_is_refused(choices, said):
    with pytest.raises(DesignError, match=said):
        pooled(followed(1), **choices)


def test_an_arm_without_events_is_refused():
    data = followed(1)
    with pytest.raises(DesignError, match="0 events"):
        pooled(data.assign(back=data["back"] * data["treated"]))


def test_events_in_words_and_risks_by_name():
    data = followed()
    words = data.assign(back=np.where(data["back"] == 1, "再入院", "打ち切り"))
    found = pooled(words, events={"再入院": "再入院"})
    assert found.estimates["difference"].estimate == pooled(data).estimates["difference"].estimate
    assert "リスクの差" in found.summary("ja")
    assert "risk with treatment" in found.summary("en")
