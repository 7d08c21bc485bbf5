"""Copies of the pilots whose files a test may spoil."""

from __future__ import annotations

import shutil

import pytest

from tests.pilots.simulations import ENCODINGS, PILOTS, ROOT, Office


@pytest.fixture
def copied(tmp_path):
    """Copy a pilot and its logic model; return the folder."""

    def copy(slug):
        folder = tmp_path / "pilots" / slug
        folder.mkdir(parents=True)
        for name in ("pilot.yaml", "plan.lock"):
            shutil.copy(PILOTS / slug / name, folder)
        shutil.copytree(PILOTS / slug / "data", folder / "data")
        (tmp_path / "logic_models").mkdir()
        shutil.copy(ROOT / "logic_models" / f"{slug}.yaml", tmp_path / "logic_models")
        return folder

    return copy


@pytest.fixture
def spoilt(copied):
    """Copy a pilot and spoil one of its files; return the folder."""

    def spoil(slug, table, change):
        folder = copied(slug)
        office = Office(folder / "data" / f"{table}.csv", ENCODINGS[table])
        change(office)
        office.save()
        return folder

    return spoil
