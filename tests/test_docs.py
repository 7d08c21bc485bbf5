"""Generated pages are as their generators would write them today."""

from __future__ import annotations

import runpy

import pytest

from tests.architecture.source import ROOT


@pytest.mark.parametrize("script", sorted(file.name for file in (ROOT / "docs").glob("make_*.py")))
def test_a_generated_page_is_current(script):
    made = runpy.run_path(str(ROOT / "docs" / script))
    kept = made["PAGE"].read_text(encoding="utf-8")
    assert kept == made["page"](), f"run make docs and read the difference of {made['PAGE'].name}"


def test_every_benchmark_that_misses_its_aim_says_why():
    sections = runpy.run_path(str(ROOT / "docs" / "make_benchmark_table.py"))["page"]().split("\n## ")[1:]
    assert [one.splitlines()[0] for one in sections if "**Missed.**" in one and "- Why: " not in one] == []
