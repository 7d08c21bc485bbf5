"""Executed notebooks carry the digests of what they come from, and verifying reads them."""

from __future__ import annotations

import json

import pytest

import ebpm
from ebpm.notebooks import DIGESTS, came_from
from ebpm.review import came_from as beside
from ebpm.review.verify import claimed_results


def read(folder):
    return json.loads((folder / "small.ipynb").read_text(encoding="utf-8"))


def compared(folder, change=lambda told: None, notebook=None):
    """Return what is found of a notebook whose digests were changed, by the end of the place."""
    notebook = notebook or read(folder)
    change(notebook["metadata"])
    found = beside.findings("small", folder / "small.py", json.dumps(notebook), claimed_results(folder))
    return {one.place.partition(" ")[2].strip("[]"): one.status for one in found}


def test_a_notebook_carries_the_digests_of_data_plan_code_environment_and_source(with_notebook):
    told, results = read(with_notebook)["metadata"][DIGESTS], claimed_results(with_notebook)["digests"]
    assert told["code"] == results["code"]
    assert told["environment"] == results["environment"]
    assert told["pilots"]["small"] == {"plan": results["plan"], "data": results["data"]}
    assert told == came_from(with_notebook / "small.py")
    assert set(compared(with_notebook).values()) == {"reproduced"}
    assert set(compared(with_notebook)) == {
        "code",
        "environment",
        "pilots.small.plan",
        "pilots.small.data.people",
        "source",
    }


def test_the_metadata_are_the_kernel_and_the_digests_alone(with_notebook):
    assert set(read(with_notebook)["metadata"]) == {"kernelspec", DIGESTS}
    assert str(with_notebook) not in json.dumps(read(with_notebook))


@pytest.mark.parametrize("key", ["code", "environment", "source"])
def test_a_digest_that_is_not_that_of_the_results_is_said(with_notebook, key):
    found = compared(with_notebook, lambda told: told[DIGESTS].update({key: "0" * 64}))
    assert {place for place, status in found.items() if status != "reproduced"} == {key}
    assert found[key] == "differs"


def test_a_notebook_without_digests_is_said(with_notebook):
    assert compared(with_notebook, lambda told: told.pop(DIGESTS)) == {"digests": "missing"}
    assert compared(with_notebook, lambda told: told[DIGESTS].pop("source"))["source"] == "missing"
    assert compared(with_notebook, lambda told: told[DIGESTS].update(more="0"))["more"] == "extra"


def test_other_data_another_plan_and_another_source_are_said(with_notebook):
    for name, key in (("people.csv", "pilots.small.data.people"), ("small.py", "source")):
        file = with_notebook / name
        before = file.read_bytes()
        file.write_bytes(before + b"\n")
        assert compared(with_notebook)[key] == "differs"
        file.write_bytes(before)
    plan = with_notebook / "pilot.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("value: 0.5", "value: 0.6"), encoding="utf-8")
    assert compared(with_notebook)["pilots.small.plan"] == "differs"


def test_a_lesson_without_a_pilot_carries_code_environment_and_source(tmp_path):
    (tmp_path / "lesson.py").write_text("# %%\nprint(1)\n", encoding="utf-8")
    told = came_from(tmp_path / "lesson.py")
    assert told["pilots"] == {}
    assert all(len(told[name]) == 64 for name in ("code", "environment", "source"))


def test_digests_do_not_hang_on_language_or_on_where_the_command_is_given(with_notebook, tmp_path, monkeypatch):
    before = came_from(with_notebook / "small.py")
    monkeypatch.chdir(tmp_path)
    ebpm.use_language("ja")
    try:
        assert came_from(with_notebook / "small.py") == before
    finally:
        ebpm.use_language("en")
