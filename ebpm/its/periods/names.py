"""What periods, and terms that hold one, are called in each language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ebpm.errors import DesignError
from ebpm.texts import LANGUAGES, Words, coined, label, words

_FISCAL = re.compile(r"\bFY(\d{4})\b")
_DATED = re.compile(r"((?:level|slope|pulse)_change|effect_at)_(.+)")
_SERIES = re.compile(r"(exposed|comparison)_(.+)")
_NUMBERED = re.compile(r"([a-z_]+?)(?:_(\d+))?")
NUMBERED = ("month", "quarter", "weekday", "cos", "sin", "ar", "ma", "seasonal_ar", "seasonal_ma")
PLAIN = ("weekdays", "holidays", "days", "fiscal_year_end", "fiscal_year_start", "decay")


class Period(str):
    """The name of one or more periods, in which fiscal years are said in the language of the reader.

    Examples
    --------
    >>> from ebpm.its.periods.names import Period
    >>> str(Period("FY2019")), Period("FY2019, FY2020").words("ja"), Period("2019-04").words("ja")
    ('FY2019', '2019年度, 2020年度', '2019-04')
    """

    __slots__ = ()

    def words(self, lang: str | None = None) -> str:
        """Return the name in a language."""
        return _FISCAL.sub(lambda year: label("its_fiscal_year", lang, year=year[1]), str(self))


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of periods: "month", "quarter", "year", "fiscal", "week", "day", "number"."""

    codes: tuple[str, ...]

    def words(self, lang: str | None = None) -> str:
        """Return them in a language."""
        return ", ".join(label(f"its_kind_{code}", lang) for code in self.codes)

    def __str__(self) -> str:
        return self.words()


def kinds(codes: str | Iterable[str]) -> Kinds:
    """Return one kind or several."""
    return Kinds((codes,) if isinstance(codes, str) else tuple(codes))


def distinct(names: Sequence[str]) -> None:
    """Refuse terms of one name, such as a covariate that is called as a term of the model is.

    Raises
    ------
    DesignError : naming them.
    """
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DesignError("its_same_names", names=", ".join(twice))


def term_words(term: str) -> Words:
    """Return what a reader calls a term, with its period, series or number; nothing where it is the name of a column."""
    if known := coined(term):
        return known
    return _around(term) or _numbered(term)


def _around(term: str) -> Words:
    """Words of a term with a period or a series about another one."""
    if dated := _DATED.fullmatch(term):
        if dated[1] == "effect_at":
            return {lang: Period(dated[2]).words(lang) for lang in LANGUAGES}
        known = coined(dated[1])
        return {lang: f"{words(known, lang)} [{Period(dated[2]).words(lang)}]" for lang in LANGUAGES}
    if (own := _SERIES.fullmatch(term)) and (known := term_words(own[2])):
        return {lang: label(f"its_of_{own[1]}", lang, term=words(known, lang)) for lang in LANGUAGES}
    return ""


def _numbered(term: str) -> Words:
    """Words of a term of the season or of the errors, which may hold a number."""
    parts = _NUMBERED.fullmatch(term)
    if parts and (parts[1] in NUMBERED) == bool(parts[2]) and parts[1] in (*NUMBERED, *PLAIN):
        return {lang: label(f"its_term_{parts[1]}", lang, number=parts[2] or "") for lang in LANGUAGES}
    return ""
