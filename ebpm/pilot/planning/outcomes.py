"""Which columns are outcomes, and tables from which they are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ebpm.data import Reading
from ebpm.pilot.spec import Derive, PilotSpec

FURTHER = ("also", "outcomes")
"""Arguments by which a plan names more outcomes than one."""


def outcome_columns(spec: PilotSpec) -> dict[str, tuple[str, ...]]:
    """Return the columns of each contract that hold outcomes: by their role, or because an analysis is about them."""
    found = {
        dataset.id: {column.name for column in dataset.columns if column.role == "outcome"} for dataset in spec.data
    }
    for analysis in spec.plan:
        found[analysis.data] |= {analysis.outcome, *_further(analysis.arguments)}
    for step in reversed(spec.derive):
        if step.column in found[step.data]:
            found[step.data] |= set(_sources(step))
    return {
        dataset.id: tuple(one.name for one in dataset.columns if one.name in found[dataset.id]) for dataset in spec.data
    }


def _further(arguments: Mapping[str, object]) -> Iterator[str]:
    for name in FURTHER:
        value = arguments.get(name, ())
        yield from (str(one) for one in (value if isinstance(value, list | tuple) else (value,)))


def _sources(step: Derive) -> tuple[str, ...]:
    """Return the measured quantity that an outcome is derived from; the second of two is its exposure or its baseline."""
    pair = step.ratio or step.difference or step.equals or step.scale
    one = str(pair[0]) if pair else step.positive or step.log
    return (one,) if one else ()


def without_outcomes(readings: Mapping[str, Reading], spec: PilotSpec) -> tuple[dict[str, Reading], PilotSpec]:
    """Return the readings without their outcomes, and the spec without the steps that derive columns from these."""
    gone = {name: set(columns) for name, columns in outcome_columns(spec).items()}
    kept = []
    for step in spec.derive:
        if _needs(step) & gone[step.data]:
            gone[step.data].add(step.column)
        else:
            kept.append(step)
    cleaned = {
        name: replace(one, frame=one.frame.drop(columns=[column for column in one.frame if column in gone[name]]))
        for name, one in readings.items()
    }
    return cleaned, spec.model_copy(update={"derive": tuple(kept)})


def _needs(step: Derive) -> set[str]:
    pairs = [step.ratio, step.difference, step.treated]
    single = [step.positive, step.log, step.equals and step.equals[0], step.scale and step.scale[0]]
    return {name for pair in pairs if pair for name in pair} | {str(name) for name in single if name}
