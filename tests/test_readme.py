"""The walk of both README files runs as it stands, and is the same walk."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT

PAGES = ("README.md", "README.ja.md")


def walk(page: str) -> str:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return block


def code(page: str) -> list[str]:
    return [line.partition("  #")[0].rstrip() for line in walk(page).splitlines() if line.strip()]


def test_the_walk_runs_and_leaves_a_report(tmp_path, monkeypatch, capsys):
    for room in ("pilots", "logic_models"):
        (tmp_path / room).symlink_to(ROOT / room)
    monkeypatch.chdir(tmp_path)
    exec(compile(walk("README.md"), "README.md", "exec"), {})
    assert '<html lang="ja">' in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "割付けに基づく効果" in capsys.readouterr().out


def test_the_walk_is_short_and_the_same_in_both_languages():
    assert code("README.md") == code("README.ja.md")
    assert len(code("README.md")) <= 12


@pytest.mark.parametrize(
    "page", [*PAGES, "CONTRIBUTING.md", *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))]
)
def test_every_link_leads_somewhere(page):
    file = ROOT / page
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_is_named_exists(page):
    targets = set(re.findall(r"^make ([a-z-]+)", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE))
    assert targets
    assert all(
        re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE) for target in targets
    )
