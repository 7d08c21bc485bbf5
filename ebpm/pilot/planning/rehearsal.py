"""A plan tried out on outcomes that say nothing: drawn from the contract alone, or shuffled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ebpm.data import Column, Reading
from ebpm.errors import SpecError
from ebpm.pilot.planning.outcomes import outcome_columns
from ebpm.pilot.spec import PilotSpec

if TYPE_CHECKING:
    import pandas as pd

Outcomes = Literal["simulated", "shuffled"]
COUNTS = 10.0


def rehearsed(readings: Mapping[str, Reading], spec: PilotSpec, *, outcomes: str, seed: int) -> dict[str, Reading]:
    """Return the readings with outcomes that say nothing about the question.

    Parameters
    ----------
    readings : as the files were read.
    spec : of the pilot; its contract and plan say which columns are outcomes.
    outcomes : "simulated" draws each outcome from the range that the contract declares and looks at no recorded one;
        "shuffled" gives the rows of a table each other's outcomes, whole rows at a time, among rows that miss the same.
    seed : of the random numbers.

    Raises
    ------
    SpecError : if `outcomes` is neither.
    """
    if outcomes not in get_args(Outcomes):
        raise SpecError("rehearsal_outcomes", outcomes=outcomes, known=", ".join(get_args(Outcomes)))
    streams = np.random.default_rng(seed).spawn(len(readings))
    found = {}
    for (name, reading), stream in zip(readings.items(), streams, strict=True):
        columns = outcome_columns(spec)[name]
        change = _simulated if outcomes == "simulated" else _shuffled
        found[name] = replace(reading, frame=change(reading, columns, stream))
    return found


def _shuffled(reading: Reading, columns: Sequence[str], stream: np.random.Generator) -> pd.DataFrame:
    frame = reading.frame
    if not columns:
        return frame
    missing = frame[list(columns)].isna().to_numpy()
    _, pattern = np.unique(missing, axis=0, return_inverse=True)
    order = np.arange(len(frame))
    for one in np.unique(pattern):
        rows = np.flatnonzero(pattern == one)
        order[rows] = stream.permutation(rows)
    return frame.assign(**{name: frame[name].to_numpy()[order] for name in columns})


def _simulated(reading: Reading, columns: Sequence[str], stream: np.random.Generator) -> pd.DataFrame:
    import pandas as pd

    frame = reading.frame
    drawn = {
        name: pd.Series(_drawn(reading.dataset.column(name), len(frame), stream), index=frame.index) for name in columns
    }
    return frame.assign(**{name: values.astype(frame[name].dtype) for name, values in drawn.items()})


def _drawn(column: Column, n: int, stream: np.random.Generator) -> NDArray[np.generic]:
    """Return draws from the contract: uniform over a declared range or its codes, else a positive number or a count."""
    low, high = (column.range or (None, None))[:2]
    if column.codes:
        return stream.choice(np.array(list(column.codes), dtype=object), n)
    if column.type == "boolean":
        return stream.random(n) < 0.5
    if isinstance(low, int | float) and isinstance(high, int | float):
        whole = column.type != "number"
        return stream.integers(int(low), int(high), n, endpoint=True) if whole else stream.uniform(low, high, n)
    least = float(low) if isinstance(low, int | float) else 0.0
    return least + (stream.lognormal(0.0, 1.0, n) if column.type == "number" else stream.poisson(COUNTS, n))
