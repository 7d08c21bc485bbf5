"""The panel as synthetic comparisons see it: donors that are never treated, treated units by the period of their start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.did.constant_outcome import refuse_constant
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.moments.panel import read_panel
from ebpm.moments.two_way import TwoWay
from ebpm.stats.regression.least_squares import solve

GAPS = ("refuse", "drop_units")
FEWEST_PERIODS = 2
FEWEST_DONORS = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """Outcome paths without labels.

    Parameters
    ----------
    paths : shape (n, T).
    starts : place of the first treated period of each unit, shape (n,); T for a donor.
    covariates : shape (n, T, k).
    """

    paths: Floats
    starts: Ints
    covariates: Floats

    @property
    def length(self) -> int:
        """Number of periods, T."""
        return int(self.paths.shape[1])

    @property
    def donors(self) -> Ints:
        """Rows of the units that are never treated."""
        return np.flatnonzero(self.starts == self.length)

    @property
    def treated(self) -> Ints:
        """Rows of the treated units."""
        return np.flatnonzero(self.starts < self.length)

    @property
    def cohorts(self) -> Ints:
        """The starts that occur, ascending."""
        return np.unique(self.starts[self.treated])

    def of(self, rows: Ints, starts: Ints) -> Sample:
        """Return the sample of some rows, repeats allowed, with starts given to them."""
        return Sample(self.paths[rows], starts, self.covariates[rows])

    def until(self, length: int, starts: Ints) -> Sample:
        """Return the sample of the first periods with other starts."""
        return Sample(self.paths[:, :length], starts, self.covariates[:, :length])

    def adjusted(self) -> Sample:
        """Return the sample less what covariates explain of the untreated outcomes, beside unit and period effects.

        Source: Kranz (2022), Synthetic difference-in-differences with time-varying covariates; Clarke et al. (2024), "projected".
        """
        count = self.covariates.shape[2]
        if not count:
            return self
        unit, period = np.nonzero(np.arange(self.length) < self.starts[:, None])
        layout = TwoWay(unit, period, np.ones(len(unit)))
        columns = np.column_stack([self.covariates[unit, period], self.paths[unit, period]])
        left = layout.residuals(columns - columns.mean(axis=0))[0]
        slopes = solve(left[:, :count].T @ left[:, :count], left[:, :count].T @ left[:, count]).coefficients
        return replace(self, paths=self.paths - self.covariates @ slopes)


@dataclass(frozen=True, slots=True)
class Study:
    """The sample with the names of its units and periods.

    Parameters
    ----------
    sample : paths and starts.
    units : label of each row.
    periods : shape (T,), ascending.
    always_treated : units set aside because they have no untreated period.
    gaps : (units left out for a missing period, of them ever treated, rows left out).
    outcome : name of the column.
    """

    sample: Sample
    units: tuple[Any, ...]
    periods: Ints
    always_treated: int
    gaps: tuple[int, int, int]
    outcome: str

    @property
    def donors(self) -> tuple[str, ...]:
        """Labels of the donors."""
        return tuple(str(self.units[row]) for row in self.sample.donors)

    def before(self, start: int) -> Study:
        """Return the study of the periods before the first treatment, as if it had started at an earlier place."""
        length = int(self.sample.cohorts[0])
        starts = np.where(self.sample.starts < self.sample.length, start, length)
        return replace(self, sample=self.sample.until(length, starts), periods=self.periods[:length])


def read_study(
    data: Any, outcome: str, *, unit: str, time: str, first_treated: str, covariates: Sequence[str] = (),
    gaps: str = "refuse",
) -> Study:  # fmt: skip
    """Return the panel of a long table, as `ebpm.moments.panel.read_panel`, units treated from the first period on set aside.

    Raises
    ------
    DataError : as `read_panel`.
    DesignError : as `read_panel`; no treated unit, fewer than two donors, a cohort with fewer than two periods before treatment.
    """
    panel = read_panel(
        data, outcome, unit=unit, time=time, first_treated=first_treated, covariates=covariates,
        drop_gaps=one_of(gaps, GAPS, "gaps") == "drop_units",
    )  # fmt: skip
    refuse_constant(panel, outcome)
    starts = np.searchsorted(panel.periods, panel.first_treated)
    kept = panel.where(starts > 0)
    sample = Sample(kept.paths, starts[starts > 0], kept.covariates)
    _refuse_unsupported(sample, kept.first_treated)
    return Study(sample, tuple(kept.units), panel.periods, int((starts == 0).sum()), panel.gaps, outcome)


def _refuse_unsupported(sample: Sample, first_treated: Floats) -> None:
    if not len(sample.treated):
        raise DesignError("synthetic_no_treated", units=len(sample.starts))
    if len(sample.donors) < FEWEST_DONORS:
        raise DesignError("synthetic_no_donors", donors=len(sample.donors), treated=len(sample.treated))
    first = int(sample.cohorts[0])
    if first < FEWEST_PERIODS:
        raise DesignError("synthetic_short", cohort=int(first_treated[sample.starts == first][0]), periods=first)
