"""Every rule has a page, every page is current, and nothing else stands beside them."""

from __future__ import annotations

import runpy

import pytest

from ebpm.logic.rules import RULES
from tests.architecture.source import ROOT

MADE = runpy.run_path(str(ROOT / "docs" / "make_rules.py"))
FOLDER = MADE["PAGE"].parent


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_the_page_of_a_rule_is_current(code):
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    assert text == MADE["pages"]()[code], "run python docs/make_rules.py and read the difference"


def test_there_are_no_other_pages():
    assert {file.stem for file in FOLDER.iterdir()} == {rule.code for rule in RULES} | {"README"}


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_the_examples_differ_in_little(code):
    bad, good = MADE["_excerpts"](code)
    assert bad != good
    assert len(bad.splitlines()) <= 20
    assert len(good.splitlines()) <= 20
