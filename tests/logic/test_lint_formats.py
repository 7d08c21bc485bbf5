"""Each form of a lint report: complete, well-formed, in the language asked for, and the same for the same report."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from ebpm.commands.lint import FORMATS as NAMED
from ebpm.commands.lint import PROFILES
from ebpm.logic.folder import LintReport, lint_files
from ebpm.logic.lint_formats import FORMATS
from ebpm.logic.profiles import profiles
from ebpm.reports.lint import html
from tests.reports.page import Page

EXAMPLES = Path(__file__).parent / "rules"
FORMS = {**FORMATS, "html": html}
SARIF = {
    "type": "object",
    "required": ["version", "runs", "$schema"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "format": "uri"},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "message": {"type": "object", "required": ["text"], "additionalProperties": False, "properties": {"text": {"type": "string", "minLength": 1}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "additionalProperties": False,
            "properties": {
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "properties": {
                        "driver": {
                            "type": "object",
                            "required": ["name", "rules"],
                            "additionalProperties": False,
                            "properties": {
                                "name": {"type": "string"},
                                "semanticVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
                                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/$defs/rule"}},
                            },
                        }
                    },
                },
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id", "shortDescription"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string", "pattern": "^(LM0[0-9][0-9]|SpecError)$"},
                "shortDescription": {"$ref": "#/$defs/message"},
                "fullDescription": {"$ref": "#/$defs/message"},
                "help": {"$ref": "#/$defs/message"},
                "defaultConfiguration": {"type": "object", "properties": {"level": {"$ref": "#/$defs/level"}}},
            },
        },
        "result": {
            "type": "object",
            "required": ["message", "ruleId", "ruleIndex", "level", "locations", "partialFingerprints"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"$ref": "#/$defs/level"},
                "message": {"$ref": "#/$defs/message"},
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                "locations": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/location"}},
            },
        },
        "location": {
            "type": "object",
            "required": ["physicalLocation"],
            "additionalProperties": False,
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation", "region"],
                    "properties": {
                        "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._/%~-]+$"}}},
                        "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
                    },
                },
                "logicalLocations": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            },
        },
    },
}  # fmt: skip
"""What SARIF 2.1.0 asks of the parts that are written (sections 3.13, 3.14, 3.19, 3.27, 3.28, 3.49), closed."""


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> LintReport:
    """Every bad example, a clean file and a broken one, with names that need escaping."""
    folder = tmp_path_factory.mktemp("models")
    for file in EXAMPLES.glob("*.bad.yaml"):
        (folder / f"{file.name.split('.')[0]}, 100%.yaml").write_bytes(file.read_bytes())
    (folder / "良い.yaml").write_bytes((EXAMPLES / "LM001.good.yaml").read_bytes())
    (folder / "broken.yaml").write_text("schema: 1\nnodes: <b>|</b>\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return lint_files(sorted(Path().glob("*.yaml")), profile="training", on=date(2026, 11, 23))


def total(report: LintReport) -> int:
    return sum(report.codes.values())


def test_the_command_names_every_form_and_profile():
    assert set(NAMED) == set(FORMS)
    assert set(PROFILES) == set(profiles())


@pytest.mark.parametrize("form", FORMS)
def test_both_languages_are_told_and_nothing_is_left_unfilled(report, form):
    told = {lang: FORMS[form](report, lang) for lang in ("ja", "en")}
    assert told["ja"] != told["en"] or form == "json"
    assert "誤り" in told["ja"] or form in {"json", "sarif", "github"}
    assert all("Phrase(" not in text and text.endswith("\n") for text in told.values())
    assert told["en"] == FORMS[form](report, "en")


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_report_is_told_too(form):
    assert FORMS[form](LintReport("draft", ()), "ja")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_sarif_is_as_its_standard_says(report, lang):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SARIF)
    log = json.loads(FORMS["sarif"](report, lang))
    assert [error.message for error in jsonschema.Draft202012Validator(SARIF).iter_errors(log)] == []
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted(report.codes)
    assert len(run["results"]) == total(report)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    prints = [result["partialFingerprints"]["ebpm/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


def test_a_fingerprint_outlives_moved_lines_and_another_language(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (EXAMPLES / "LM018.bad.yaml").read_text(encoding="utf-8")
    seen = set()
    for prefix, lang in (("", "ja"), ("# moved\n" * 9, "en")):
        Path("model.yaml").write_text(prefix + text, encoding="utf-8")
        log = json.loads(FORMS["sarif"](lint_files(["model.yaml"]), lang))
        seen.add(log["runs"][0]["results"][0]["partialFingerprints"]["ebpm/v1"])
    assert len(seen) == 1


def test_json_holds_every_find_in_both_languages(report):
    found = json.loads(FORMS["json"](report, "en"))
    finds = [find for file in found["files"] for find in file["finds"]]
    assert found["schema"] == 1
    assert len(finds) == total(report)
    assert all(find["message"]["ja"] and find["message"]["en"] for find in finds)
    assert found["summary"]["codes"] == dict(sorted(report.codes.items()))


def test_github_commands_are_escaped(report):
    lines = FORMS["github"](report, "en").splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == total(report) == len(lines) - 1
    assert all(line.split(" ")[0] in {"::error", "::warning", "::notice"} for line in commands)
    assert any("file=LM018%2C 100%25.yaml,line=" in line for line in commands)
    assert all("\r" not in line for line in commands)


def test_markdown_rows_have_the_columns_of_their_table(report):
    blocks = [block.splitlines() for block in FORMS["markdown"](report, "ja").split("\n\n") if block.startswith("|")]
    assert len(blocks) == 3
    for rows in blocks:
        assert len({row.replace("\\|", "").count("|") for row in rows}) == 1
    assert len(blocks[2]) == total(report) + 2


def test_text_of_the_training_profile_gives_reasons(report):
    assert FORMS["text"](report, "en").count("Why: ") == total(report) - 1
    assert "Why: " not in FORMS["text"](LintReport("draft", report.files), "en")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_is_sound(report, lang):
    text = html(report, lang)
    page = Page(text)
    assert not page.unbalanced
    assert page.all("html")[0][2]["lang"] == lang
    assert {attrs["lang"] for _, _, attrs in page.all("section")} == {"ja", "en"}
    assert [page.text(place) for place, *_ in page.all("title", "h1")]
    assert len(page.all("h1")) == len(page.all("main")) == 1
    levels = [int(tag[1]) for _, tag, _ in page.all("h1", "h2", "h3")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table")) == 4
    assert all(attrs.get("scope") in {"col", "row"} for _, _, attrs in page.all("th"))
    assert len(page.all("li")) == 2 * total(report)
    ids = [attrs["id"] for _, _, attrs in page.all("section", "h2", "main") if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert "http" not in text.replace("http-equiv", "")
    assert "<b>|</b>" not in text
