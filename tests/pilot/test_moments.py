"""Moment files: they say the same as the records, add up, are refused when changed, and do not give a unit away."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ebpm
from ebpm import did, moments
from ebpm.cli import main
from ebpm.disclosure.rules import Disclosure
from ebpm.errors import DataError
from ebpm.moments.scans.path_scan import PathRequest, scan_paths
from ebpm.pilot.moments import answers, moments_of, release

ROOT = Path(__file__).parents[2]
OPEN = Disclosure(tier="open", min_cell=10)


@pytest.fixture(scope="module")
def pilot():
    return ebpm.read_pilot(ROOT / "pilots" / "venture_support" / "twin")


@pytest.fixture(scope="module")
def file(pilot):
    return moments_of(pilot, pilot.read_data())


def paths(units: int, periods: int, seed: int = 1, *, start: int = 2002) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "unit": np.repeat(np.arange(units), periods), "year": np.tile(np.arange(2000, 2000 + periods), units),
        "y": rng.normal(100, 10, units * periods).round(2), "start": np.repeat(np.arange(units) % 2 * start, periods),
    })  # fmt: skip


def summed(data: pd.DataFrame):
    return scan_paths(moments.scan(data), PathRequest(outcome="y", unit="unit", time="year", first_treated="start"))


def test_answers_are_those_of_the_records(pilot, file):
    evaluation, told = pilot.evaluate(), answers(pilot.spec, file)
    assert [one.analysis.id for one in told.results] == ["never_treated"]
    head, held = told.results[0].estimates.headline, evaluation["never_treated"].estimates.headline
    assert head.estimate == pytest.approx(held.estimate, rel=1e-9)
    assert head.std_error == pytest.approx(held.std_error, rel=1e-9)
    assert (head.n, head.unit, head.df) == (held.n, held.unit, held.df)
    assert {one.id for one in told.records} == set(file.records)
    assert all(one.id in told.file.records for one in told.records)


def test_a_file_comes_back_as_it_was_written(file, tmp_path):
    again = moments.read_moments(file.save(tmp_path / "moments.json"))
    assert again.text() == file.text()
    assert again.digest == json.loads(file.text())["digest"]


@pytest.mark.parametrize("change", [("count", "309", "310"), ("plan", '"plan":"', '"plan":"0')], ids=lambda one: one[0])
def test_a_changed_file_is_refused(file, tmp_path, change):
    path, text = tmp_path / "moments.json", file.text()
    assert change[1] in text
    path.write_text(text.replace(change[1], change[2], 1), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        moments.read_moments(path)
    assert refused.value.code == "moments_changed"


def test_what_is_no_moment_file_is_refused(tmp_path):
    for content, code in (
        ("{", "moments_no_file"),
        ("[]", "moments_no_file"),
        ('{"digest":"","schema":9,"kind":"moments"}', "moments_schema"),
    ):
        path = tmp_path / "file.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError) as refused:
            moments.read_moments(path)
        assert refused.value.code == code


def test_two_offices_add_up_to_one_estimate(pilot, file):
    whole = file.items["never_treated"]
    data = paths(120, 5)
    north, south = data[data["unit"] < 50], data[data["unit"] >= 50]
    pooled = did.att_gt(summed(north) + summed(south), "y", unit="unit", time="year", first_treated="start").aggregate(
        "simple"
    )
    one = did.att_gt(data, "y", unit="unit", time="year", first_treated="start").aggregate("simple")
    assert pooled.headline.estimate == pytest.approx(one.headline.estimate, rel=1e-10)
    assert pooled.headline.std_error == pytest.approx(one.headline.std_error, rel=1e-10)
    twice = file + file
    assert twice.items["never_treated"].counts == tuple(2 * count for count in whole.counts)
    with pytest.raises(DataError, match="plans"):
        file + moments.MomentFile(file.pilot, "another", file.items, {}, ())


def test_small_cohorts_are_withheld_whole():
    few, reasons = release(summed(paths(18, 5)), OPEN)
    assert not few.groups
    assert len(reasons) == 2
    kept, none = release(summed(paths(60, 5)), OPEN)
    assert len(kept.groups) == 2
    assert not none


def test_no_fewer_units_than_numbers_of_a_path():
    _, reasons = release(summed(paths(40, 25, start=2010)), OPEN)
    assert len(reasons) == 2


def test_rare_outcomes_and_giants_are_withheld():
    rare = paths(60, 4)
    rare["y"] = (rare["unit"] < 3).astype(int)
    assert len(release(summed(rare), OPEN)[1]) == 2
    giant = paths(60, 4)
    giant.loc[giant["unit"] == 1, "y"] = 1e6
    assert len(release(summed(giant), OPEN)[1]) == 1


def test_an_attack_cannot_tell_two_different_tables_apart():
    """Paths turned about their mean, by any rotation that keeps it, have the same count, sums and products: the file fits them all."""
    data = paths(24, 5)
    values = data["y"].to_numpy().reshape(24, 5)
    never = values[data["start"].to_numpy().reshape(24, 5)[:, 0] == 0]
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(np.column_stack([np.ones(len(never)), rng.normal(size=(len(never), len(never) - 1))]))[0]
    turn = np.linalg.qr(rng.normal(size=(len(never) - 1, len(never) - 1)))[0]
    other = basis @ np.vstack([basis[:, :1].T @ never, turn @ (basis[:, 1:].T @ never)])
    np.testing.assert_allclose(other.sum(axis=0), never.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(other.T @ other, never.T @ never, rtol=1e-12)
    nearest = np.abs(other[:, None, :] - never[None]).max(axis=2).min(axis=1)
    assert nearest.min() > 1.0  # no path of the other table is near any path of the first, on a scale of 10


def test_a_file_of_another_pilot_is_refused(file):
    other = ebpm.read_pilot(ROOT / "pilots" / "student_energy_saving")
    with pytest.raises(DataError) as refused:
        answers(other.spec, file)
    assert refused.value.code == "moments_other_pilot"


def test_the_command_writes_adds_and_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    path = str(tmp_path / "m.json")
    assert main(["--lang", "en", "moments", "venture_support/twin", "--out", path]) == 0
    first = capsys.readouterr().out
    assert main(["--lang", "en", "moments", "venture_support/twin", path]) == 0
    assert capsys.readouterr().out == first.removesuffix(path + "\n")
    assert "-0.03995" in first
