"""Write docs/glossary.md from the terms of ebpm/texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ebpm.texts import entries

PAGE = Path(__file__).with_name("glossary.md")
HEAD = """\
# Glossary / 用語集

Written by `docs/make_glossary.py` from `ebpm/texts`; change the words there.
"""
PARTS = {
    "policy": "Policy and evaluation / 政策と評価",
    "logic_model": "Logic models / ロジックモデル",
    "design": "Designs / 比較の設計",
    "effect": "Effects / 効果",
    "threats": "Threats to validity / 妥当性への脅威",
    "inference": "Inference / 推測",
    "survey": "Surveys / 調査",
    "reproduction": "Reproduction and disclosure / 再現と秘匿",
    "estimates": "Names of estimates / 推定値の名前",
}


def page() -> str:
    """Return the glossary as Markdown: one table a part, Japanese beside English."""
    return HEAD + "".join(_part(part, title) for part, title in PARTS.items())


def _part(part: str, title: str) -> str:
    terms = {slug: term for slug, term in entries("term").items() if term.get("part", "estimates") == part}
    rows = [_row(slug, terms[slug]) for slug in sorted(terms, key=lambda slug: terms[slug]["en"].lower())]
    return "\n".join((f"\n## {title}\n", "| 日本語 | English | code | note |", "| --- | --- | --- | --- |", *rows, ""))


def _row(slug: str, term: Mapping[str, Any]) -> str:
    note = " ".join(term["note"].values()) if "note" in term else ""
    return f"| {term['ja']} | {term['en']} | `{slug}` | {note} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
