"""One evaluated pilot for all tests of reports."""

from pathlib import Path

import pytest

import ebpm

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def evaluation():
    return ebpm.read_pilot(ROOT / "pilots" / "student_energy_saving").evaluate()
