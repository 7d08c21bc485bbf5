"""Small pilots with results of their own, and a bundle of one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ebpm.review.bundle import bundle
from ebpm.run import Wish, run_one
from tests.pilot.conftest import TEXT, folder, freeze_again, people

__all__ = ["folder"]

QUICK = Wish(notebooks=False)


def write_small(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the small pilot and freeze its plan."""
    folder.mkdir(parents=True, exist_ok=True)
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "pilot.yaml").write_text(text, encoding="utf-8")
    (folder / "people.csv").write_text(people(), encoding="utf-8")
    freeze_again(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
    }


@pytest.fixture(scope="session")
def _ready(tmp_path_factory):
    folder = write_small(tmp_path_factory.mktemp("small") / "pilots" / "small")
    outcome = run_one(folder, QUICK)
    assert outcome.ok, outcome.line
    return folder


@pytest.fixture
def ran(_ready, tmp_path):
    """Return the folder of a small pilot that has been run."""
    return Path(shutil.copytree(_ready, tmp_path / "pilots" / "small"))


@pytest.fixture(scope="session")
def packed_bundle(_ready):
    """Return the bytes of a bundle of the small pilot."""
    return bundle([_ready])


@pytest.fixture(scope="session")
def _ready_with_notebook(_ready, tmp_path_factory):
    folder = Path(shutil.copytree(_ready, tmp_path_factory.mktemp("noted") / "pilots" / "small"))
    (folder / "small.py").write_text(
        "# %% [markdown]\n# # small\n\n# %%\nimport ebpm\n"
        "evaluation = ebpm.read_pilot('.').evaluate()\n\n# %%\nprint(evaluation.headline.interval())\n\n# %%\nevaluation.plot();\n",
        encoding="utf-8",
    )
    text = (folder / "pilot.yaml").read_text(encoding="utf-8")
    (folder / "pilot.yaml").write_text(text.replace("limits:", "notebook: small.py\nlimits:"), encoding="utf-8")
    assert run_one(folder, Wish()).ok
    return folder


@pytest.fixture
def with_notebook(_ready_with_notebook, tmp_path):
    """Return the small pilot with a notebook, run."""
    return Path(shutil.copytree(_ready_with_notebook, tmp_path / "noted" / "pilots" / "small"))
