"""Errors in three parts: what is wrong, what was given and where, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ebpm.texts import entry, spoken, words

SHOWN = 40


class EbpmError(Exception):
    """An error with a code, whose three parts stand in `ebpm/texts` in Japanese and English.

    Parameters
    ----------
    code : the entry `error.<code>` of the texts, which may name the code of an error that says the same of other data.
    facts : what the templates need: names, values, places.
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code)
        self.entry = code
        self.facts = facts

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.entry, self.facts)

    @property
    def code(self) -> str:
        """What the error is of: the same in memory and where tables are summed."""
        return str(entry("error", self.entry).get("code", self.entry))

    def __str__(self) -> str:
        return self.explain()

    def _part(self, name: str, lang: str | None) -> str:
        return words(entry("error", self.entry)[name], lang).format(**spoken(self.facts, lang))

    def what(self, lang: str | None = None) -> str:
        """Return what is wrong."""
        return self._part("what", lang)

    def given(self, lang: str | None = None) -> str:
        """Return what was given, and where."""
        return self._part("given", lang)

    def remedy(self, lang: str | None = None) -> str:
        """Return what to do."""
        return self._part("remedy", lang)

    def explain(self, lang: str | None = None) -> str:
        """Return the three parts, one a line."""
        return "\n".join((self.what(lang), "  " + self.given(lang), "  → " + self.remedy(lang)))


class SpecError(EbpmError):
    """A logic model, a pilot or another declaration is not as its schema says."""


class DataError(EbpmError):
    """A file or a column does not hold what it should."""


class DesignError(EbpmError):
    """The data cannot support the analysis that was asked for."""


def _rebuild(kind: type[EbpmError], code: str, facts: dict[str, object]) -> EbpmError:
    return kind(code, **facts)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the known name nearest to `name`; where none is near all of them, or the first of many."""
    names = [str(one) for one in known]
    more = ["..."] if len(names) > SHOWN else []
    return ", ".join(get_close_matches(str(name), names, n=1) or [*names[:SHOWN], *more])
