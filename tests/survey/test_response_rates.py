"""AAPOR's rates: each by hand, codes, groups, weights, guard rails, bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable

COUNTS = {"I": 400, "P": 50, "R": 150, "NC": 100, "O": 20, "UH": 60, "UO": 20, "NE": 200}


@pytest.fixture
def cases():
    return pd.DataFrame({"final": np.repeat(list(COUNTS), list(COUNTS.values()))})


def test_every_rate_by_hand(cases):
    found = survey.response_rates(cases, "final")
    e = 720 / 920
    by_hand = {
        "RR1": 400 / 800, "RR2": 450 / 800, "RR3": 400 / (720 + e * 80), "RR4": 450 / (720 + e * 80), "RR5": 400 / 720,
        "RR6": 450 / 720, "COOP1": 400 / 620, "COOP2": 450 / 620, "COOP3": 400 / 600, "COOP4": 450 / 600,
        "REF1": 150 / 800, "REF2": 150 / (720 + e * 80), "REF3": 150 / 720, "CON1": 620 / 800,
        "CON2": 620 / (720 + e * 80), "CON3": 620 / 720,
    }  # fmt: skip
    assert found.groups[0].rates == pytest.approx(by_hand, rel=1e-12)
    assert found.groups[0].eligibility == pytest.approx(e, rel=1e-12)
    assert found.estimates.headline.estimate == found["RR3"]
    assert isinstance(found.estimates.headline.std_error, Unavailable)


def test_a_rate_of_ones_own_lies_between_none_and_all(cases):
    half = survey.response_rates(cases, "final", eligibility=0.5)
    assert half["RR3"] == pytest.approx(400 / 760, rel=1e-12)
    assert survey.response_rates(cases, "final", eligibility=1.0)["RR3"] == half["RR1"]
    assert survey.response_rates(cases, "final", eligibility=0.0)["RR3"] == half["RR5"]


def test_final_disposition_codes_of_aapor(cases):
    codes = {"I": "1.1", "P": "1.2", "R": "2.112", "NC": "2.20", "O": "2.31", "UH": "3.16", "UO": "3.2", "NE": "4.50"}
    found = survey.response_rates(cases.assign(final=cases["final"].map(codes)), "final")
    assert found.groups[0].cases == survey.response_rates(cases, "final").groups[0].cases


def test_codes_of_ones_own(cases):
    words = {
        "I": "完了",
        "P": "途中",
        "R": "拒否",
        "NC": "不在",
        "O": "その他",
        "UH": "空家?",
        "UO": "不明",
        "NE": "転出",
    }
    own = cases.assign(final=cases["final"].map(words))
    found = survey.response_rates(own, "final", classes={word: kind for kind, word in words.items()})
    assert found["RR1"] == 0.5
    numbers = cases.assign(final=cases["final"].map({kind: at for at, kind in enumerate(COUNTS)}))
    assert survey.response_rates(numbers, "final", classes=dict(enumerate(COUNTS)))["RR1"] == 0.5


@pytest.mark.parametrize("code", ["X", "5.1", "1", "interview", "9.9"])
def test_a_code_without_a_class_is_an_error(cases, code):
    with pytest.raises(DataError) as caught:
        survey.response_rates(pd.concat([cases, pd.DataFrame({"final": [code]})]), "final")
    assert code in str(caught.value)


def test_a_class_that_does_not_exist_is_an_error(cases):
    with pytest.raises(DataError, match="refused"):
        survey.response_rates(cases, "final", classes={"R": "refused"})


@pytest.mark.parametrize("eligibility", [-0.1, 1.1])
def test_eligibility_is_a_share(cases, eligibility):
    with pytest.raises(DesignError, match="eligibility"):
        survey.response_rates(cases, "final", eligibility=eligibility)


def test_groups_and_weights(cases):
    ward = np.where(np.arange(len(cases)) % 2, "a", "b")
    data = cases.assign(ward=ward, w=np.where(ward == "a", 2.0, 1.0))
    found = survey.response_rates(data, "final", by="ward", weights="w")
    assert [one.group for one in found.groups] == ["", "a", "b"]
    a, b = (survey.response_rates(data[data["ward"] == name], "final")["RR1"] for name in "ab")
    assert found.groups[1].rates["RR1"] == pytest.approx(a, rel=1e-12)
    assert min(a, b) <= found["RR1"] <= max(a, b)
    assert found.tidy().shape == (48, 4)
    assert "a: RR3" in found.estimates.terms


def test_rates_without_cases_are_unavailable():
    found = survey.response_rates(pd.DataFrame({"final": ["NE", "NE", "UO"]}), "final")
    assert isinstance(found["RR5"], Unavailable)
    assert found["RR1"] == 0.0


def test_many_unknown_cases_are_said(cases):
    assert "S116" not in survey.response_rates(cases, "final").notices
    more = pd.concat([cases, pd.DataFrame({"final": ["UH"] * 300})])
    found = survey.response_rates(more, "final")
    assert "S116" in found.notices
    assert "S101" in found.notices


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_shows_itself(cases, lang):
    found = survey.response_rates(cases, "final")
    assert "RR3" in found.summary(lang)
    assert len(found.tables(lang)) == 3
    assert found.plot(lang=lang).get_xlim() == (0, 100)
    assert "<table" in found._repr_html_()
