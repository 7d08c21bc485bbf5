"""Figures and words of cohorts, in both languages."""

import matplotlib.pyplot as plt
import pytest

from ebpm import cohort
from tests.cohort.cohorts import COVARIATES, cohort_of, followed, records, trial


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def text(axes):
    return " ".join(one.get_text() for one in axes.findobj(plt.Text))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_love_overlap_and_weights(lang):
    found = cohort.iptw(cohort_of(), "y", treatment="treated", covariates=COVARIATES)
    love, overlap, weights = (one.plot(lang=lang) for one in (found.balance, found.propensity, found.weighting))
    assert "x" in [label.get_text() for label in love.get_yticklabels()]
    assert ("重み付け前" if lang == "ja" else "before weighting") in text(love.figure)
    assert overlap.get_xlim() == (0.0, 1.0)
    bars = [patch.get_height() for patch in overlap.patches]
    assert sum(height for height in bars if height > 0) == found.weighting.by_arm[1].n
    assert -sum(height for height in bars if height < 0) == found.weighting.by_arm[0].n
    assert weights.get_xlim()[1] == pytest.approx(found.weighting.values.max())


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("handling", ["landmark", "clone_censor_weight", "time_varying"])
def test_an_emulation_draws_its_curves_and_its_flow(handling, lang):
    named = {"treated": {"ja": "開始", "en": "begun"}, "untreated": {"ja": "なし", "en": "none"}}
    declared = trial(handling, 0 if handling == "time_varying" else 90)
    declared["treatment"] |= named
    found = cohort.emulate(records(), "back", trial=declared, covariates=["x"])
    flow = text(found.person_time.plot(lang=lang))
    assert named["treated"][lang] in flow
    assert f"{found.person_time.flow.records:,}" in flow
    drawn = text(found.plot(lang=lang).figure)
    assert named["treated"][lang] in drawn
    assert named["treated"]["en" if lang == "ja" else "ja"] not in drawn
    assert found.summary(lang)


def test_weighted_risks_are_drawn():
    found = cohort.iptw_survival(
        followed(), "days", event="back", treatment="treated", covariates=COVARIATES, horizon=300
    )
    assert "300" in text(found.plot(lang="en").figure)
    assert found.summary("ja") != found.summary("en")


def test_a_comparison_without_covariates_says_that_balance_is_not_known():
    found = cohort.iptw(cohort_of(), "y", treatment="treated", covariates=[])
    assert "No covariates" in found.summary("en")
    assert cohort.g_computation(cohort_of(), "sick", treatment="treated", covariates=["x"]).summary("ja")
