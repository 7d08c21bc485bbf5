"""What readers call the terms of an analysis: codes and columns of the contract by their labels, and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

from ebpm.data import DataSet
from ebpm.did.joint import OVERALL
from ebpm.estimate import Estimates
from ebpm.pilot.spec import Analysis, PilotSpec
from ebpm.texts import LANGUAGES, Words, called, calling, label, words

ARMS = ("assigned", "factors", "treatment")


def names_of(dataset: DataSet, coded: Sequence[str]) -> Mapping[str, Words]:
    """Return the labels of the columns of a contract, of the codes of some, and of what estimates say of both.

    Parameters
    ----------
    dataset : the contract.
    coded : columns whose codes are meant; where two use the same signs, the later one's.
    """
    found: dict[str, Words] = {one.name: one.label for one in dataset.columns}
    columns = {one.name: one for one in dataset.columns}
    for column in (columns[name] for name in coded if name in columns):
        found |= {str(code): text for code, text in column.codes.items()}
        found |= {f"{column.name} = {code}": _joined(" = ", column.label, text) for code, text in column.codes.items()}
        found |= {
            f"{column.name}: {one} - {other}": _joined(": ", column.label, _joined(" - ", text, against))
            for (one, text), (other, against) in permutations(column.codes.items(), 2)
        }
    return found


def names_in(analysis: Analysis, spec: PilotSpec) -> Mapping[str, Words]:
    """Return the labels of the columns that an analysis may speak of, and of the codes of those that it names, its arms last."""
    others = [name for value in analysis.arguments.values() for name in _texts(value)]
    arms = [name for key in ARMS for name in _texts(analysis.arguments.get(key))]
    known = names_of(_dataset(analysis, spec), [*others, analysis.outcome, *arms])
    return {**_derived(analysis, spec, known), **known}


def labelled(estimates: Estimates, analysis: Analysis, spec: PilotSpec) -> Estimates:
    """Return the estimates with the contract's unit, and its labels in the place of codes and columns.

    An estimate that has a unit of its own (a log ratio beside a difference) keeps it, unless it is the headline of an analysis that
    declares one.
    """
    given = _unit(_dataset(analysis, spec), analysis)
    declared = estimates.headline_term if analysis.unit else ""
    items = tuple(replace(one, unit=given if one.term == declared else one.unit or given) for one in estimates)
    unit = replace(estimates, items=items)
    unit = averaged(unit) if unit.headline.method.startswith("did.") else unit
    if estimates.kind != "coefficients":
        return unit
    bare = [one.term for one in estimates if not one.name]
    with calling(names_in(analysis, spec)):
        found = {term: {str(lang): called(term, lang) for lang in LANGUAGES} for term in bare}
    return unit.named({term: names for term, names in found.items() if set(names.values()) != {term}})


def averaged(estimates: Estimates) -> Estimates:
    """Return the estimates, an average over group-time effects with the name that readers use."""
    return estimates.named({OVERALL: {str(lang): label("did_overall", lang) for lang in LANGUAGES}})


def _derived(analysis: Analysis, spec: PilotSpec, known: Mapping[str, Words]) -> Mapping[str, Words]:
    """Return the names of logarithms and ratios of columns that have a label."""
    found: dict[str, Words] = {}
    for step in (one for one in spec.derive if one.data == analysis.data):
        if step.ratio and set(step.ratio) <= set(known):
            found[step.column] = _joined(" ÷ ", *(known[part] for part in step.ratio))
        elif step.log is not None and step.log in known:
            of = known[step.log]
            found[step.column] = {str(lang): label("derived_log", lang, of=words(of, lang)) for lang in LANGUAGES}
    return found


def _joined(joint: str, *parts: Words) -> Words:
    return {str(lang): joint.join(words(part, lang) for part in parts) for lang in LANGUAGES}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield from (part for part in value if isinstance(part, str))


def _dataset(analysis: Analysis, spec: PilotSpec) -> DataSet:
    return next(one for one in spec.data if one.id == analysis.data)


def _unit(dataset: DataSet, analysis: Analysis) -> Words:
    if analysis.unit:
        return analysis.unit
    return next((column.unit for column in dataset.columns if column.name == analysis.outcome), "")
