"""Numbers as offices write them: full-width digits, thousands separators, ▲ for minus, the unit behind the number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
SPACES = " \t\r\n\v\f\u3000\u00a0\u200b\ufeff"
_MINUS_MARKS = "－−‐‑–▲△﹣"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_INEXACT = re.compile(r"約|およそ|概ね|程度|前後|ほど|以上|以下|未満|超")
_WITH_UNIT = re.compile(r"[+-]?[0-9][0-9,.]*\s*[^0-9,.\s+\-~〜()/:][^0-9,.]*")
_BEYOND = 2**63


class Refused(ValueError):  # noqa: N818 - the reader's word for a cell that it does not take
    """A cell that cannot be read; the code is that of its notice."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value and the codes of the repairs that its reading needed."""

    value: Any
    repairs: tuple[str, ...] = ()


def number(text: str, *, unit: str = "") -> Parsed:
    """Read a number.

    Parameters
    ----------
    text : the cell, without spaces around it.
    unit : the declared unit; written behind the number it is taken off.

    Raises
    ------
    Refused : for a value that is approximate, carries another unit, has misplaced separators or is no number.

    Examples
    --------
    >>> from ebpm.data.numerals import number
    >>> number("▲１２，３４５").value
    -12345.0
    """
    digits, repairs = _digits(text, unit)
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise Refused("T036")
    return Parsed(value, repairs)


def integer(text: str, *, unit: str = "") -> Parsed:
    """Read a whole number that 64 bits hold.

    Raises
    ------
    Refused : as `number`; and for a fraction, or for digits that a spreadsheet has rounded away (1.2E+11).
    """
    digits, repairs = _digits(text, unit)
    whole, point, fraction = digits.partition(".")
    if "e" in digits.lower():
        raise Refused("T036")
    if fraction.strip("0") or whole.strip("+-") == "":
        raise Refused("T022")
    value = int(whole)
    if not -_BEYOND <= value < _BEYOND:
        raise Refused("T036")
    return Parsed(value, (*repairs, "T012") if point else repairs)


def normal(text: str) -> str:
    """Return text in Unicode normal form KC, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip(SPACES)


def _digits(text: str, unit: str) -> tuple[str, tuple[str, ...]]:
    repairs: list[str] = []
    if text[0] in _MINUS_MARKS:
        text = "-" + text[1:].lstrip()
        repairs.append("T005")
    plain = _narrow(text, repairs)
    plain = _without_unit(plain, unit, repairs)
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
        repairs.append("T004")
    if not _NUMBER.fullmatch(plain):
        raise Refused(_reason(plain))
    return plain, tuple(repairs)


def _narrow(text: str, repairs: list[str]) -> str:
    narrow = text.translate(_WIDE)
    if narrow != text:
        repairs.append("T003")
    return narrow


def _without_unit(text: str, unit: str, repairs: list[str]) -> str:
    sign = unit.translate(_WIDE)
    if not sign or not text.endswith(sign) or text == sign:
        return text
    repairs.append("T009")
    return text.removesuffix(sign).rstrip()


def _reason(text: str) -> str:
    if _INEXACT.search(text):
        return "T021"
    if _WITH_UNIT.fullmatch(text):
        return "T024"
    return "T023" if re.fullmatch(r"[+-]?[0-9][0-9,.]*", text) else "T020"
