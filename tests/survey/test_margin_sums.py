"""S121: margins that are neither shares nor a population; a proportion of one says why it has no interval."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey


@pytest.fixture
def data():
    return pd.DataFrame({"区": np.repeat(["東", "西"], 20), "y": np.arange(40.0)})


@pytest.mark.parametrize("margin", [{"東": 0.6, "西": 0.6}, {"東": 60, "西": 40}, {"東": 1, "西": 2}])
def test_s121_a_margin_that_sums_to_less_than_the_sample(data, margin):
    found = survey.rake(data, {"区": margin})
    fires = sum(margin.values()) < 40
    assert ("S121" in found.notices) == fires
    if fires:
        assert "区" in found.notices.to_text("ja")
        assert f"{sum(margin.values()):g}" in found.notices.to_text("en")


@pytest.mark.parametrize(
    "margin", [{"東": 0.6, "西": 0.4}, {"東": 0.3333, "西": 0.6667}, {"東": 333, "西": 667}, {"東": 20, "西": 20}]
)
def test_s121_is_silent_for_shares_and_populations(data, margin):
    assert "S121" not in survey.rake(data, {"区": margin}).notices


def test_rounded_shares_are_shares(data):
    found = survey.rake(data, {"区": {"東": 0.333, "西": 0.666}})
    assert "S121" not in found.notices
    assert found.weights.sum() == pytest.approx(40.0)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_share_of_one_is_said_without_the_reason_twice(data, lang):
    said = survey.proportion(data.assign(answer="はい"), "answer").summary(lang)
    reason = {"ja": "ロジット", "en": "logit interval"}[lang]
    assert said.splitlines()[0].count(reason) == 1
