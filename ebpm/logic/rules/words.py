"""Facts that are words, said in the language of the message."""

from __future__ import annotations

from dataclasses import dataclass

from ebpm.texts import label

BLANK = frozenset({"", "-", "－", "ー", "―", "–", "…", "n/a", "none", "unknown", "tbd", "なし", "不明", "未定"})
"""Words that stand for nothing."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A label of the texts with its facts; `codes` are labels that are listed in place of `{words}`."""

    code: str
    facts: tuple[tuple[str, object], ...] = ()
    codes: tuple[str, ...] = ()

    def words(self, lang: str | None = None) -> str:
        listed = label("logic_comma", lang).join(label(code, lang) for code in self.codes)
        return label(self.code, lang, words=listed, **dict(self.facts))

    def __str__(self) -> str:
        return self.words()
