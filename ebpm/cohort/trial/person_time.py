"""The person-time table of a target trial, from dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.trial.declaration import TargetTrial, read_trial
from ebpm.cohort.trial.flow import ArmFlow, CohortFlow
from ebpm.cohort.trial.spells import PersonSpells, person_spells
from ebpm.cohort.trial.time_checks import person_time_notices
from ebpm.cohort.trial.timeline import Timeline, read_timeline
from ebpm.errors import DataError
from ebpm.moments.frame import Frame
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COLUMNS = ("treated", "start", "stop", "event", "departed")


@dataclass(frozen=True, slots=True, eq=False)
class PersonTime(Shown):
    """Person-time under the strategies of a target trial.

    Parameters
    ----------
    trial : the declaration.
    frame : one row a person, or a person and spell: the person's column, treated, start, stop (days since the comparison
        begins), event (1 outcome, 2 competing event, 0 neither), departed (1 where a clone ends because it departed from its
        strategy), and the columns kept.
    flow : persons from the records to the analysis.
    notices : what the guard rails found.
    timeline, spells : the same as arrays.
    """

    trial: TargetTrial
    frame: pd.DataFrame = field(repr=False)
    flow: CohortFlow = field(repr=False)
    notices: Notices = field(repr=False)
    timeline: Timeline = field(repr=False)
    spells: PersonSpells = field(repr=False)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many were in the records and how many are analysed."""
        return self.flow.lines(lang)

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the protocol and the flow."""
        return *self.flow.tables(lang), self.trial.protocol(lang)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the flow of persons."""
        return self.flow.draw(ax, lang)


def person_time(
    data: Any, trial: TargetTrial | Mapping[str, Any] | str | Path, *, keep: Sequence[str] = ()
) -> PersonTime:
    """Build the person-time of a target trial from the dates of its persons.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    trial : the declaration, its parts as a mapping, or the path of a YAML file.
    keep : columns that are carried over (covariates).

    Raises
    ------
    SpecError : with everything that is wrong in the declaration.
    DataError : if a column is missing or holds no dates, or a person has two rows.
    DesignError : if nobody is left.

    Everybody is counted once: in the analysis, or under the first reason for which she is left out. Who had begun treatment, or had
    the outcome, by time zero is always left out. On one day the outcome comes first, then the competing event, then the beginning of
    treatment, then the end of observation.

    Source: Hernán and Robins (2016), American Journal of Epidemiology 183(8); Cashin et al. (2025), the TARGET statement, for
    the parts of the protocol; Suissa (2008), American Journal of Epidemiology 167(4), on immortal time.

    Examples
    --------
    >>> import pandas as pd
    >>> patients = pd.DataFrame({
    ...     "pid": [1, 2, 3, 4], "out": ["2020-01-01"] * 4, "rehab": ["2020-01-11", None, "2020-03-01", None],
    ...     "back": [None, "2020-01-21", None, "2020-06-29"],
    ... })
    >>> trial = {
    ...     "person": "pid", "time_zero": "out", "follow_up": {"days": 180}, "outcome": {"date": "back", "text": "readmission"},
    ...     "treatment": {"started": "rehab", "handling": "landmark", "days": 30, "treated": "yes", "untreated": "no"},
    ... }
    >>> found = person_time(patients, trial)
    >>> found.frame[["pid", "treated", "stop", "event"]].astype(int).to_numpy().tolist()
    [[1, 1, 150, 0], [3, 0, 150, 0], [4, 0, 150, 1]]
    >>> found.flow.excluded[0][1]
    1
    """
    import pandas as pd

    declared, frame = read_trial(trial), Frame.of(data)
    keep = named_columns(keep, "keep")
    taken = [name for name in (*keep, declared.person) if name in COLUMNS]
    if taken:
        raise DataError("cohort_taken_name", columns=", ".join(taken), reserved=", ".join(COLUMNS))
    timeline, eligible = read_timeline(frame, declared)
    spells = person_spells(timeline, declared)
    rows = timeline.rows[spells.person]
    carried = dict.fromkeys((declared.person, *keep))
    columns = {name: frame.values(name, "keep")[rows] for name in carried}
    columns |= {name: getattr(spells, name) for name in COLUMNS}
    table = pd.DataFrame(columns).astype({"departed": np.int64})
    flow = _flow(len(frame), timeline, spells, declared)
    return PersonTime(
        declared, table, flow, person_time_notices(timeline, eligible, spells, declared), timeline, spells
    )


def _flow(records: int, timeline: Timeline, spells: PersonSpells, trial: TargetTrial) -> CohortFlow:
    handling = trial.treatment.handling
    names = trial.arms
    if handling == "time_varying":
        begun = timeline.begun.astype(np.int64)
        arms = tuple(_arm(timeline, begun == arm, np.zeros(timeline.n, dtype=np.bool_), names[arm]) for arm in (0, 1))
        return CohortFlow(records, timeline.excluded, timeline.n, arms, cloned=False)
    arms = tuple(_arm_of_rows(timeline, spells, arm, names[arm]) for arm in (0, 1))
    return CohortFlow(records, timeline.excluded, timeline.n, arms, cloned=handling == "clone_censor_weight")


def _arm_of_rows(timeline: Timeline, spells: PersonSpells, arm: int, name: Any) -> ArmFlow:
    own = spells.treated == arm
    inside, departed = (np.zeros(timeline.n, dtype=np.bool_) for _ in range(2))
    inside[spells.person[own]] = True
    departed[spells.person[own & spells.departed]] = True
    return _arm(timeline, inside, departed, name)


def _arm(timeline: Timeline, inside: Any, departed: Any, name: Any) -> ArmFlow:
    left = inside & ~departed
    outcome, competing, lost = (
        left & flags for flags in (timeline.event == 1, timeline.event == 2, timeline.event == 0)
    )
    early = lost & (timeline.exit < timeline.horizon)
    counts = (inside, outcome, competing, departed, early, lost & ~early)
    return ArmFlow(name, *(int(one.sum()) for one in counts))
