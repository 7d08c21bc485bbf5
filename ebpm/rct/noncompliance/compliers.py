"""Who the compliers are: means of what was known before assignment among compliers, always-takers and never-takers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices
from ebpm.rct.trial import Trial, trial_of
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GROUPS = ("complier", "always_taker", "never_taker", "everybody")
NOTHING = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliers(Shown):
    """Shares and means of those whom assignment moved, of those who always and of those who never take the treatment.

    Parameters
    ----------
    shares : one estimate a group.
    means : of each column, one estimate a group that is not empty; "everybody" last.
    notices : what the guard rails found.
    """

    shares: tuple[Estimate, ...]
    means: tuple[tuple[str, tuple[Estimate, ...]], ...]
    notices: Notices

    def __getitem__(self, column: str) -> Estimates:
        """Return the means of a column, terms "complier", "always_taker", "never_taker" and "everybody"."""
        items = dict(self.means)[column]
        return Estimates(items=tuple(_called(one, one.term, "") for one in items), headline_term=items[0].term)

    @property
    def estimates(self) -> Estimates:
        """Shares of the groups, then the means of each column; the headline is the share of compliers."""
        rows = [(one, "") for one in self.shares] + [(one, name) for name, items in self.means for one in items]
        items = tuple(_called(one, f"{name}: {one.term}" if name else one.term, name) for one, name in rows)
        return Estimates(items=items, headline_term=items[0].term, notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the share of compliers in a sentence."""
        return [self.estimates.headline.sentence(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return shares and means."""
        return (self.estimates.table(label("rct_compliers_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the means of the first column with their intervals."""
        return self[self.means[0][0]].plot(ax, lang=lang)


def _called(one: Estimate, term: str, column: str) -> Estimate:
    named = {lang: label(f"rct_group_{one.term}", lang) for lang in LANGUAGES}
    full: dict[str, str] = {lang: f"{column}: {word}" if column else word for lang, word in named.items()}
    return replace(one, term=term, name=full)


def compliers(
    data: Any,
    covariates: str | Sequence[str],
    *,
    delivered: str,
    assigned: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> Compliers:
    """Estimate the means of compliers, always-takers and never-takers.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    covariates : columns of numbers measured before assignment.
    delivered : column of the treatment received, 1 or 0.
    assigned : column of the assigned arm, of two arms.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, not numeric or has missing values, or `delivered` is neither 1 nor 0.
    DesignError : as `cace`.

    Formula: with E over everybody, a(f) the mean of f D in the control arm, n(f) that of f (1 - D) in the treated arm (stratum by
    stratum, weighed by rows): compliers (E f - a(f) - n(f)) / (1 - a(1) - n(1)), always-takers a(f) / a(1), never-takers
    n(f) / n(1). This is Abadie's kappa with the shares assigned in each stratum. Standard errors by the influence of each unit
    (linearised, times G / (G - 1)), df units - 2 a stratum.

    Assumptions: assignment was random; it moves nobody away from the treatment (monotonicity).

    Source: Abadie (2003), Journal of Econometrics 113(2), theorem 3.1; Marbach and Hangartner (2020), Political Analysis 28(3).

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"age": [30, 40, 50, 60] * 2, "got": [1, 1, 1, 0, 1, 0, 0, 0], "arm": [1] * 4 + [0] * 4})
    >>> found = compliers(trial, "age", delivered="got", assigned="arm")
    >>> [(item.term, item.estimate) for item in found["age"]]
    [('complier', 45.0), ('always_taker', 30.0), ('never_taker', 60.0), ('everybody', 45.0)]
    """
    columns = named_columns(covariates, "covariates")
    if not columns:
        raise DataError("rct_no_groups", argument="covariates")
    frame = Frame.of(data)
    received = frame.numbers(delivered, "delivered")
    if not np.isin(received, (0.0, 1.0)).all():
        raise DataError("rct_not_received", column=delivered)
    trial = trial_of(
        frame, received, outcome=delivered, treatment=assigned, control=control, cluster=cluster, strata=strata
    )
    if len(trial.arms) > 2:
        raise DesignError("rct_two_arms_only", column=assigned, arms=", ".join(trial.arms))
    ones = _parts(trial, received, np.ones(trial.n))
    if ones.values[0] <= NOTHING:
        raise DesignError("rct_no_first_stage", delivered=delivered, assigned=assigned)
    shares = tuple(
        _estimate(
            trial, ones.values[j], ones.influence[:, j], group=group, estimand="group_share", conf_level=conf_level
        )
        for j, group in enumerate(GROUPS[:3])
    )
    means = tuple(
        (name, tuple(_means(trial, ones, _parts(trial, received, frame.numbers(name, "covariates")), conf_level)))
        for name in columns
    )
    return Compliers(shares=shares, means=means, notices=Notices())


@dataclass(frozen=True, slots=True)
class _Parts:
    """E of f over compliers, always-takers, never-takers and everybody, times their shares, and what each row adds, (n, 4)."""

    values: Floats
    influence: Floats


def _parts(trial: Trial, received: Floats, f: Floats) -> _Parts:
    strata = len(trial.strata)
    cell = trial.stratum * 2 + trial.arm
    counts = np.bincount(cell, minlength=2 * strata)
    weight = trial.stratum_shares[trial.stratum] / counts[cell]
    influence = np.zeros((trial.n, 4))
    values = np.zeros(4)
    for place, arm, taken in ((1, 0, f * received), (2, 1, f * (1.0 - received))):
        own = trial.arm == arm
        values[place] = float((weight * taken)[own].sum())
        means = np.bincount(cell, taken, minlength=2 * strata) / counts
        influence[own, place] = (weight * (taken - means[cell]))[own]
    values[3] = float(f.mean())
    influence[:, 3] = (f - values[3]) / trial.n
    values[0] = values[3] - values[1] - values[2]
    influence[:, 0] = influence[:, 3] - influence[:, 1] - influence[:, 2]
    return _Parts(values, influence)


def _means(trial: Trial, ones: _Parts, found: _Parts, conf_level: float) -> list[Estimate]:
    items = []
    for place, group in enumerate(GROUPS):
        share = float(ones.values[place])
        if share > NOTHING:
            mean = float(found.values[place]) / share
            influence = (found.influence[:, place] - mean * ones.influence[:, place]) / share
            items.append(_estimate(trial, mean, influence, group=group, estimand="group_mean", conf_level=conf_level))
    return items


def _estimate(
    trial: Trial, value: float, influence: Floats, *, group: str, estimand: str, conf_level: float
) -> Estimate:
    units, sums = trial.units, np.bincount(trial.unit, influence)
    return t_estimate(
        float(value), float(np.sqrt(units / (units - 1) * (sums**2).sum())),
        df=float(max(units - 2 * len(trial.strata), 1)), conf_level=conf_level, term=group, n=trial.n,
        clusters=units if trial.clustered else 0, estimand=estimand, method="rct.compliers",
    )  # fmt: skip
