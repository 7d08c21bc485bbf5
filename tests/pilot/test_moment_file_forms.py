"""What a moment file may look like: its published schema, other versions, damaged and misnamed files, files that overlap."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import ebpm
from ebpm.cli import main
from ebpm.errors import DataError
from ebpm.moments import read_moments
from ebpm.moments.scans.files.content import Content, schema_of_moment_files
from ebpm.records import digest_of

ROOT = Path(__file__).parents[2] / "pilots"
PILOTS = ("student_energy_saving", "cardiac_rehab", "bicycle_insurance", "venture_support", "venture_support/twin")


@pytest.fixture(scope="module")
def pilot():
    return ebpm.read_pilot(ROOT / "student_energy_saving")


@pytest.fixture(scope="module")
def data(pilot):
    return pilot.read_data()


@pytest.fixture(scope="module")
def file(pilot, data):
    return pilot.moments(data)


def sealed(content):
    """Return content with the digest that belongs to it."""
    bare = {key: value for key, value in content.items() if key != "digest"}
    return json.dumps({**bare, "digest": digest_of(bare)})


def refused(path, text=None):
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError) as found:
        read_moments(path)
    for lang in ("en", "ja"):
        assert len(found.value.explain(lang).splitlines()) == 3
    return found.value


# --- the schema


@pytest.mark.parametrize("name", PILOTS)
def test_files_of_the_pilots_are_as_the_published_schema_has_them(name):
    jsonschema = pytest.importorskip("jsonschema")
    content = json.loads(ebpm.read_pilot(ROOT / name).moments().text())
    jsonschema.Draft202012Validator(json.loads(schema_of_moment_files())).validate(content)
    assert Content.model_validate(content).model_dump(by_alias=True)["schema"] == 2


def test_the_command_prints_the_schema_and_every_key_says_something(capsys):
    assert main(["moments", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"].endswith("2020-12/schema")
    assert set(schema["properties"]) == set(Content.model_fields) - {"schema_"} | {"schema"}
    assert not schema["additionalProperties"]
    assert all(one.get("description") for one in schema["$defs"].values())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda one: one.update(more=1), "more"), (lambda one: one.pop("withheld"), "withheld"),
        (lambda one: one["items"]["behaviour"]["groups"][0].update(name="x"), "items.behaviour.groups.groups.0.name"),
        (lambda one: one["items"]["behaviour"].update(family="other"), "items.behaviour"),
        (lambda one: one["items"]["behaviour"]["groups"][0]["moments"][0][0].append(1.5), "items.behaviour.groups.groups.0.moments.0.0.2"),
    ],
)  # fmt: skip
def test_what_a_version_does_not_know_is_never_answered_from(file, tmp_path, change, place):
    content = json.loads(file.text())
    change(content)
    error = refused(tmp_path / "m.json", sealed(content))
    assert error.code == "moments_no_file"
    assert place in error.explain("en")
    assert "--schema" in error.explain("ja")


# --- versions, damage, names


def test_a_newer_version_asks_for_a_newer_ebpm_and_an_older_one_for_a_new_file(file, tmp_path):
    content = json.loads(file.text())
    assert "update ebpm" in refused(tmp_path / "m.json", sealed({**content, "schema": 3})).explain("en")
    assert "ebpm を新しく" in refused(tmp_path / "m.json", sealed({**content, "schema": 3})).explain("ja")
    assert "Make it again" in refused(tmp_path / "m.json", sealed({**content, "schema": 0})).explain("en")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "it is empty"), (b'{"digest":"', "cut off"), (b"PAR1\x00\x00", "cut off"), (b"id,y\n1,2\n", "something else"),
        (b"\xff\xfe\x00", "something else"), (b"null", "something else"), (b"PAR1abcdPAR1", "something else"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["m.json", "m.parquet"])
def test_what_is_wrong_with_a_file_is_said(tmp_path, text, said, name):
    error = refused(tmp_path / name, text)
    assert error.code == "moments_no_file"
    assert said in error.explain("en")


def test_a_file_that_is_not_there_and_a_folder(tmp_path):
    assert "no such file" in refused(tmp_path / "m.json").explain("en")
    assert "フォルダー" in refused(tmp_path).explain("ja")


def test_a_cut_parquet_file_is_refused(file, tmp_path):
    whole = file.save(tmp_path / "m.parquet").read_bytes()
    for length in (100, len(whole) // 2, len(whole) - 1):
        assert "cut off" in refused(tmp_path / "half.parquet", whole[:length]).explain("en")


def test_the_first_bytes_tell_the_form_and_not_the_name(file, tmp_path):
    for written, named in (("m.json", "m.parquet"), ("m.parquet", "m.json"), ("a.PARQUET", "a.txt")):
        data = file.save(tmp_path / written).read_bytes()
        (tmp_path / "other").mkdir(exist_ok=True)
        (tmp_path / "other" / named).write_bytes(data)
        assert read_moments(tmp_path / "other" / named).digest == file.digest
        assert data.startswith(b"PAR1") == written.lower().endswith(".parquet")


def test_the_command_needs_a_pilot_and_releases_records_alone(tmp_path, file, capsys, monkeypatch):
    monkeypatch.chdir(ROOT.parent)
    path = str(file.save(tmp_path / "m.json"))
    assert main(["--lang", "en", "moments"]) == 1
    assert "No pilot was named." in capsys.readouterr().err
    assert main(["--lang", "ja", "moments", "student_energy_saving", path, "--release"]) == 1
    assert "個票からファイルを作るとき" in capsys.readouterr().err


# --- files that overlap


def schools(pilot, data, wanted):
    """Return the moment file of an office that has some of the schools."""
    readings = {
        name: replace(one, frame=one.frame[one.frame["school_id"].isin(wanted)].reset_index(drop=True)) if "school_id" in one.frame else one
        for name, one in data.readings.items()
    }  # fmt: skip
    return pilot.moments(replace(data, readings=readings))


def test_schools_in_both_files_are_named_and_schools_of_one_are_not(pilot, data, file):
    places = data.readings["household_months"].frame.groupby("stratum")["school_id"].unique().map(list)
    first, *others = places
    twice = [one for many in others for one in many]
    north, overlapping, south = (
        schools(pilot, data, one) for one in (first + others[0], twice, [*twice[len(others[0]) :]])
    )
    both = north + overlapping
    assert [(one.about, one.facts["count"]) for one in both.notices if one.code == "P521"] == [
        (name, len(others[0])) for name in sorted(both.items)
    ]
    said = pilot.answers(both).summary("en")
    assert "P521" in said
    assert f"{sorted(others[0])[0]} " in said
    assert "二度" in pilot.answers(both).summary("ja") or "最後の桁まで同じ" in pilot.answers(both).summary("ja")
    apart = north + south
    assert "P521" not in apart.notices.codes
    assert pilot.answers(apart)["primary"].estimates.headline.n == pilot.answers(file)["primary"].estimates.headline.n


def test_weighted_paths_stay_as_a_file_does_not_hold_their_weights():
    pilot = ebpm.read_pilot(ROOT / "venture_support" / "twin")
    data = pilot.read_data()
    ((name, reading),) = data.readings.items()
    weighted = replace(
        data, readings={name: replace(reading, frame=reading.frame.assign(heavy=1.0 + reading.frame["county"] % 3))}
    )
    plan = tuple(
        one.model_copy(update={"arguments": {**one.arguments, "weights": "heavy"}})
        if one.id == "never_treated"
        else one
        for one in pilot.spec.plan
    )
    changed = replace(pilot, spec=pilot.spec.model_copy(update={"plan": plan}))
    file = changed.moments(replace(weighted, spec=changed.spec))
    assert "never_treated" in file.records
    assert not file.items
