"""Code and commands of the written pages run, or at least parse, as they stand."""

from __future__ import annotations

import re
import shlex

import pytest

import ebpm
from ebpm.cli import parser
from tests.architecture.source import ROOT

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ELSEWHERE = ("SparkSession",)  # needs a cluster


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", ["docs/large_tables.md", "docs/moments.md"])
def test_python_runs(page, tmp_path, monkeypatch):
    from tests.pilot.any_size import PILOT, homes

    (tmp_path / "readings").mkdir()
    homes(0, 400).to_parquet(tmp_path / "readings" / "homes.parquet")
    monkeypatch.chdir(tmp_path)
    found = [block for block in blocks(page, "python") if not any(word in block for word in ELSEWHERE)]
    assert found
    with_records = ebpm.read_pilot(ROOT / "pilots" / "cardiac_rehab")
    for block in found:
        code = re.sub(r"  #.*", "", block)
        exec(compile(code, page, "exec"), {"ebpm": ebpm, "pilot": PILOT if "meters" in code else with_records})


@pytest.mark.parametrize("page", ["docs/analyst.md", "docs/trainer.md"])
def test_python_of_the_ways_in_runs(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    for block in blocks(page, "python"):
        exec(compile(re.sub(r"  #.*", "", block), page, "exec"), {"ebpm": ebpm})


COMMANDS = [
    (page, line)
    for page in PAGES
    for block in blocks(page, "console")
    for line in (line.partition("  #")[0].strip() for line in block.splitlines())
    if line.startswith("ebpm ") and page.startswith("docs/")
]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_parse(page, line):
    assert callable(parser().parse_args(shlex.split(line)[1:]).command)


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_every_command_stands_in_the_readme(page):
    from ebpm.commands import COMMANDS as ALL

    (listed,) = [block for block in blocks(page, "console") if "ebpm lint" in block]
    words = set(re.findall(r"\w+", listed))
    assert [command.name for command in ALL if command.name not in words] == []
