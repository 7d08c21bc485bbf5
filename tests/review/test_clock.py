"""Results do not change with the day on which they are made."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pytest

import ebpm
from ebpm.logic import lint, read_logic_model

ROOT = Path(__file__).parents[2]


class LongAfter(dt.date):
    """A calendar of another year."""

    @classmethod
    def today(cls) -> dt.date:
        return dt.date(2046, 1, 2)


@pytest.mark.parametrize("pilot", ["student_energy_saving", "cardiac_rehab"])
def test_the_lint_of_a_frozen_pilot_is_that_of_the_day_of_its_lock(pilot, monkeypatch):
    folder = ROOT / "pilots" / pilot
    before = ebpm.read_pilot(folder).notices
    monkeypatch.setattr(sys.modules["ebpm.logic.lint"], "date", LongAfter)
    assert ebpm.read_pilot(folder).notices == before


def test_the_lint_of_a_model_goes_by_the_day():
    model = read_logic_model(ROOT / "logic_models" / "student_energy_saving.yaml")
    early, late = (lint(model, profile="pilot-evaluation", on=day) for day in ("2026-11-23", "2046-01-02"))
    assert "LM039" in late.codes
    assert "LM039" not in early.codes
