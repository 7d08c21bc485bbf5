"""Fiscal years as people say them."""

from __future__ import annotations

from dataclasses import dataclass

from ebpm.texts import label, language

ERAS = ((2019, "令和"), (1989, "平成"), (1926, "昭和"))


@dataclass(frozen=True, slots=True, order=True)
class FiscalYear:
    """A Japanese fiscal year, named after the year in which its April lies.

    Examples
    --------
    >>> from ebpm.logic.fiscal import FiscalYear
    >>> FiscalYear(2018).words("ja"), FiscalYear(2019).words("ja"), FiscalYear(2020).words("en")
    ('平成30年度', '令和元年度', 'FY2020')
    """

    year: int

    def words(self, lang: str | None = None) -> str:
        """Return the year by its era in Japanese, by its number in English."""
        return label("fiscal_year", lang, name=self._name(lang))

    def _name(self, lang: str | None) -> str:
        if language(lang) == "en":
            return str(self.year)
        first, era = next(((first, era) for first, era in ERAS if self.year >= first), (0, ""))
        count = self.year - first + 1
        return f"{era}{'元' if count == 1 else count}" if era else str(self.year)

    def __str__(self) -> str:
        return str(self.year)
