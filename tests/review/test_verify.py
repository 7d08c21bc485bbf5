"""Every number, table, picture and output of a pilot is found again, or said to differ, to be missing, extra or not run."""

from __future__ import annotations

import json
import re

import nbformat
import pytest

from ebpm.cli import main
from ebpm.errors import SpecError
from ebpm.review import cells, numbers, pages
from ebpm.review.cells import Cell
from ebpm.review.doors import in_output, in_source
from ebpm.review.origins import origins
from ebpm.review.page import html
from ebpm.review.verify import Terms, verify_pilot
from tests.reports.page import Page

QUICK = Terms(notebooks=False)


def edited(folder, change):
    file = folder / "results" / "results.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")
    return verify_pilot(folder, QUICK)


def primary(content):
    return content["analyses"]["primary"]["terms"][0]


def test_what_was_run_is_reproduced_and_nothing_is_written(ran):
    before = sorted(ran.rglob("*"))
    found = verify_pilot(ran, QUICK)
    assert found.ok
    assert {one.status for one in found.findings} == {"reproduced"}
    assert {one.kind for one in found.findings} >= {"number", "word", "table", "figure", "text"}
    assert sorted(ran.rglob("*")) == before


CHANGES = {
    "differs": lambda content: primary(content).update(estimate=primary(content)["estimate"] + 1e-3),
    "within_tolerance": lambda content: primary(content).update(estimate=primary(content)["estimate"] * (1 + 1e-12)),
    "extra": lambda content: primary(content).pop("estimate"),
    "missing": lambda content: primary(content).update(bonus=1.0),
}


@pytest.mark.parametrize("status", CHANGES)
def test_a_number_has_the_state_that_it_is_in(ran, status):
    found = edited(ran, CHANGES[status])
    (one,) = [one for one in found.findings if one.status != "reproduced"]
    assert (one.status, one.kind) == (status, "number")
    assert one.place.startswith("analyses.primary.terms[1].")
    assert found.ok == (status == "within_tolerance")


def test_words_are_compared_too(ran):
    found = edited(ran, lambda content: content["verdict"].update(code="against"))
    assert [(one.place, one.status, one.claimed, one.found) for one in found.bad] == [
        ("verdict.code", "differs", "against", "supports")
    ]


def test_a_table_and_a_sentence_of_a_report_that_were_changed_by_hand_are_found(ran):
    file = ran / "results" / "report.en.html"
    text = file.read_text(encoding="utf-8")
    cell = re.search(r'<td class="number">(\d+\.\d+)</td>', text)
    file.write_text(text.replace(cell[0], cell[0].replace(cell[1], "9.99")), encoding="utf-8")
    bad = verify_pilot(ran, QUICK).bad
    assert {one.kind for one in bad} == {"table"}
    assert {("9.99" in one.claimed, cell[1] in one.found) for one in bad} == {(True, True)}
    file.write_text(text.replace("It looked at one month alone", "It looked at ten years"), encoding="utf-8")
    assert {one.kind for one in verify_pilot(ran, QUICK).bad} == {"text", "table"}
    file.write_text(re.sub(r'src="data:image/png;base64,[^"]+"', 'src="data:,"', text, count=1), encoding="utf-8")
    assert [one.kind for one in verify_pilot(ran, QUICK).bad] == ["figure"]


def test_a_file_that_no_rerun_makes_is_extra(ran):
    (ran / "results" / "more.csv").write_text("a\n1\n", encoding="utf-8")
    assert [(one.place, one.status) for one in verify_pilot(ran, QUICK).bad] == [("more.csv", "extra")]


def test_a_report_that_is_not_there_is_missing(ran):
    (ran / "results" / "report.ja.html").unlink()
    assert [(one.place, one.status) for one in verify_pilot(ran, QUICK).bad] == [("report.ja.html", "missing")]


def test_data_that_are_not_there_are_not_run(ran):
    (ran / "people.csv").unlink()
    found = verify_pilot(ran, QUICK)
    assert found.ok
    assert {one.status for one in found.findings} == {"not_run"}
    assert all(one.place for one in found.findings)
    assert "no number was run again" in found.sentence("en")
    assert "数値は再実行していません" in html(found, "ja")
    assert "people.csv" in found.table("en").to_text("en")


def test_other_data_differ(ran):
    file = ran / "people.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("P000,0,", "P000,1,"), encoding="utf-8")
    places = {one.place for one in verify_pilot(ran, QUICK).bad}
    assert {"digests.data.people", "analyses.primary.terms[1].estimate"} <= places


def test_a_plan_that_was_changed_afterwards_is_found(ran):
    file = ran / "pilot.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("value: 0.5", "value: 0.7"), encoding="utf-8")
    places = {one.place for one in verify_pilot(ran, QUICK).bad}
    assert "digests.plan" in places
    assert any("plan.deviations" in place for place in places)


def test_results_that_are_not_there_or_broken_are_said(ran):
    (ran / "results" / "results.json").write_text("{", encoding="utf-8")
    with pytest.raises(SpecError, match="cannot be read"):
        verify_pilot(ran)
    (ran / "results" / "results.json").unlink()
    with pytest.raises(SpecError, match="ebpm run small"):
        verify_pilot(ran)


def test_other_versions_of_packages_are_remarked_on(ran):
    found = edited(ran, lambda content: content["versions"].update(numpy="0.0.1"))
    assert "numpy 0.0.1" in str(found.remarks)
    assert found.ok


@pytest.mark.parametrize("part", ["code", "environment"])
def test_other_code_and_another_environment_are_information_and_no_difference(ran, part):
    digests = json.loads((ran / "results" / "results.json").read_text(encoding="utf-8"))["digests"]
    for file in (ran / "results").iterdir():
        text = file.read_text(encoding="utf-8").replace(digests[part], "0" * 64)
        file.write_text(text.replace(digests[part][:12], "0" * 12), encoding="utf-8")
    found = verify_pilot(ran, QUICK)
    assert found.ok, found.table().to_text()
    assert {one.status for one in found.findings} == {"reproduced"}
    (remark,) = found.remarks
    assert "0" * 12 in str(remark)
    assert digests[part][:12] in str(remark)


def test_the_numbers_of_figures_know_their_lines_too(tmp_path):
    (tmp_path / "pilot.yaml").write_text("plan:\n  - id: effects\n", encoding="utf-8")
    term = {"term": "-1", "estimate": 0.123456789, "conf_low": 0.5}
    results = {
        "pilot": "p",
        "analyses": {"effects": {"routine": "did.att_gt", "terms": []}},
        "figures": {"effects": [term]},
    }
    cell = Cell(2, "effects.plot()", "", (), 0, "event\t0.123457")
    found = list(origins(tmp_path, results, None, (cell,)))
    assert [(one.number, one.cells) for one in found] == [
        ("figures.effects[-1].estimate", (" [2]",)), ("figures.effects[-1].conf_low", ()),
    ]  # fmt: skip


def test_each_number_knows_its_line(ran):
    lines = (ran / "pilot.yaml").read_text(encoding="utf-8").splitlines()
    for one in verify_pilot(ran, QUICK).origins:
        name = one.number.split(".")[1]
        assert f"id: {name}" in lines[int(one.plan.partition(":")[2]) - 1]
        assert one.routine.startswith("rct.")


def test_outputs_of_a_notebook_are_found_again_their_lines_are_known_and_changes_by_hand_are_found(
    with_notebook, monkeypatch
):
    found = verify_pilot(with_notebook)
    assert found.ok
    assert [one.place for one in found.findings if one.kind == "output"] == [f"small.ipynb [{n}]" for n in (1, 2, 3)]
    (head,) = [one for one in found.origins if one.number == "analyses.primary.terms[1].estimate"]
    assert head.cells == ("small.py:8 [2]", "small.py:11 [3]")

    file = with_notebook / "small.ipynb"
    executed = file.read_text(encoding="utf-8")
    monkeypatch.setattr("ebpm.notebooks.executed", lambda _: executed)
    notebook = nbformat.read(file, as_version=4)
    notebook.cells[2].outputs[0]["text"] = "9.876 points [9, 10]\n"
    nbformat.write(notebook, file)
    assert [(one.place, one.status) for one in verify_pilot(with_notebook).bad] == [("small.ipynb [2]", "differs")]


AROUND = {
    "read": ["pd.read_csv('data/pupils.csv')", "open('people.csv').read()", "Path('x').read_text()"],
    "rows": ["data['pupils'].head()", "print(frame.sample(3))", "frame.iloc[0]", "frame.to_string()", "display(frame)"],
    "import": ["import duckdb", "from pathlib import Path", "import os.path"],
    "shell": ["!cat people.csv", "%load people.csv", "x = 1\n!ls"],
    "runner": ["exec(code)", "__import__('os')"],
    "unreadable": ["def ("],
}


@pytest.mark.parametrize(("code", "source"), [(code, one) for code, many in AROUND.items() for one in many])
def test_going_around_the_door_is_found(code, source):
    assert code in [found for found, _ in in_source(source)]


@pytest.mark.parametrize(
    "source", ["evaluation.table()", "data.rows_of('primary')", "import ebpm", "x.values()", "pilot.plan()"]
)
def test_the_library_is_no_way_around(source):
    assert list(in_source(source)) == []


def test_rows_and_typed_numbers_in_outputs_are_found():
    assert [code for code, _ in in_output("frame", '<table border="1" class="dataframe">')] == ["frame"]
    assert [code for code, _ in in_output("frame", "[200 rows x 4 columns]")] == ["frame"]
    assert list(in_output("print('the effect is 1.234')", "the effect is 1.234")) == [("typed", "1.234")]
    assert list(in_output("print(evaluation)", "1.234")) == []


def test_the_notebooks_of_the_pilots_go_through_the_door():
    from tests.notebooks.test_notebooks import SOURCES

    for source in SOURCES:
        stored = source.with_suffix(".ipynb").read_text(encoding="utf-8")
        found = [one for cell in cells.cells(stored) for one in cells.around("", str(cell.number), cell)]
        assert found == [], source.name


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("0.3317", "0.3317", "reproduced"), ("0.3317", "0.3318", "within_tolerance"), ("0.3317", "0.3327", "differs"),
        ("839", "840", "differs"), ("1,234.5", "1,234.6", "within_tolerance"), ("[0.1,", "[0.1;", "differs"),
        ("-0.33", "0.33", "differs"),
    ],
)  # fmt: skip
def test_printed_numbers_may_differ_by_one_in_the_last_place(before, after, status):
    assert pages.difference([before], [after])[0] == status


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [(1, 1, "reproduced"), (1.0, 1.0 + 1e-13, "within_tolerance"), (1.0, 1.001, "differs"), (True, 1, "differs"),
     ("a", "a", "reproduced"), (0.0, 1e-20, "within_tolerance"), (None, None, "reproduced")],
)  # fmt: skip
def test_leaves_are_compared_by_value(before, after, status):
    assert numbers.compared(before, after, 1e-8) == status


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_says_what_is_wrong_first_and_has_the_structure_of_the_reports(ran, lang):
    found = edited(ran, CHANGES["differs"])
    page = Page(html(found, lang))
    assert page.all("html")[0][2]["lang"] == lang
    headings = [page.text(place) for place, _, _ in page.all("h2")]
    assert len(headings) == 4
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(attributes.get("scope") for _, _, attributes in page.all("th"))
    regions = [attributes["aria-label"] for _, _, attributes in page.all("div") if attributes.get("role") == "region"]
    assert len({*regions, *headings}) == len(regions) + len(headings)


def test_the_command_prints_and_ends_with_what_it_found(ran, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "verify.html"
    assert main(["verify", "small", "--no-notebooks", "--html", str(page)]) == 0
    assert "reproduced" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    edited(ran, CHANGES["differs"])
    assert main(["verify", "small", "--no-notebooks", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["counts"]["differs"]) == (False, 1)
