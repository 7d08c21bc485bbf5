"""Every code once, in both languages, complete, used, and with the same facts in each."""

from __future__ import annotations

import csv
import re
from string import Formatter

import pytest

from ebpm import texts
from ebpm.notices import Severity
from tests.architecture.source import PACKAGE
from tests.texts.usage import dangling, unused

PARTS = {
    "notice": ("title", "message", "why", "remedy"),
    "error": ("what", "given", "remedy"),
    "method": ("name",),
    "column": ("name",),
    "term": (),
    "label": (),
}
CODE = re.compile(r"LM[01]\d\d|T0\d\d|R1\d\d|D2\d\d|I3\d\d|C4\d\d|S1\d\d|P5\d\d|X6\d\d")
EVERY = [(kind, code) for kind in texts.KINDS for code in texts.entries(kind)]


def bilingual(kind, code):
    entry = texts.entry(kind, code)
    return {part: entry[part] for part in PARTS[kind]} or {kind: {lang: entry[lang] for lang in texts.LANGUAGES}}


def facts(template):
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}


@pytest.mark.parametrize(("kind", "code"), EVERY)
def test_both_languages_are_written(kind, code):
    for part, said in bilingual(kind, code).items():
        assert set(said) == set(texts.LANGUAGES), part
        assert all(said[lang].strip() for lang in texts.LANGUAGES), part
        assert kind == "label" or all(said[lang] == said[lang].strip() for lang in texts.LANGUAGES), part


@pytest.mark.parametrize(("kind", "code"), EVERY)
def test_both_languages_name_the_same_facts(kind, code):
    for part, said in bilingual(kind, code).items():
        assert facts(said["ja"]) == facts(said["en"]), part


@pytest.mark.parametrize("code", texts.entries("notice"))
def test_a_notice_has_a_code_of_its_room_a_severity_and_a_source(code):
    entry = texts.entry("notice", code)
    assert CODE.fullmatch(code)
    assert entry["severity"] in Severity.__args__
    assert entry["source"].strip()
    assert set(entry) == {*PARTS["notice"], "severity", "source"}


@pytest.mark.parametrize("code", texts.entries("error"))
def test_an_error_has_its_three_parts_and_perhaps_the_code_of_another(code):
    assert set(texts.entry("error", code)) - {"code"} == set(PARTS["error"])


@pytest.mark.parametrize("code", [code for code in texts.entries("error") if "code" in texts.entry("error", code)])
def test_an_error_of_tables_that_are_summed_has_the_code_that_it_has_in_memory(code):
    assert "code" not in texts.entry("error", texts.entry("error", code)["code"])


@pytest.mark.parametrize("code", texts.entries("method"))
def test_a_method_names_its_papers_with_their_years(code):
    references = texts.entry("method", code)["references"]
    assert references
    assert all(re.search(r"\b(1[89]|20)\d\d\b", reference) for reference in references)


@pytest.mark.parametrize("kind", texts.KINDS)
def test_every_code_that_the_source_uses_is_written(kind):
    assert dangling(kind) == {}


@pytest.mark.parametrize("kind", [kind for kind in texts.KINDS if kind != "term"])
def test_every_code_that_is_written_is_used(kind):
    assert unused(kind) == set()


def test_every_code_that_lowers_a_grade_is_a_notice():
    with (PACKAGE / "rubrics" / "deductions.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert set(codes) - set(texts.entries("notice")) == set()
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", ["notice", "error"])
def test_japanese_is_japanese_and_english_only_quotes_it(kind):
    japanese = re.compile(r"[぀-ヿ一-鿿]+")
    said = {
        code: {lang: " ".join(part[lang] for part in bilingual(kind, code).values()) for lang in texts.LANGUAGES}
        for code in texts.entries(kind)
    }
    assert [code for code, words in said.items() if not japanese.search(words["ja"])] == []
    quoted = {
        code: [run for run in japanese.findall(words["en"]) if run not in words["ja"]] for code, words in said.items()
    }
    assert {code: runs for code, runs in quoted.items() if runs} == {}


def test_languages_are_checked():
    with pytest.raises(ValueError, match="one of ja, en"):
        texts.language("fr")


def test_speaking_ends_with_its_block():
    before = texts.current_language()
    with texts.speaking("ja"):
        assert texts.current_language() == "ja"
        assert texts.term("att").startswith("処置群")
    assert texts.current_language() == before


def test_the_environment_chooses_the_language(monkeypatch):
    monkeypatch.setenv("EBPM_LANG", "ja")
    monkeypatch.setattr(texts, "_language", type(texts._language)("fresh", default=None))
    assert texts.current_language() == "ja"


def test_a_language_that_there_is_not_is_said_once_and_is_english(monkeypatch):
    monkeypatch.setenv("EBPM_LANG", "fr")
    monkeypatch.setattr(texts, "_language", type(texts._language)("fresh", default=None))
    texts._of_environment.cache_clear()
    with pytest.warns(UserWarning, match="EBPM_LANG must be ja or en"):
        assert texts.current_language() == "en"
    assert texts.current_language() == "en"
    with pytest.raises(ValueError, match="fr"):
        texts.language_of_environment()


def test_an_unknown_entry_is_named():
    with pytest.raises(KeyError, match="no term 'nowhere'"):
        texts.term("nowhere")


def test_the_language_that_is_empty_falls_back_to_the_other():
    assert texts.words({"ja": "成果", "en": ""}, "en") == "成果"
    assert texts.words("same", "ja") == "same"
