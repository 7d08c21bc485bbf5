"""A message experiment inside a weighted survey: raked weights carry over to all comparisons of the arms."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct, survey

ARMS = ("control", "checklist", "duty", "loss", "norm")
MARGINS = {"ward": {"a": 30_000, "b": 20_000}, "age": {"old": 15_000, "young": 35_000}}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(12)
    n = 2500
    data = pd.DataFrame({
        "ward": rng.choice(["a", "b"], n), "age": rng.choice(["old", "young"], n), "arm": rng.choice(ARMS, n),
    })  # fmt: skip
    chance = 0.4 + 0.1 * (data["age"] == "old") + 0.15 * (data["arm"] == "norm")
    data["intends"] = (rng.random(n) < chance).astype(float)
    return data.assign(w=survey.rake(data, MARGINS).weights)


def test_all_pairs_and_each_against_the_control(answers):
    pairs = rct.pairwise(answers, "intends", treatment="arm", weights="w")
    dunnett = rct.pairwise(answers, "intends", treatment="arm", weights="w", against="control")
    assert (len(pairs), len(dunnett)) == (10, 4)
    one, all_pairs = dunnett["norm - control"], pairs["norm - control"]
    assert one.estimate == pytest.approx(all_pairs.estimate, rel=1e-12)
    assert one.conf_high - one.conf_low < all_pairs.conf_high - all_pairs.conf_low
    assert one.p_value <= all_pairs.p_value
    assert one.conf_low > 0


def test_a_difference_is_that_of_the_raked_means(answers):
    """The estimate is the difference of the arms' weighted means in the survey; the standard errors are near."""
    one = rct.pairwise(answers, "intends", treatment="arm", weights="w", against="control")["norm - control"]
    means = survey.mean(answers, "intends", by="arm", weights="w")
    assert one.estimate == pytest.approx(means["norm"].estimate - means["control"].estimate, rel=1e-10)
    contrast = np.array([(term == "norm") * 1.0 - (term == "control") for term in means.terms])
    linearised = np.sqrt(contrast @ np.asarray(means.covariance) @ contrast)
    assert one.std_error == pytest.approx(linearised, rel=0.02)


def test_equal_weights_are_no_weights(answers):
    plain = rct.pairwise(answers, "intends", treatment="arm", against="control")
    equal = rct.pairwise(answers.assign(w=3.0), "intends", treatment="arm", against="control", weights="w")
    assert [one.std_error for one in equal] == pytest.approx([one.std_error for one in plain], rel=1e-9)
