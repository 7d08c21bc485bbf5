"""Every number of every page is one of results.json, and every page says what it came from."""

from __future__ import annotations

import io
import json
import re
from bisect import bisect_left

import docx
import openpyxl
import pytest

import ebpm
from ebpm.pilot.results import results_json
from ebpm.reports import SHAPES
from ebpm.reports.site import site
from ebpm.review.numbers import leaves
from ebpm.texts import entries
from tests.reports.conftest import ROOT

DECIMAL = re.compile(r"(?<![\w.])[-−]?\d[\d,]*\.\d+(?:e[-+]?\d+)?(?![\w.]*\d)")
LANGUAGES = ("ja", "en")
PAGES = [(shape, lang) for shape in SHAPES for lang in LANGUAGES]


@pytest.fixture(scope="module", params=["student_energy_saving", "venture_support/twin"])
def content(request, evaluation):
    """Return an evaluation, its results.json as values, and the words that people declared."""
    pilot = ebpm.read_pilot(ROOT / "pilots" / request.param)
    found = evaluation if request.param == evaluation.spec.id else pilot.evaluate()
    declared = [pilot.folder / name for name in ("pilot.yaml", pilot.spec.logic_model) if name]
    words = "".join(file.read_text(encoding="utf-8") for file in declared)
    return found, json.loads(results_json(found)), words


def numbers(results):
    found = {float(value) for _, value in leaves(results) if isinstance(value, int | float)}
    return sorted(scale * one for one in found for scale in (1, -1, 100, -100))


def is_rounded(token, known):
    """Return whether a printed number is one of the known ones, rounded as it is printed."""
    text, _, exponent = token.replace(",", "").replace("−", "-").partition("e")
    half = 0.501 * 10.0 ** (int(exponent or 0) - len(text.partition(".")[2]))
    value = float(f"{text}e{exponent or 0}")
    place = bisect_left(known, value - half)
    return place < len(known) and known[place] <= value + half


def blocks(document):
    return [block for section in document.sections for block in section.blocks]


def tables(document):
    for block in blocks(document):
        if block.kind in {"numbers", "picture"}:
            yield block.table if block.kind == "numbers" else block.figure.table


def texts(document):
    """Return every sentence and cell of a page as a reader sees it."""
    for block in blocks(document):
        yield from {
            "prose": lambda block: (block.lead, block.text), "bullets": lambda block: block.items, "subheading": lambda block: (block.text,),
            "pairs": lambda block: (part for pair in block.items for part in pair), "numbers": lambda _: (),
            "picture": lambda block: (block.figure.title, block.figure.alt, block.figure.caption),
        }[block.kind](block)  # fmt: skip
    yield from (cell for table in tables(document) for row in table.cells(document.lang) for cell in row)


@pytest.mark.parametrize(("shape", "lang"), PAGES)
def test_every_number_of_a_page_is_one_of_results_json(content, document, shape, lang):
    evaluation, results, _ = content
    known, page = set(numbers(results)), document(evaluation, shape, lang)
    cells = {value for table in tables(page) for row in table.rows for value in row if isinstance(value, float)}
    assert {value for value in cells if value not in known and abs(value) != float("inf")} == set()


@pytest.mark.parametrize(("shape", "lang"), PAGES)
def test_every_printed_number_rounds_one_of_results_json_or_was_declared(content, document, shape, lang):
    evaluation, results, declared = content
    page = document(evaluation, shape, lang)
    known, said = numbers(results), declared + json.dumps(results) + str(entries("method"))
    printed = {token for text in texts(page) for token in DECIMAL.findall(text.replace("<0.0001", ""))}
    assert {token for token in printed if token not in said and not is_rounded(token, known)} == set()


def test_a_typed_number_would_be_found():
    known = numbers({"estimate": -0.33168, "n": 839})
    assert is_rounded("-0.3317", known)
    assert is_rounded("33.17", known)
    assert not is_rounded("0.3327", known)
    assert not is_rounded("12.5", known)


def word_text(content):
    file = docx.Document(io.BytesIO(content))
    parts = [one.text for one in file.paragraphs] + [one.text for one in file.sections[0].footer.paragraphs]
    return "\n".join(parts)


def excel_text(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


READ = {".html": bytes.decode, ".md": bytes.decode, ".docx": word_text, ".xlsx": excel_text}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ending", READ)
def test_every_format_carries_the_digests_of_plan_data_code_and_environment(evaluation, written, ending, shape):
    digests = json.loads(results_json(evaluation))["digests"]
    assert set(digests) == {"plan", "data", "code", "environment"}
    whole = [digests["plan"], digests["code"], digests["environment"], *digests["data"].values()]
    text = READ[ending](written(evaluation, ending, "ja", shape))
    assert all(one[:12] in text for one in whole)
    if shape == "full" or ending == ".html":
        assert all(one in text for one in whole)


def test_the_site_carries_them_beside_every_evaluation():
    evaluation = ebpm.read_pilot(ROOT / "pilots" / "venture_support" / "twin_job_training").evaluate()
    digests = json.loads(results_json(evaluation))["digests"]
    pages = site([evaluation])
    for name in ("index.html", "index.en.html"):
        page = pages[name].decode()
        assert all(digests[part][:12] in page for part in ("plan", "code", "environment"))
