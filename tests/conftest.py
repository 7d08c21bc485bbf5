"""What every test shares: English words, no windows, no figure left open, snapshots that can be written again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ebpm.texts import speaking

os.environ.setdefault("MPLBACKEND", "Agg")
SNAPSHOTS = Path(__file__).parent / "snapshots"


def pytest_addoption(parser):
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots again; read the difference")


@pytest.fixture(autouse=True)
def _english():
    with speaking("en"):
        yield


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def snapshot(request):
    """Return a check that a text is the one kept under a name in tests/snapshots."""

    def check(name: str, text: str) -> None:
        file = SNAPSHOTS / name
        if request.config.getoption("--update-snapshots"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text, f"{name} differs: run pytest --update-snapshots, read the diff"

    return check
