"""Diagrams and pages in words: escaped, complete, and honest about what they are not."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from ebpm.errors import SpecError
from ebpm.logic import LogicModel
from ebpm.logic.formats import export
from ebpm.logic.formats.dagitty import to_dagitty
from ebpm.logic.formats.dot import to_dot
from ebpm.logic.formats.files import Wish
from ebpm.logic.formats.readable import to_markdown
from ebpm.spec import Text
from tests.logic.formats.models import NAMES, model
from tests.logic.test_rules import CLEAN

NASTY = 'a "b" \\ <c> [d] | {e} `f`\n% && ; *g* _h_ 「い」'
STATEMENT = re.compile(
    r'  (remark\d+ = "[^"\\\x00-\x1f]*"|"\w+" \[((exposure|outcome|latent), )*label="[^"\\\x00-\x1f]*"\]|"\w+" -> "\w+")'
)


def nasty() -> LogicModel:
    before = model()
    node = before.nodes[0].model_copy(update={"text": Text(ja=NASTY, en=NASTY)})
    return before.model_copy(update={"nodes": (node, *before.nodes[1:])})


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_dot_has_every_node_and_link_and_a_japanese_font(name, lang):
    before = model(name)
    text = to_dot(before, lang)
    assert text.count("fontname=") == 3
    assert "CJK" in text
    assert all(f'    "{node.id}" [label=' in text for node in before.nodes)
    assert all(f'"{edge.from_}" -> "{edge.to}"' in text for edge in before.edges)


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz (dot)")
def test_graphviz_draws_it():
    done = subprocess.run(["dot", "-Tsvg"], input=to_dot(nasty(), "ja").encode(), capture_output=True, check=True)
    assert "&quot;b&quot;" in done.stdout.decode()
    assert done.stdout.decode().count('class="node"') == len(nasty().nodes)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_dagitty_follows_its_grammar_and_says_that_it_is_no_dag(name, lang):
    before = model(name)
    first, *lines, last = to_dagitty(before, lang).splitlines()
    assert (first, last) == ("dag {", "}")
    assert [line for line in lines if not STATEMENT.fullmatch(line)] == []
    assert "DAG" in lines[1]
    assert all(
        f'"{part.id}" -> "{end}"' in to_dagitty(before, lang) for part in before.externals for end in part.affects
    )
    for part in before.assumptions:
        assert part.text.words(lang).replace('"', "'") in to_dagitty(before, lang)


def test_dagitty_marks_the_link_in_question_and_what_nobody_observes():
    text = to_dagitty(model(), "en")
    assert '"o_pupils_taught" [exposure' in text
    assert '"oc_home_energy" [outcome' in text
    assert "latent" not in text.split("remark5")[1]
    other = to_dagitty(model(), "en", link=("oc_family", "oc_home_energy"))
    assert '"oc_family" [exposure' in other
    with pytest.raises(SpecError):
        to_dagitty(model(), link=("oc_family", "nowhere"))
    unseen = model().externals[0].model_copy(update={"observed_by": None})
    assert f'"{unseen.id}" [latent' in to_dagitty(model().model_copy(update={"externals": (unseen,)}), "en")


def test_dagitty_leaves_feedback_out_and_its_own_words_alone():
    before = LogicModel.loads(
        CLEAN.replace("id: i,", "id: graph,")
        .replace("from: i,", "from: graph,")
        .replace("indicators:", "  - {from: w, to: a, feedback: true}\nindicators:")
    )
    text = to_dagitty(before, "en")
    assert '"w" -> "a"' not in text
    assert "w -> a" in text
    assert '"graph_" -> "a"' in text


def test_nothing_is_markup():
    text = to_markdown(nasty(), "en")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all(line.startswith("| ") and line.endswith(" |") for line in rows)
    assert "\\<c\\>" in text
    assert "remark1" in to_dagitty(nasty(), "en")
    assert all(STATEMENT.fullmatch(line) for line in to_dagitty(nasty(), "en").splitlines()[1:-1])


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_the_page_holds_every_part(name, lang):
    before = model(name)
    (file,) = export(before, "markdown", wish=Wish(lang))
    text = file.data.decode()
    assert "```mermaid\nflowchart LR" in text
    plain = text.replace("\\", "")
    for part in (*before.assumptions, *before.externals, *before.harms):
        assert part.text.words(lang) in plain
    assert all(one.name.words(lang) in plain for one in before.indicators)


def test_every_format_is_made_in_both_languages_and_unknown_ones_are_refused():
    from ebpm.logic.formats import FORMATS

    for name, kind in FORMATS.items():
        for suffix in kind.writers:
            first, second = (export(model(), name, suffix=suffix, wish=Wish(lang)) for lang in ("ja", "en"))
            assert all(file.data for file in first)
            assert name == "json" or first != second
    with pytest.raises(SpecError) as caught:
        export(model(), "excel")
    assert caught.value.code == "formats_unknown"
