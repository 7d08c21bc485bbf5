"""Write docs/codes.md: every notice with why, what to do and its source, in both languages, from ebpm/texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ebpm.texts import entries, label

PAGE = Path(__file__).with_name("codes.md")
HEAD = """\
# Codes / 符号

Written by `docs/make_codes.py` from `ebpm/texts`; `ebpm explain CODE` says the same. The codes of logic models (LM0xx) have
[pages of their own](rules/README.md).
"""
ROOMS = {
    "T": "Tables and contracts / 表と契約",
    "R": "Trials / ランダム化比較試験",
    "S": "Surveys / 調査",
    "D": "Differences in differences / 差の差",
    "I": "Time series / 時系列",
    "C": "Cohorts / コホート",
    "P": "Pilots, plans, evidence / パイロット・計画・エビデンス",
    "X": "Disclosure / 秘匿",
}


def page() -> str:
    """Return the page: one part a room, one section a code."""
    notices = {code: text for code, text in sorted(entries("notice").items()) if not code.startswith("LM")}
    strange = sorted(code for code in notices if code[0] not in ROOMS)
    if strange:
        raise ValueError(f"codes of no room: {', '.join(strange)}")
    return HEAD + "".join(
        f"\n## {title}\n" + "".join(_section(code, text) for code, text in notices.items() if code.startswith(letter))
        for letter, title in ROOMS.items()
    )


def _section(code: str, text: Mapping[str, Any]) -> str:
    severity = [label(f"severity_{text['severity']}", lang) for lang in ("ja", "en")]
    return f"""
### {code} {text["title"]["ja"]} / {text["title"]["en"]}

*{" / ".join(severity)}*

- なぜ: {text["why"]["ja"]} 直し方: {text["remedy"]["ja"]}
- Why: {text["why"]["en"]} What to do: {text["remedy"]["en"]}
- {text["source"]}
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
