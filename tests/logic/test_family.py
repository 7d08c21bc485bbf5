"""Plan, measure, pilot: parents that exist, in the right order, and a table that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebpm.errors import SpecError
from ebpm.logic import read_family
from ebpm.spec.problems import problems_of

FOLDER = Path(__file__).parents[2] / "logic_models"
PILOTS = {"bicycle_insurance", "cardiac_rehab", "student_energy_saving", "venture_support"}


def write(folder: Path, name: str, level: str, extra: str = "", *, id_: str | None = None) -> None:
    text = f"""\
schema: 1
model:
  id: {id_ or name}
  title: {name}
  owner: {{bureau: 局}}
  level: {level}
{extra}  fiscal_year: 2019
  problem: 課題
  goal: 目標
  target_population: 市民
nodes:
  - {{id: m1, stage: activity, text: 施策}}
edges: []
"""
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path) -> Path:
    write(tmp_path, "plan", "plan")
    write(tmp_path, "programme", "programme", "  parent: plan\n  parent_node: m1\n")
    write(tmp_path, "project", "project", "  parent: programme\n")
    return tmp_path


def test_the_four_pilots_work_out_measure_one_of_the_plan():
    family = read_family(FOLDER)
    assert [model.model.id for model in family.roots] == ["data_utilisation_plan"]
    assert {model.model.id for model in family.children("data_utilisation_plan", "m1")} == PILOTS
    assert family.children("data_utilisation_plan", "m2") == ()
    assert family["data_utilisation_plan"].node("m1").text.ja.startswith("データを重視した政策形成")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_table_shows_each_model_below_its_parent(lang):
    rows = read_family(FOLDER).table(lang).cells(lang)
    assert len(rows) == 5
    assert rows[0][2:] == ("", "")
    assert all(row[2] == rows[0][1] and row[3] for row in rows[1:])


def test_three_generations(folder):
    family = read_family(folder)
    assert [model.model.id for model in family.line("project")] == ["plan", "programme", "project"]
    assert [row[1].en for row in family.table().rows] == ["plan", "programme", "project"]
    with pytest.raises(SpecError) as caught:
        family["projects"]
    assert "project" in caught.value.remedy("ja")


CASES = [
    ("project", "project", "  parent: programmes\n", "logic_no_parent", "programme"),
    ("project", "project", "  parent: programme\n  parent_node: m2\n", "logic_no_parent_node", "m1"),
    ("project", "project", "  parent_node: m1\n", "logic_parent_alone", "m1"),
    ("plan", "plan", "  parent: project\n", "logic_parent_below", "project"),
    ("programme", "project", "  parent: plan\n", "logic_parent_below", "programme"),
]


@pytest.mark.parametrize(("name", "level", "extra", "code", "word"), CASES)
def test_a_broken_parent_is_told_with_file_and_line(folder, name, level, extra, code, word):
    write(folder, name, level, extra)
    with pytest.raises(SpecError) as caught:
        read_family(folder)
    problem = next(one for one in problems_of(caught.value) if one.code == code)
    assert problem.path[0].endswith(".yaml")
    assert problem.line == 7 + extra.count("\n") - 1 if "node" in extra else 7
    for lang in ("ja", "en"):
        assert word in problem.part("given", lang) + problem.part("remedy", lang)


def test_a_circle_is_told_once(folder):
    write(folder, "plan", "plan", "  parent: project\n")
    with pytest.raises(SpecError) as caught:
        read_family(folder)
    codes = [one.code for one in problems_of(caught.value)]
    assert codes.count("logic_parent_circle") == 1
    assert "plan -> project -> programme -> plan" in caught.value.given("en")


def test_two_files_with_one_id(folder):
    write(folder, "twin", "plan", id_="plan")
    with pytest.raises(SpecError) as caught:
        read_family(folder)
    assert [one.code for one in problems_of(caught.value)] == ["logic_twice_a_family"]
    assert "twin.yaml" in caught.value.given("ja")
    assert "plan.yaml" in caught.value.given("ja")


def test_every_problem_of_a_folder_is_told_at_once(folder):
    write(folder, "project", "project", "  parent: nobody\n")
    write(folder, "other", "project", "  parent: plan\n  parent_node: m9\n")
    with pytest.raises(SpecError) as caught:
        read_family(folder)
    assert {one.code for one in problems_of(caught.value)} == {"logic_no_parent", "logic_no_parent_node"}


def test_a_folder_without_models(tmp_path):
    with pytest.raises(SpecError):
        read_family(tmp_path)
