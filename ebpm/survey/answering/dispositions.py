"""Final dispositions of the cases of a survey and the outcome rates of AAPOR's Standard Definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ebpm.errors import DataError
from ebpm.estimate import Number, Unavailable
from ebpm.moments.labels import label_of

CLASSES = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")
BY_CODE: Mapping[str, str] = MappingProxyType({
    "1.1": "I", "1.2": "P", "2.1": "R", "2.2": "NC", "2.3": "O", "3.1": "UH", "3.2": "UO", "3.3": "UO", "3.9": "UO", "4": "NE",
})  # fmt: skip


def class_of(code: object, classes: Mapping[str, str], column: str) -> str:
    """Return the class of a disposition.

    Parameters
    ----------
    code : a class ("I", "P", "R", "NC", "O", "UH", "UO", "NE"), a final disposition code of AAPOR (1.1, 2.11, 4.7), or one of `classes`.
    classes : code -> class.
    column : for the message.

    Raises
    ------
    DataError : if the code has no class.
    """
    name = label_of(code)
    found = classes.get(name, name)
    if found in CLASSES:
        return found
    if name not in classes:
        for known, kind in BY_CODE.items():
            if found.startswith(known) and found.replace(".", "").isdigit():
                return kind
    raise DataError("survey_disposition", column=column, code=name, found=found, classes=", ".join(CLASSES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Counts (or sums of weights) of the cases by final disposition.

    Parameters
    ----------
    I, P : complete and partial interviews.
    R, NC, O : eligible cases that refused or broke off, were not reached, or gave no interview for other reasons.
    UH, UO : cases of unknown eligibility: unknown whether there is a household; other.
    NE : cases that are not eligible.
    """

    I: float = 0.0  # noqa: E741  AAPOR's letters
    P: float = 0.0
    R: float = 0.0
    NC: float = 0.0
    O: float = 0.0  # noqa: E741
    UH: float = 0.0
    UO: float = 0.0
    NE: float = 0.0

    @property
    def answered(self) -> float:
        return self.I + self.P

    @property
    def eligible(self) -> float:
        return self.answered + self.R + self.NC + self.O

    @property
    def unknown(self) -> float:
        return self.UH + self.UO

    @property
    def proportional(self) -> float:
        """The share eligible among the cases of known eligibility: the proportional allocation of e; 1 where there are none."""
        known = self.eligible + self.NE
        return self.eligible / known if known > 0.0 else 1.0

    @property
    def spoken(self) -> float:
        """Cases in which somebody was spoken to."""
        return self.answered + self.R + self.O

    @property
    def able(self) -> float:
        """Cases in which somebody was spoken to who could have answered."""
        return self.answered + self.R


RATES: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "RR1": ("I", "eligible", "all"), "RR2": ("answered", "eligible", "all"),
    "RR3": ("I", "eligible", "e"), "RR4": ("answered", "eligible", "e"),
    "RR5": ("I", "eligible", "none"), "RR6": ("answered", "eligible", "none"),
    "COOP1": ("I", "spoken", "none"), "COOP2": ("answered", "spoken", "none"),
    "COOP3": ("I", "able", "none"), "COOP4": ("answered", "able", "none"),
    "REF1": ("R", "eligible", "all"), "REF2": ("R", "eligible", "e"), "REF3": ("R", "eligible", "none"),
    "CON1": ("spoken", "eligible", "all"), "CON2": ("spoken", "eligible", "e"), "CON3": ("spoken", "eligible", "none"),
})  # fmt: skip


def rates(cases: Cases, eligibility: float) -> Iterator[tuple[str, Number]]:
    """Yield each rate with its value; a rate without cases is unavailable.

    Parameters
    ----------
    cases : counts by disposition.
    eligibility : e, the share eligible among the cases of unknown eligibility.

    Each is a count over cases of known eligibility plus all, e, or none of those of unknown eligibility.

    Source: AAPOR (2023), Standard Definitions, 10th ed.
    """
    counted = {"all": 1.0, "e": eligibility, "none": 0.0}
    for name, (top, known, unknown) in RATES.items():
        bottom = getattr(cases, known) + counted[unknown] * cases.unknown
        yield name, getattr(cases, top) / bottom if bottom > 0.0 else Unavailable("survey_rate_undefined")
