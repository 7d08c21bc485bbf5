"""The simulations: the committed files are what they write, and everything says that it is synthetic."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest

from ebpm import spec
from ebpm.pilot.spec import PilotSpec
from tests.pilots.simulations import PILOTS, SLUGS, simulation

FOLDERS = sorted(path.parent for path in PILOTS.rglob("pilot.yaml"))


def names(folders):
    return [str(folder.relative_to(PILOTS)) for folder in folders]


def tables(sample):
    return {field.name: getattr(sample, field.name) for field in dataclasses.fields(sample)}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_committed_files_are_what_the_simulation_writes(slug, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["simulate.py", "--out", str(tmp_path)])
    simulation(slug).main()
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert [str(path) for path in written if path.suffix == ".csv"]
    for path in written:
        assert (tmp_path / path).read_bytes() == (PILOTS / slug / path).read_bytes(), path


@pytest.mark.parametrize("slug", SLUGS)
def test_a_seed_gives_one_sample_and_another_seed_another(slug):
    module = simulation(slug)
    first, again, other = tables(module.simulate(1)), tables(module.simulate(1)), tables(module.simulate(2))
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, again[name])
        assert not frame.equals(other[name])


@pytest.mark.parametrize("slug", SLUGS)
def test_the_streams_are_numpy_generators_and_leave_the_global_one_alone(slug):
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    simulation(slug).simulate(3)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize("slug", SLUGS)
def test_every_true_value_belongs_to_an_analysis_of_the_plan(slug):
    plan = {analysis.id for analysis in spec.read(PILOTS / slug / "pilot.yaml", PilotSpec).plan}
    truth = simulation(slug).truth()
    assert {value.analysis for value in truth.values} <= plan
    assert {parameter.basis for parameter in truth.parameters} == {"source", "assumption"}
    assert all(parameter.source for parameter in truth.parameters)


@pytest.mark.parametrize("slug", SLUGS)
def test_everything_says_that_it_is_synthetic(slug):
    folder = PILOTS / slug
    declared = spec.read(folder / "pilot.yaml", PilotSpec)
    assert declared.kind == "pilot"
    assert all(dataset.synthetic for dataset in declared.data)
    assert all(
        "synthetic" in dataset.source.words("en") and "模擬" in dataset.source.words("ja") for dataset in declared.data
    )
    assert "synthetic: true" in (folder / "truth.yaml").read_text(encoding="utf-8")
    assert "模擬データ" in (folder / "CODEBOOK.md").read_text(encoding="utf-8")


def test_corporate_numbers_are_of_no_real_firm():
    numbers = simulation("venture_support").simulate(1).applications["corporate_number"]
    assert numbers.str.fullmatch(r"0\d{12}").all()


@pytest.mark.parametrize("folder", FOLDERS, ids=names(FOLDERS))
def test_files_are_small(folder):
    for path in (folder / "data").glob("*.csv"):
        assert path.stat().st_size < 1_000_000, path


@pytest.mark.parametrize("folder", FOLDERS, ids=names(FOLDERS))
def test_the_codebook_is_current_and_complete(folder):
    located = importlib.util.spec_from_file_location("pilots_codebooks", PILOTS / "_codebooks.py")
    module = importlib.util.module_from_spec(located)
    located.loader.exec_module(module)
    text = (folder / "CODEBOOK.md").read_text(encoding="utf-8")
    assert text == module.text(folder)
    for dataset in spec.read(folder / "pilot.yaml", PilotSpec).data:
        assert dataset.title.words("ja") in text
        assert dataset.title.words("en") in text
        assert all(text.count(f"`{column.name}`") >= 2 for column in dataset.columns)


@pytest.mark.parametrize("folder", FOLDERS, ids=names(FOLDERS))
def test_both_languages_are_written_out(folder):
    declared = spec.read(folder / "pilot.yaml", PilotSpec)
    words = [
        declared.title,
        declared.question,
        declared.design.counterfactual,
        *declared.limits,
        *declared.design.assumptions,
    ]
    words += [analysis.title for analysis in declared.plan]
    assert all(one.words("ja") != one.words("en") for one in words)
    assert len(declared.primary) in {1, 2}
    assert all(analysis.margin for analysis in declared.primary)
