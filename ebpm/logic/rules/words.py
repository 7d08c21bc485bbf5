"""Facts that are words, said in the language of the message."""

from __future__ import annotations

from dataclasses import dataclass

from ebpm.texts import label


@dataclass(frozen=True, slots=True)
class Phrase:
    """A label of the texts with its facts; `codes` are labels that are listed in place of `{words}`."""

    code: str
    facts: tuple[tuple[str, object], ...] = ()
    codes: tuple[str, ...] = ()

    def words(self, lang: str | None = None) -> str:
        listed = label("logic_comma", lang).join(label(code, lang) for code in self.codes)
        return label(self.code, lang, words=listed, **dict(self.facts))
