"""What was done to sums before they left the office: what is withheld and why, and how far rounded sums can be off."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ebpm.texts import label


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that is not in a moment file.

    Parameters
    ----------
    group : what readers call it; empty where it is the analysis as a whole.
    reason : label of the reason.
    """

    group: str
    reason: str

    def words(self, lang: str | None = None) -> str:
        """Return group and reason."""
        said = label(self.reason, lang) if self.reason else ""
        return ": ".join(part for part in (self.group, said) if part)


class Said:
    """A label with its facts, in the language in which it is read.

    Parameters
    ----------
    code : of the label.
    facts : that it names.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code, self.facts = code, facts

    def words(self, lang: str | None = None) -> str:
        """Return the label in one language."""
        return label(self.code, lang, **self.facts)


@dataclass(frozen=True, slots=True)
class Within:
    """How far rounded sums can lie from the true ones.

    Parameters
    ----------
    sums, products : the largest distance, in the unit of the outcome and in its square.
    """

    sums: Fraction = Fraction(0)
    products: Fraction = Fraction(0)

    def __add__(self, other: Within) -> Within:
        """Return how far the sums of two tables together can lie from the true ones."""
        return Within(self.sums + other.sums, self.products + other.products)

    def __bool__(self) -> bool:
        return bool(self.sums or self.products)
