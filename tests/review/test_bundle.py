"""A bundle: the same bytes each time, everything that a rerun needs, nothing that may not travel, no byte changed unseen."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebpm
from ebpm.cli import main
from ebpm.errors import DataError, SpecError
from ebpm.review.archive import packed, unpacked, wheel
from ebpm.review.bundle import CRATE, INDEX, MANIFEST, bundle, manifest, may_travel
from ebpm.review.bundled import verify_bundle, verify_files
from ebpm.review.verify import Terms
from ebpm.run import Wish, run_one
from tests.review.conftest import QUICK, write_small

CLOSED = ("disclosure: {tier: open", "disclosure: {tier: semi_closed")
ORDER = [
    "Overview", "Data availability and provenance statements", "Dataset list", "Computational requirements",
    "Description of programs", "Instructions to replicators", "List of results and what makes them", "References",
]  # fmt: skip


@pytest.fixture(scope="module")
def withheld(tmp_path_factory):
    """Return a bundle of a pilot whose data may not travel, and its folder."""
    folder = write_small(tmp_path_factory.mktemp("closed") / "pilots" / "small", CLOSED)
    assert run_one(folder, QUICK).ok
    return bundle([folder]), folder


def test_it_is_the_same_bytes_each_time_and_anywhere(ran, packed_bundle):
    for file in ran.rglob("*"):
        os.utime(file, (1, 1))
    assert bundle([ran]) == packed_bundle


def test_it_holds_what_a_rerun_needs(packed_bundle):
    files = unpacked(packed_bundle, "b.zip")
    assert {
        "README.md", "README.ja.md", MANIFEST, INDEX, CRATE, "small/pilot.yaml", "small/plan.lock", "small/people.csv",
        "small/CODEBOOK.md", "small/results/results.json", "small/results/report.ja.html", "software/requirements.txt",
    } <= files.keys()  # fmt: skip
    assert "small/results/run.json" not in files
    assert not any(
        re.search(rb"/(root|home|tmp)/\w", content) for name, content in files.items() if name[-4:] != ".whl"
    )


def test_the_manifest_is_what_sha256sum_checks(packed_bundle, tmp_path):
    files = unpacked(packed_bundle, "b.zip")
    assert files[MANIFEST] == manifest(files)
    for line in files[MANIFEST].decode().splitlines():
        digest, name = line.split("  ", 1)
        assert sha256(files[name]).hexdigest() == digest


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_readme_has_the_order_of_data_editors(packed_bundle, lang):
    text = unpacked(packed_bundle, "b.zip")["README.md" if lang == "en" else "README.ja.md"].decode()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert len(headings) == len(ORDER)
    assert lang == "ja" or headings == ORDER


def test_the_crate_has_what_the_profile_demands(packed_bundle):
    files = unpacked(packed_bundle, "b.zip")
    crate = json.loads(files[CRATE])
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    graph = {one["@id"]: one for one in crate["@graph"]}
    assert len(graph) == len(crate["@graph"])
    descriptor, root = graph[CRATE], graph["./"]
    assert (descriptor["@type"], descriptor["about"]) == ("CreativeWork", {"@id": "./"})
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert root["@type"] == "Dataset"
    assert all(root[name] for name in ("name", "description", "license"))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", root["datePublished"])
    for part in root["hasPart"]:
        entity = graph[part["@id"]]
        assert entity["@type"] == "File"
        assert entity["identifier"] == f"sha256:{sha256(files[part['@id']]).hexdigest()}"
    assert {part["@id"] for part in root["hasPart"]} == files.keys() - {MANIFEST, CRATE}
    assert all(one["@id"] in graph for one in (*root["license"], root["mentions"]))


def test_a_bundle_verifies(packed_bundle, tmp_path):
    file = tmp_path / "b.zip"
    file.write_bytes(packed_bundle)
    found = verify_bundle(file, jobs=1, terms=Terms(notebooks=False))
    assert found.ok, found.table().to_text()
    assert {one.status for one in found.findings} == {"reproduced"}
    assert found.origins


def test_data_that_may_not_travel_stay_and_their_access_is_told(withheld, tmp_path):
    content, folder = withheld
    files = unpacked(content, "b.zip")
    assert "small/people.csv" not in files
    assert not any(b"P017" in one for name, one in files.items() if name[-4:] != ".whl")
    digest = json.loads(files["small/results/results.json"])["digests"]["data"]["people"]
    for name in ("README.md", "README.ja.md"):
        assert digest in files[name].decode()
        assert "small/people.csv" in files[name].decode()
    (tmp_path / "b.zip").write_bytes(content)
    found = verify_bundle(tmp_path / "b.zip", jobs=1, terms=Terms(notebooks=False))
    assert found.ok
    assert {one.status for one in found.findings if one.pilot} == {"not_run"}
    assert folder.exists()


def test_what_may_travel():
    for folder, may in (("venture_support", True), ("venture_support/twin_job_training", True)):
        pilot = ebpm.read_pilot(f"pilots/{folder}")
        assert all(may_travel(pilot, one) for one in pilot.spec.data) == may


@pytest.mark.parametrize("licence", ["unknown", "", "all rights reserved", "CC-BX"])
def test_data_without_an_open_licence_stay(folder, licence):
    pilot = ebpm.read_pilot(folder(("licence: CC0-1.0", f"licence: '{licence}'")))
    assert not may_travel(pilot, pilot.spec.data[0])


def test_records_in_a_report_stop_a_bundle_of_data_that_may_not_travel(withheld, tmp_path):
    folder = Path(shutil.copytree(withheld[1], tmp_path / "small"))
    page = folder / "results" / "report.en.html"
    rows = "".join(
        f"<tr><td>{row}</td></tr>" for row in (folder / "people.csv").read_text(encoding="utf-8").splitlines()[:40]
    )
    page.write_text(
        page.read_text(encoding="utf-8").replace("</main>", f"<table>{rows}</table></main>"), encoding="utf-8"
    )
    with pytest.raises(DataError):
        bundle([folder])


def test_results_of_another_plan_are_not_bundled(ran):
    file = ran / "pilot.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("value: 0.5", "value: 0.7"), encoding="utf-8")
    with pytest.raises(SpecError, match="another plan"):
        bundle([ran])
    shutil.rmtree(ran / "results")
    with pytest.raises(SpecError, match="no results"):
        bundle([ran])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_byte_changed_anywhere_is_found(packed_bundle, data):
    place = data.draw(st.integers(0, len(packed_bundle) - 1))
    other = data.draw(st.integers(1, 255))
    changed = bytearray(packed_bundle)
    changed[place] ^= other
    assert found_out(bytes(changed))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_one_byte_changed_in_any_file_is_found_and_named(packed_bundle, data):
    files = unpacked(packed_bundle, "b.zip")
    name = data.draw(st.sampled_from(sorted(files.keys() - {MANIFEST})))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    content = bytearray(files[name])
    content[place] ^= data.draw(st.integers(1, 255))
    found = verify_files(packed({**files, name: bytes(content)}), "b.zip")
    assert [(one.place, one.status) for one in found if one.bad] == [(name, "tampered")]


def found_out(content):
    try:
        return any(one.bad for one in verify_files(content, "b.zip"))
    except DataError as error:
        return error.code == "bundle_not_read"


@pytest.mark.parametrize("cut", [1, 100, 10_000])
def test_a_bundle_cut_short_or_longer_is_found(packed_bundle, cut):
    assert found_out(packed_bundle[:-cut])
    assert found_out(packed_bundle + b"\0" * cut)
    assert found_out(b"\0" * cut + packed_bundle)


def test_files_taken_away_or_added_are_found(packed_bundle):
    files = unpacked(packed_bundle, "b.zip")
    fewer = {name: one for name, one in files.items() if name != "small/plan.lock"}
    assert [(one.place, one.status) for one in verify_files(packed(fewer), "b") if one.bad] == [
        ("small/plan.lock", "missing")
    ]
    more = files | {"small/evil.py": b"print()"}
    assert [(one.place, one.status) for one in verify_files(packed(more), "b") if one.bad] == [
        ("small/evil.py", "extra")
    ]


def test_nothing_of_a_bundle_that_was_tampered_with_is_run(packed_bundle, tmp_path):
    files = unpacked(packed_bundle, "b.zip")
    (tmp_path / "b.zip").write_bytes(packed(files | {"small/pilot.yaml": b"x"}))
    found = verify_bundle(tmp_path / "b.zip", jobs=1)
    assert not found.ok
    assert not any(one.pilot for one in found.findings)


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x", "a/../../b", "C:\\x", "a\\b"])
def test_names_that_lead_out_are_refused(name):
    with pytest.raises(DataError):
        unpacked(packed({name: b"x"}), "b.zip")


@pytest.mark.parametrize("content", [b"", b"no zip", packed({}), packed({"README.md": b"x"})])
def test_what_is_no_bundle_is_refused(content, tmp_path, capsys):
    file = tmp_path / "b.zip"
    file.write_bytes(content)
    assert main(["verify", str(file)]) == 1
    assert "→" in capsys.readouterr().err


def test_the_commands_make_and_check_a_bundle(ran, packed_bundle, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["bundle", "small", "--output", "b.zip"]) == 0
    digest = sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
    assert digest in capsys.readouterr().out
    assert main(["verify", "b.zip", "--no-notebooks", "--sha256", digest, "--jobs", "1"]) == 0
    assert main(["verify", "b.zip", "--sha256", "0" * 64]) == 1
    assert "announced" in capsys.readouterr().err
    assert main(["bundle", "small", "--without-data", "--on", "2027-01-01", "--output", "c.zip"]) == 0
    files = unpacked((tmp_path / "c.zip").read_bytes(), "c.zip")
    assert "pilots/small/people.csv" not in files
    assert '"datePublished": "2027-01-01"' in files[CRATE].decode()


def test_the_wheel_is_the_library(tmp_path):
    name, content = wheel()
    assert (name, content) == wheel()
    files = unpacked(content, name)
    for file, one in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(one)
    script = "import ebpm, sys; from importlib.metadata import version; print(ebpm.__file__, version('ebpm'))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(tmp_path / "ebpm" / "__init__.py"), ebpm.__version__]


def test_a_lone_pilot_and_one_with_a_model_keep_their_places(tmp_path):
    folder = write_small(
        tmp_path / "pilots" / "small", ("estimand:", "logic_model: ../../models/lamps.yaml\nestimand:")
    )
    (tmp_path / "models").mkdir()
    from tests.logic.lamps import TEXT

    (tmp_path / "models" / "lamps.yaml").write_text(TEXT, encoding="utf-8")
    assert run_one(folder, Wish(notebooks=False)).ok
    files = unpacked(bundle([folder]), "b")
    assert {"models/lamps.yaml", "pilots/small/pilot.yaml"} <= files.keys()
