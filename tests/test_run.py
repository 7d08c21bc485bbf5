"""A run leaves a whole version of the results at every moment."""

from pathlib import Path

import pytest

from ebpm.errors import SpecError
from ebpm.run import discover, replace_folder

OLD = {"results.json": b"old", "report.ja.html": b"old"}
NEW = {"results.json": b"new", "report.ja.html": b"new", "report.en.html": b"new"}


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def whole_version(folder: Path) -> dict[str, bytes]:
    previous = folder.with_name("results.previous")
    return content(folder if folder.exists() else previous)


def test_new_files_take_the_place_of_old_ones(tmp_path):
    replace_folder(tmp_path / "results", OLD)
    replace_folder(tmp_path / "results", NEW)
    assert content(tmp_path / "results") == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


class Stopped(BaseException):
    pass


@pytest.mark.parametrize("step", range(8))
def test_stopped_at_any_step_one_whole_version_is_there_and_the_next_run_mends(tmp_path, monkeypatch, step):
    folder = tmp_path / "results"
    replace_folder(folder, OLD)
    calls = iter(range(100))

    def stopping(original):
        def wrapped(*args, **kwargs):
            if next(calls) == step:
                raise Stopped
            return original(*args, **kwargs)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("mkdir", "write_bytes", "rename"):
            patch.setattr(Path, name, stopping(getattr(Path, name)))
        try:
            replace_folder(folder, NEW)
        except Stopped:
            assert whole_version(folder) in (OLD, NEW)
    replace_folder(folder, NEW)
    assert content(folder) == NEW
    assert not (tmp_path / "results.previous").exists()


def test_pilots_are_found_by_folder_and_by_slug(tmp_path):
    for slug in ("one", "one/twin", "two"):
        (tmp_path / "pilots" / slug).mkdir(parents=True)
        (tmp_path / "pilots" / slug / "pilot.yaml").touch()
    pilots = tmp_path / "pilots"
    assert discover(tmp_path) == (pilots / "one", pilots / "one/twin", pilots / "two")
    assert discover(tmp_path, ["one/twin"]) == (pilots / "one/twin",)
    assert discover(tmp_path, [str(pilots / "two")]) == (pilots / "two",)


def test_unknown_pilots_are_refused(tmp_path):
    (tmp_path / "pilots" / "bicycle").mkdir(parents=True)
    (tmp_path / "pilots" / "bicycle" / "pilot.yaml").touch()
    with pytest.raises(SpecError, match="bicycle"):
        discover(tmp_path, ["bycicle"])
    with pytest.raises(SpecError, match="no pilots"):
        discover(tmp_path / "pilots")
