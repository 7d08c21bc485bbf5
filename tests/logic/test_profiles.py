"""Profiles and word lists are data: complete, and only profiles change how grave a notice is."""

from __future__ import annotations

import pytest

from ebpm.logic import LogicModel, lint
from ebpm.logic.profiles import DEFAULT, profiles
from ebpm.logic.rules import RULES
from ebpm.logic.rules.lexicon import found, lists
from ebpm.notices import Notice, Severity
from ebpm.spec import Text
from tests.logic.test_rule_examples import ON, example

CODES = {rule.code for rule in RULES}
EVALUATION = {"LM027", "LM031", "LM032", "LM033", "LM034", "LM038"}
WORDS = {"LM008", "LM009", "LM021", "LM023", "LM024", "LM040"}


def counting(name: str) -> set[str]:
    return {code for code in CODES if profiles()[name].counts(code)}


@pytest.mark.parametrize("name", profiles())
def test_a_profile_names_rules_that_exist_and_says_what_it_is_for(name):
    one = profiles()[name]
    assert set(one.without) | set(one.severity) <= CODES
    assert set(one.severity.values()) | set(one.severities) <= set(Severity.__args__)
    assert one.title("ja") != one.title("en")
    assert one.stage_nodes >= 1
    assert one.over_achievement > 1
    assert 0 < one.response_rate < 1


def test_what_each_profile_adds():
    assert counting("training") == counting("pilot-evaluation") == CODES
    assert counting("pilot-evaluation") - counting(DEFAULT) == EVALUATION
    assert counting("review-sheet") == counting(DEFAULT)
    assert counting("draft") == {"LM001", "LM002", "LM007", "LM010", "LM012", "LM013", "LM016", "LM018"}


def test_a_review_sheet_asks_for_reasons():
    model, _ = example("LM006", "bad")
    severities = {name: lint(model, profile=name, on=ON).items[0].severity for name in (DEFAULT, "review-sheet")}
    assert severities == {DEFAULT: "warning", "review-sheet": "error"}


def test_word_lists_only_ever_warn():
    levels = {Notice(code).severity for code in WORDS}
    levels |= {one.severity.get(code, "warning") for one in profiles().values() for code in WORDS}
    assert levels == {"warning"}


@pytest.mark.parametrize("name", lists())
def test_a_word_list_has_both_languages_and_every_exception_a_word(name):
    entry = lists()[name]
    assert set(entry) == {"ja", "en", "except_ja", "except_en"}
    assert entry["ja"]
    assert entry["en"]
    for lang in ("ja", "en"):
        assert len(entry[lang]) == len(set(entry[lang]))
        for exception in entry[f"except_{lang}"]:
            assert any(word.strip().lower() in exception.lower() for word in entry[lang]), exception


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("output_words", Text(ja="救急搬送件数", en="Emergency transports"), ""),
        ("output_words", Text(ja="交通事故件数が減る", en="Fewer accidents"), ""),
        ("output_words", Text(ja="相談会の開催", en="x"), "開催"),
        ("output_words", Text(en="Households withheld"), ""),
        ("output_words", Text(en="Number of sessions held"), "Number of sessions"),
        ("output_words", Text(ja="救急搬送件数と講座の件数", en="x"), "件数"),
        ("outcome_words", Text(ja="意識調査を行う", en="Raise awareness"), ""),
        ("outcome_words", Text(ja="技能の向上", en="x"), "向上"),
        ("joints", Text(ja="セミナー開催数・参加者数", en="x"), "数・"),
        ("joints", Text(ja="電気・ガスの使用量", en="x"), ""),
        ("joints", Text(en="Sessions and participants"), "and"),
        ("joints", Text(en="Use in kWh/day"), ""),
        ("surveys", Text(ja="国勢調査"), ""),
        ("surveys", Text(en="Population register"), ""),
        ("surveys", Text(ja="市民アンケート"), "アンケート"),
        ("claims", Text(ja="効果があるかどうかを確かめる"), ""),
        ("claims", Text(ja="販売を増やした"), "を増やした"),
    ],
)
def test_words_and_exceptions(name, text, word):
    assert found(name, text) == word


def test_a_broken_id_cannot_be_set_aside():
    model, _ = example("LM001", "bad")
    ignored = LogicModel.loads(model.to_yaml() + "lint_ignore:\n  - {code: LM001, reason: {ja: 後で, en: later}}\n")
    assert lint(ignored, on=ON).codes == ("LM001",)
