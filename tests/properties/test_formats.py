"""What a format writes it reads again, whatever the words; what is accepted is what was read."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ebpm.errors import SpecError
from ebpm.logic import LogicModel
from ebpm.logic.formats import compare
from ebpm.logic.formats.canonical import from_json, to_json
from ebpm.logic.formats.cards import from_cards, to_cards
from ebpm.logic.formats.damage import damages_of
from ebpm.logic.formats.excel import to_excel
from ebpm.logic.formats.excel_reading import from_excel
from ebpm.logic.formats.files import File
from ebpm.logic.formats.workbook import decoded, encoded
from ebpm.logic.parts import Baseline, Finding, Harm, Target
from ebpm.spec import Text
from tests.logic.formats.models import model

BASE = model()
CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cs",))
WORDS = st.text(CHARACTERS, min_size=1, max_size=30).filter(str.strip)
SAFE = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\ufffe\uffff\u2028\u2029\x85"
    ),
    min_size=1,
    max_size=30,
).filter(str.strip)
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 4))


def texts(words):
    return st.builds(Text, ja=words, en=words | st.just(""))


@st.composite
def changed(draw, words):
    """Return another state of a model: other words and numbers, parts added and removed."""
    said = texts(words)
    nodes = tuple(
        node.model_copy(update={"text": draw(said), "tags": tuple(draw(st.lists(words, max_size=2)))})
        for node in BASE.nodes[:3]
    )
    harms = tuple(Harm(id=f"ha_{place}", text=draw(said)) for place in range(draw(st.integers(0, 3))))
    first, *others = BASE.indicators
    value = draw(NUMBERS | words)
    first = first.model_copy(
        update={
            "baseline": Baseline(value=value, note=draw(said)),
            "targets": tuple(
                draw(st.lists(st.builds(Target, value=NUMBERS | words, rationale=st.none() | said), max_size=2))
            ),
            "valid_range": draw(st.none() | st.just((0.0, 100.0))),
            "shared": draw(st.booleans()),
        }
    )
    study = BASE.evidence[0].model_copy(
        update={
            "citation": draw(said),
            "limits": draw(st.none() | said),
            "n": draw(st.none() | st.integers(0, 10**12)),
            "synthetic": draw(st.booleans()),
        }
    )
    study = study.model_copy(update={"estimate": Finding(value=draw(NUMBERS), unit=draw(said))})
    after = BASE.model_copy(
        update={
            "nodes": (*nodes, *BASE.nodes[3:]),
            "harms": harms,
            "indicators": (first, *others),
            "evidence": (study, *BASE.evidence[1:]),
            "externals": BASE.externals[draw(st.integers(0, 2)) :],
        }
    )
    return LogicModel.model_validate(after.model_dump(by_alias=True))


@given(changed(WORDS))
@settings(max_examples=8, deadline=None)
def test_excel_brings_any_state_back_into_the_model_it_came_from(after):
    assert from_excel(to_excel(after, "ja"), BASE) == after


@given(changed(WORDS))
@settings(max_examples=12, deadline=None)
def test_json_is_read_as_it_was_written(after):
    assert from_json(to_json(after)) == after


@given(changed(SAFE))
@settings(max_examples=12, deadline=None)
def test_cards_are_read_as_they_were_written(after):
    assert from_cards(to_cards(after, "en"), BASE).evidence == after.evidence


@given(changed(SAFE))
@settings(max_examples=12, deadline=None)
def test_what_is_accepted_is_what_was_read_and_comments_stay(after):
    found = compare(BASE, after)
    accepted = found.accept()
    assert accepted == after
    assert len(compare(accepted, after)) == 0
    assert (not found.changes) == (after == BASE)
    assert "# ロジックモデル" in accepted.to_yaml()


@pytest.mark.parametrize("words", ["?0", "- x", ":a", "? b", "-1"])
def test_words_that_begin_like_a_mark_of_yaml_are_taken_in(words):
    first = BASE.nodes[0].model_copy(update={"text": Text(ja=words, en=words)})
    after = BASE.model_copy(update={"nodes": (first, *BASE.nodes[1:])})
    assert compare(BASE, after).accept() == after


def error_of(read, *arguments):
    """Return the SpecError of a reading, said in both languages; None where there is none."""
    try:
        read(*arguments)
    except SpecError as error:
        return error if error.explain("ja") and error.explain("en") else None
    return None


@given(st.text(CHARACTERS))
def test_the_escapes_of_workbooks_are_undone(text):
    assert decoded(encoded(text)) == text


WORKBOOK = to_excel(BASE, "en")


@given(
    st.integers(1, 10),
    st.integers(1, 12),
    st.integers(1, 20),
    st.none() | st.integers() | st.text(CHARACTERS, max_size=8) | st.sampled_from(["=A1", "#REF!", "i_budget"]),
)
@settings(max_examples=12, deadline=None)
def test_a_cell_changed_in_any_way_is_a_model_or_a_damage_with_a_place(sheet, row, column, value):
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = load_workbook(io.BytesIO(WORKBOOK))
    target = book.worksheets[sheet % len(book.worksheets)]
    try:
        target.cell(row, column).value = value
    except IllegalCharacterError:
        return
    stream = io.BytesIO()
    book.save(stream)
    error = error_of(from_excel, stream.getvalue(), BASE)
    assert error is None or all(one.sheet and one.cell for one in damages_of(error))


@given(st.integers(0, len(WORKBOOK) - 1), st.binary(max_size=4))
@settings(max_examples=12, deadline=None)
def test_bytes_changed_anywhere_are_a_model_or_an_error(at, new):
    error = error_of(from_excel, WORKBOOK[:at] + new + WORKBOOK[at + len(new) :], BASE)
    assert error is None or error.code in {"formats_not_excel", "spec_problems"}


CARD = to_cards(BASE, "en")[0]


@given(
    st.integers(0, len(CARD.data)),
    st.integers(0, 20),
    st.sampled_from([b"", b"\t", b": ", b"- ", b'"', b"---\n", b"{", b"\xff", b"\n"]),
)
@settings(max_examples=60, deadline=None)
def test_a_card_changed_anywhere_is_evidence_or_an_error_with_its_file(at, length, new):
    error = error_of(from_cards, [File(CARD.name, CARD.data[:at] + new + CARD.data[at + length :])], BASE)
    assert error is None or CARD.name in error.explain("en")
