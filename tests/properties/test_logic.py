"""Whatever happens to the text of a logic model, the answer is a model or a SpecError with lines."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ebpm import spec
from ebpm.errors import SpecError
from ebpm.figures.linebreak import wrap
from ebpm.logic import LogicModel, lint
from ebpm.spec.problems import problems_of
from ebpm.spec.reading import decode
from ebpm.spec.yaml import scalar
from tests.logic.test_rules import CLEAN

PILOT = (Path(__file__).parents[2] / "logic_models" / "bicycle_insurance.yaml").read_text(encoding="utf-8")
LINES = CLEAN.splitlines()
SNIPPETS = (
    "\t",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "&a ",
    "*a",
    "!!x ",
    "#",
    "\n",
    "---\n",
    "...",
    "%",
    "|",
    ">",
    "?",
    "@",
    "`",
    "\x00",
    "\x85",
    "－",
    "1e999",
)


def error_of(call: Callable[[str], object], text: str) -> SpecError | None:
    try:
        call(text)
    except SpecError as error:
        return error
    return None


def read(text: str) -> None:
    """Read a damaged text; anything but a model or a SpecError with lines fails the test."""
    error = error_of(lambda text: lint(LogicModel.loads(text)).to_text("ja"), text)
    if error is not None:
        last = max(1, len(text.splitlines()) + 1)
        assert problems_of(error)
        assert all(1 <= problem.line <= last for problem in problems_of(error))
        assert all(error.explain(lang) for lang in ("ja", "en"))


@given(st.lists(st.integers(0, len(LINES) - 1), max_size=6))
@settings(deadline=None)
def test_lines_cut_out(cut):
    read("\n".join(line for at, line in enumerate(LINES) if at not in cut) + "\n")


@given(st.permutations(range(len(LINES))))
@settings(max_examples=60, deadline=None)
def test_lines_in_another_order(order):
    read("\n".join(LINES[at] for at in order))


@given(st.integers(0, len(CLEAN)), st.integers(0, 30), st.sampled_from(SNIPPETS) | st.text(max_size=4))
@settings(max_examples=400, deadline=None)
def test_a_piece_replaced(at, length, new):
    read(CLEAN[:at] + new + CLEAN[at + length :])


@given(st.integers(0, len(PILOT.encode()) - 1), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_byte_replaced(at, byte):
    data = bytearray(PILOT.encode())
    data[at] = byte
    error = error_of(lambda _: decode(bytes(data), "model.yaml"), "")
    if error is None:
        read(decode(bytes(data), "model.yaml"))
    else:
        assert abs(problems_of(error)[0].line - (bytes(data[:at]).count(b"\n") + 1)) <= 1


@given(st.text())
@settings(deadline=None)
def test_any_text(text):
    read(text)


@given(st.text(max_size=12))
@settings(deadline=None)
def test_a_scalar_is_a_plain_value(text):
    value = scalar(text)
    assert value is None or isinstance(value, bool | int | float | str)
    assert not isinstance(value, float) or isfinite(value)


WORDS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\ufffe\uffff\u2028\u2029\x85"
    ),
    min_size=1,
).filter(str.strip)


@example(title="0", problem="0", node="?0")
@example(title=":0", problem="- 0", node="? 0")
@given(WORDS, WORDS, WORDS)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(title, problem, node):
    model = LogicModel.loads(CLEAN)
    about = model.model.model_copy(
        update={"title": spec.Text(ja=title, en=title), "problem": spec.Text(ja=problem, en="x")}
    )
    nodes = (model.nodes[0].model_copy(update={"text": spec.Text(ja=node)}), *model.nodes[1:])
    changed = LogicModel.model_validate(
        model.model_copy(update={"model": about, "nodes": nodes}).model_dump(by_alias=True)
    )
    assert LogicModel.loads(changed.to_yaml()) == changed


@given(st.permutations(range(5)), st.permutations(range(6)))
@settings(max_examples=40, deadline=None)
def test_the_order_of_nodes_and_links_does_not_matter_to_the_rules(edges, nodes):
    model = LogicModel.loads(
        CLEAN.replace(", rationale: 理由", "").replace("{from: i, to: a}", "{from: i, to: a}\n  - {from: o, to: m}")
    )
    shuffled = model.model_copy(
        update={"edges": tuple(model.edges[at] for at in (*edges, 5)), "nodes": tuple(model.nodes[at] for at in nodes)}
    )
    assert {(notice.code, notice.about) for notice in lint(shuffled)} == {
        (notice.code, notice.about) for notice in lint(model)
    }


@given(st.text(max_size=60), st.floats(1, 60))
@settings(deadline=None)
def test_line_breaking_loses_nothing(text, width):
    assert "".join("".join(wrap(text, width, len)).split()) == "".join(text.split())


def test_the_pilot_is_read_as_it_stands():
    read(PILOT)
    with pytest.raises(SpecError):
        LogicModel.loads(PILOT.replace("schema: 1", "schema: 99"))
