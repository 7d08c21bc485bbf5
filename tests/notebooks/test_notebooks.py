"""The notebooks: executed again from their source they say what is committed, in order, in both languages, without noise."""

from __future__ import annotations

import ast
import base64
import json
import re
import shutil
from functools import cache
from html import unescape
from importlib.metadata import version
from pathlib import Path

import jupytext
import nbformat
import pytest

import ebpm
from ebpm.notebooks import execute

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "notebooks").glob("*/*.py"))
LESSONS = [source for source in SOURCES if source.parent.name == "course"]
"""What teaches on examples of its own and belongs to no pilot."""
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]+")
FIGURES = re.compile(r"Matplotlib version(\S+),")


def names(source):
    return f"{source.parent.name}/{source.stem}"


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def words(notebook):
    """Return every text that the outputs show, pictures left out."""
    shown = (output.get("text", "") or output.get("data", {}).get("text/html", "") for output in outputs(notebook))
    return unescape("\n".join(shown))


def folders(source):
    """Return the pilots that a notebook reads."""
    texts = [cell.source for cell in code(jupytext.read(source))]
    return [ROOT / found for text in texts for found in re.findall(r'read_pilot\("\.\./\.\./([^"]+)"\)', text)]


def same_environment(source, notebook):
    """Whether the packages behind the numbers are those of the results, and matplotlib is that of the pictures."""
    results = [folder / "results" / "results.json" for folder in folders(source)]
    if not all(file.exists() for file in results):
        return False
    recorded = [json.loads(file.read_text(encoding="utf-8"))["versions"] for file in results]
    drawn = {found for png in pictures(notebook) for found in FIGURES.findall(png.decode("latin-1"))}
    return all(version(name) == number for one in recorded for name, number in one.items()) and drawn <= {
        version("matplotlib")
    }


def pictures(notebook):
    return [
        base64.b64decode(output["data"]["image/png"])
        for output in outputs(notebook)
        if "image/png" in output.get("data", {})
    ]


@cache
def committed(source):
    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


@pytest.fixture(scope="module", params=SOURCES, ids=names)
def source(request):
    return request.param


@pytest.fixture(scope="module")
def executed(source, tmp_path_factory):
    """Execute a copy of the notebook, beside the pilots as they are; once a notebook."""
    root = tmp_path_factory.mktemp("copy")
    folder = root / "notebooks" / source.parent.name
    folder.mkdir(parents=True)
    for name in ("pilots", "logic_models"):
        (root / name).symlink_to(ROOT / name, target_is_directory=True)
    return execute(Path(shutil.copy(source, folder)))


def test_a_rerun_gives_what_is_committed(source, executed):
    if same_environment(source, committed(source)):
        assert executed.read_bytes() == source.with_suffix(".ipynb").read_bytes()


def test_the_headline_numbers_are_those_of_the_evaluation(source, executed):
    found = words(nbformat.read(executed, as_version=4))
    for folder in folders(source):
        evaluation = ebpm.read_pilot(folder).evaluate()
        assert evaluation.headline.sentence("ja") in found
        assert evaluation.headline.sentence("en") in found
        assert evaluation.verdict.title("ja") in found


def test_nothing_but_results_is_put_out(executed):
    notebook = nbformat.read(executed, as_version=4)
    assert not [
        output for output in outputs(notebook) if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert not re.search(r"Warning|/home/|/tmp/|/usr/|site-packages| at 0x", json.dumps(outputs(notebook)))


def test_every_drawing_cell_shows_its_picture(executed):
    for cell in code(nbformat.read(executed, as_version=4)):
        drawn = ["image/png" in output.get("data", {}) for output in cell.outputs]
        assert any(drawn) == bool(re.search(r"\.(plot|draw)\(", cell.source)), cell.source


def test_the_source_is_short_and_imports_ebpm_alone(source):
    cells = code(jupytext.read(source))
    assert 5 <= len(cells) <= 15
    imports = [
        node
        for cell in cells
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert [ast.unparse(node) for node in imports] == ["import ebpm"]


def test_japanese_comes_first_and_english_follows(source):
    for cell in jupytext.read(source).cells:
        if cell.cell_type == "markdown":
            first, *lines = cell.source.splitlines()
            assert JAPANESE.search(first), first
            assert [line for line in lines if ENGLISH.search(line) and not JAPANESE.search(line)], first


@pytest.mark.parametrize("source", [one for one in SOURCES if one not in LESSONS], ids=names)
def test_the_title_says_whether_the_data_are_synthetic(source):
    synthetic = any(ebpm.read_pilot(folder).spec.synthetic for folder in folders(source))
    opening = jupytext.read(source).cells[0].source
    assert ("**データは合成データです。**" in opening) == synthetic
    assert ("合成ではなく、公開されている実データです。**" in opening) != synthetic


def test_the_pilots_name_the_notebook(source):
    for folder in folders(source):
        assert (folder / ebpm.read_pilot(folder).spec.notebook).resolve() == source


def test_every_pilot_has_a_notebook():
    named = {
        (file.parent / ebpm.read_pilot(file.parent).spec.notebook).resolve()
        for file in ROOT.glob("pilots/**/pilot.yaml")
    }
    assert named == set(SOURCES) - set(LESSONS)


@pytest.mark.parametrize("source", LESSONS, ids=names)
def test_a_lesson_says_that_its_example_is_made_up_and_reads_no_pilot(source):
    opening = jupytext.read(source).cells[0].source
    assert "**架空の例です。**" in opening
    assert "**A made-up example**" in opening
    assert not folders(source)


def test_the_lesson_on_writing_a_model_ends_without_a_notice():
    *_, last, wrong = code(committed(ROOT / "notebooks" / "course" / "writing_a_logic_model.py"))
    assert 'profile="yokohama-jigyo"' in last.source
    assert [cell.outputs[0].data["text/plain"] for cell in (last, wrong)] == ["0", "0"]
