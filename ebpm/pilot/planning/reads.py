"""The record of outcomes that were read before the plan was frozen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ebpm import spec as specs
from ebpm.records import write_whole
from ebpm.spec import Date, Spec

FILE = "outcome_reads.yaml"


class OutcomeRead(Spec):
    """One reading of outcomes that was forced."""

    on: Date
    reason: str
    data: dict[str, str]
    """SHA-256 of each table, as it then was."""


class OutcomeReads(Spec):
    """The whole of outcome_reads.yaml."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    reads: tuple[OutcomeRead, ...] = ()


def reads_of(folder: Path) -> tuple[OutcomeRead, ...]:
    """Return the forced readings that are on record."""
    file = folder / FILE
    return specs.read(file, OutcomeReads).reads if file.exists() else ()


def note_read(folder: Path, *, reason: str, data: dict[str, str]) -> None:
    """Put a forced reading on record; the same reading twice is one.

    Raises
    ------
    DataError : if the record cannot be written.
    """
    known = reads_of(folder)
    if any((one.reason, one.data) == (reason, data) for one in known):
        return
    one = OutcomeRead(on=datetime.now(UTC).date().isoformat(), reason=reason, data=data)
    text = specs.dumps(OutcomeReads(reads=(*known, one)))
    write_whole(folder / FILE, ("schema: 1\n" + text.removeprefix("schema: 1\n")).encode())
