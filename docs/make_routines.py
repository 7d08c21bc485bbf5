"""Write docs/routines.md: every public routine with its sentence and its sources, from the docstrings and docs/routines_ja.toml."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import ebpm

PAGE = Path(__file__).with_name("routines.md")
NAMES = tomllib.loads(PAGE.with_name("routines_ja.toml").read_text(encoding="utf-8"))
HEAD = """\
# Routines / 手法の一覧

Written by `docs/make_routines.py` from the docstrings and `docs/routines_ja.toml`. Parameters, errors, formulas, assumptions and an example of each stand in
`help(ebpm.did.att_gt)` and on the website of this documentation (`make html`).
"""
ROOMS = {
    "rct": "Randomised trials / ランダム化比較試験",
    "did": "Differences in differences / 差の差",
    "its": "Interrupted time series / 分割時系列",
    "cohort": "Cohorts / コホート",
    "survey": "Sample surveys / 標本調査",
    "logic": "Logic models / ロジックモデル",
    "data": "Data / データ",
    "moments": "Moments / モーメント",
}
COLUMNS = "| routine | 手法 | what it does | source |\n| --- | --- | --- | --- |\n"


def page() -> str:
    """Return the page: one table a room."""
    return HEAD + "".join(
        f"\n## `ebpm.{room}`: {title}\n\n{COLUMNS}{''.join(_rows(room))}" for room, title in ROOMS.items()
    )


def _rows(room: str) -> Iterator[str]:
    module = getattr(ebpm, room)
    for name in sorted(module.__all__):
        routine = getattr(module, name)
        if inspect.isfunction(routine):
            yield f"| `{name}` | {NAMES[room][name]} | {_sentence(routine)} | {_source(routine)} |\n"


def _sentence(routine: Callable[..., object]) -> str:
    return _cell((inspect.getdoc(routine) or "").split("\n\n")[0])


def _source(routine: Callable[..., object]) -> str:
    found = re.search(r"^Sources?: (.*?)(?:\n\n|\Z)", inspect.getdoc(routine) or "", re.DOTALL | re.MULTILINE)
    return _cell(found[1]) if found else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
