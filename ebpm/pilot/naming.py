"""What readers call the terms of an analysis: codes of the contract by their labels, and units."""

from __future__ import annotations

from collections.abc import Mapping

from ebpm.data import DataSet
from ebpm.estimate import Estimates
from ebpm.pilot.spec import Analysis, PilotSpec
from ebpm.texts import LANGUAGES, Words, words

BETWEEN = " - "


def labelled(estimates: Estimates, analysis: Analysis, spec: PilotSpec) -> Estimates:
    """Return the estimates with the contract's unit, and its labels in the place of codes."""
    dataset = next(one for one in spec.data if one.id == analysis.data)
    return estimates.named(_names(estimates, _codes(dataset, analysis))).in_unit(_unit(dataset, analysis))


def _codes(dataset: DataSet, analysis: Analysis) -> Mapping[str, Words]:
    shown = {analysis.outcome, *(name for name in analysis.arguments.values() if isinstance(name, str))}
    columns = [column for column in dataset.columns if column.name in shown]
    return {str(code): text for column in columns for code, text in column.codes.items()}


def _names(estimates: Estimates, codes: Mapping[str, Words]) -> Mapping[str, Words]:
    """Return names of the terms that are codes, or differences of codes."""
    parts = {term: term.split(BETWEEN) for term in estimates.terms}
    known = {term: [codes[part] for part in found] for term, found in parts.items() if codes.keys() >= set(found)}
    return {
        term: {lang: BETWEEN.join(words(text, lang) for text in found) for lang in LANGUAGES}
        for term, found in known.items()
    }


def _unit(dataset: DataSet, analysis: Analysis) -> Words:
    if analysis.unit:
        return analysis.unit
    return next((column.unit for column in dataset.columns if column.name == analysis.outcome), "")
