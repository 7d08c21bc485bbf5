"""What notices and errors may tell of the records behind an evaluation: neither who is in them nor how few."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from importlib.resources import files
from math import isfinite
from types import MappingProxyType
from typing import Any

from ebpm.data.withheld import WITHHELD, facts_without_records, without_records
from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.scanning.known import Known, bare
from ebpm.disclosure.scanning.matching import TOKEN
from ebpm.errors import EbpmError
from ebpm.estimate import Estimates
from ebpm.notices import Facts, Notice, Notices
from ebpm.pilot.leaving.contributors import counts_persons
from ebpm.pilot.result import Result
from ebpm.pilot.spec import PilotSpec
from ebpm.texts import label, said

_FACTS = tomllib.loads(files("ebpm.pilot.leaving").joinpath("facts.toml").read_text(encoding="utf-8"))
PERSONS, OTHERS = frozenset(_FACTS["persons"]), frozenset(_FACTS["others"])
"""Facts that count persons or rows of them, or are one less than such a count; facts that do not. One in neither is held to do so."""
SHARES = frozenset(_FACTS["shares"])
"""Facts from which, beside the size of the table, a count follows."""
DOMINANT: Mapping[str, str] = MappingProxyType(_FACTS["dominant"])
"""Shares of a sum that one contributor makes."""
NOT_PERSONS = MappingProxyType({code: frozenset(names) for code, names in _FACTS["not_persons"].items()})
EXTREMES = MappingProxyType({code: frozenset(names) for code, names in _FACTS["extremes"].items()})
"""Smallest and largest values."""
OF_FILES = re.compile(r"T0[0-3]\d|I\d|LM|X60[1236]|X6[23]|its_|data_|moments_|pilot_")
"""Codes of what counts cells of a file, periods of a series, or what was found in a page."""
LISTED = re.compile(r"\d[\d,]*(\s*[,/;]\s*\d+)*")
OF_ONE = frozenset({"unit", "units", "person", "persons"})
"""Facts of errors that are names of persons where they are words."""
ALONE, FEW = "D202", "D213"
"""A cohort of one unit; one of a few."""
NOBODY = "–"


@dataclass(frozen=True, slots=True)
class Fewer:
    """The place of a count that is too small to be told.

    Parameters
    ----------
    least : the smallest that may be.
    """

    least: int

    def words(self, lang: str | None = None) -> str:
        return label("disclosure_fewer", lang, least=self.least)

    def __str__(self) -> str:
        return self.words()


@dataclass(frozen=True)
class Telling:
    """What may be told of some tables.

    Parameters
    ----------
    spec : the pilot's.
    tables : whose records must stay.
    """

    spec: PilotSpec
    tables: tuple[Known, ...]

    @cached_property
    def named(self) -> frozenset[str]:
        """Those who are in the tables."""
        return frozenset(value for table in self.tables for value in table.identifiers)

    def least(self, analysis: str) -> int:
        """Return the smallest count that may be told of the persons, or bodies, of an analysis; of all tables where none is named."""
        used = {one.data for one in self.spec.plan if one.id == analysis} or {one.id for one in self.spec.data}
        rules: Disclosure = self.spec.disclosure
        bodies = all(counts_persons(one) for one in self.spec.data if one.id in used)
        return rules.min_units if bodies else rules.min_cell

    def notices(self, notices: Notices) -> Notices:
        """Return notices without values of records, without who is in them, and without small counts."""
        told = tuple(map(self._notice, without_records(notices)))
        same = all(one is other for one, other in zip(told, notices, strict=True))
        return notices if same else Notices(tuple(dict.fromkeys(told)))

    def _notice(self, notice: Notice) -> Notice:
        facts = self._facts(notice.code, notice.facts, self.least(notice.within))
        about = NOBODY if self._names(notice.about) else notice.about
        if notice.code == ALONE and isinstance(facts["units"], Fewer):
            return replace(
                notice, code=FEW, about=about, facts=MappingProxyType(facts | {"least": facts["units"].least})
            )
        same = about == notice.about and all(facts[name] is value for name, value in notice.facts.items())
        return notice if same else replace(notice, about=about, facts=MappingProxyType(facts))

    def result(self, result: Result) -> Result:
        """Return a result whose own notices tell no small count; a value that cannot be told otherwise gives way to its estimates."""
        estimates = result.estimates
        told = self._within(estimates.notices, result)
        if told is not estimates.notices:
            estimates = replace(estimates, notices=told)
        value = estimates if result.value is result.estimates else self._retold(result.value, estimates, result)
        same = estimates is result.estimates and value is result.value
        return result if same else replace(result, estimates=estimates, value=value)

    def _retold(self, value: Any, instead: Estimates, result: Result) -> Any:
        """Return what a routine gave with its notices as they may be told, where they are its own to change; else its estimates."""
        before = value.notices
        told = self._within(before, result)
        if told is not before:
            own = "notices" in {one.name for one in fields(value) if one.init}
            value = replace(value, notices=told) if own else instead
        if isinstance(value, Estimates):
            return value
        further = value.estimates.notices
        return value if further == told or self._within(further, result) is further else instead

    def _within(self, notices: Notices, result: Result) -> Notices:
        """Return the notices of a result as they may be told of the persons of its analysis; the same where that is so."""
        placed = Notices(tuple(replace(one, within=result.analysis.id) for one in notices))
        told = self.notices(placed)
        return notices if told is placed else Notices(tuple(replace(one, within="") for one in told))

    def error(self, error: EbpmError, analysis: str = "") -> EbpmError:
        """Return an error without values of records, without who is in them, and without small counts.

        Parameters
        ----------
        error : of an analysis.
        analysis : its id.
        """
        facts = self._facts(error.entry, self._without_one(facts_without_records(error.facts)), self.least(analysis))
        return type(error)(error.entry, **facts)

    def _without_one(self, facts: Mapping[str, object]) -> dict[str, object]:
        hidden = {name for name in OF_ONE & facts.keys() if not isinstance(facts[name], int | float)}
        hidden |= {"value", "dose"} & facts.keys() if hidden else set()
        return {name: WITHHELD if name in hidden else value for name, value in facts.items()}

    def _facts(self, code: str, facts: Facts, least: int) -> dict[str, object]:
        others = NOT_PERSONS.get(code, frozenset())
        persons = frozenset() if OF_FILES.match(code) else facts.keys() - OTHERS - SHARES - others
        found = {name: self._fact(value, least, counts=name in persons) for name, value in facts.items()}
        few = any(isinstance(one, Fewer) for one in found.values())
        derived = SHARES - others if few else frozenset({DOMINANT.get(code)})
        derived |= frozenset() if self.spec.disclosure.extremes else EXTREMES.get(code, frozenset())
        return {name: WITHHELD if name in derived else value for name, value in found.items()}

    def _fact(self, value: object, least: int, *, counts: bool) -> object:
        if isinstance(value, EbpmError):
            return self.error(value)
        if counts and any(0 < one < least for one in _counts(value)):
            return Fewer(least)
        if isinstance(value, int | float):
            return value
        return WITHHELD if any(self._names(str(said(value, lang))) for lang in ("ja", "en")) else value

    def _names(self, text: str) -> bool:
        return bool({bare(token) for token in TOKEN.findall(text)} & self.named)


def _counts(value: Any) -> Iterable[float]:
    """Return the whole numbers that a fact is: one, or several as text."""
    if isinstance(value, int | float):
        return (value,) if isfinite(value) and value == int(value) else ()
    text = str(value)
    if not LISTED.fullmatch(text):
        return ()
    parts = re.split(r"\s*[/;]\s*|,\s+", text)
    return [int(part.replace(",", "")) for part in parts]
