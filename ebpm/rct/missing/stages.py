"""What the boundary of the What Works Clearinghouse judges: all rows, or clusters first and then the rows of those that remain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.estimate import Number
from ebpm.moments.frame import Floats, Ints
from ebpm.rct.missing.clearinghouse import clearinghouse_boundary
from ebpm.rct.trial import Trial
from ebpm.table import Table
from ebpm.texts import entry, label


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Attrition at one stage in an arm and in control.

    Parameters
    ----------
    level : "rows", "clusters" (lost whole) or "within" (rows of clusters that remain).
    assigned : to the arm and to control.
    lost : of these.
    """

    level: str
    assigned: tuple[int, int]
    lost: tuple[int, int]

    @property
    def missing(self) -> tuple[float, float]:
        """Shares lost; 1 where nothing remained to be lost."""
        own, control = (lost / count if count else 1.0 for lost, count in zip(self.lost, self.assigned, strict=True))
        return own, control

    @property
    def overall(self) -> float:
        """Share lost in the two arms together."""
        return sum(self.lost) / max(sum(self.assigned), 1)

    @property
    def apart(self) -> float:
        """Difference of the shares lost."""
        return abs(self.missing[0] - self.missing[1])

    def boundary(self, assumption: str) -> Number:
        """Return the largest difference that counts as low.

        Parameters
        ----------
        assumption : as in `clearinghouse_boundary`.
        """
        return clearinghouse_boundary(self.overall, assumption=assumption)


Judged = tuple[tuple[str, Stage, Number], ...]


def judged_table(judged: Judged, standard: str, lang: str | None) -> Table:
    """Return one row an arm and stage, with the difference that is allowed.

    Parameters
    ----------
    judged : arm, stage, boundary.
    standard : which boundary.
    lang : "ja" or "en".
    """
    records = [
        {
            "term": arm, "attrition_stage": entry("label", f"rct_stage_{stage.level}"), "missing_overall": stage.overall,
            "missing_apart": stage.apart, "missing_allowed": most,
        }
        for arm, stage, most in judged
    ]  # fmt: skip
    named = entry("label", f"rct_standard_{standard}")
    return Table.of(records, label("rct_attrition_judged", lang, standard=named))


def stages(trial: Trial, returned: Floats, arm: int) -> tuple[Stage, ...]:
    """Return the stages of an arm and control.

    Parameters
    ----------
    trial : everybody who was assigned.
    returned : 1 where the outcome was observed, shape (n,).
    arm : place of the arm.

    Source: What Works Clearinghouse (2020), Standards Handbook, Version 4.1, section II.A, for clusters and then the individuals in
    those that remain.
    """
    if not trial.clustered:
        return (_stage("rows", trial.arm, returned > 0.0, arm),)
    alive = np.bincount(trial.unit, returned, minlength=trial.units) > 0.0
    rows = alive[trial.unit]
    clusters = _stage("clusters", trial.of_units(trial.arm), alive, arm)
    return clusters, _stage("within", trial.arm[rows], returned[rows] > 0.0, arm)


def _stage(level: str, arms: Ints, seen: NDArray[np.bool_], arm: int) -> Stage:
    groups = [seen[arms == place] for place in (arm, 0)]
    own, control = ((len(group), int((~group).sum())) for group in groups)
    return Stage(level=level, assigned=(own[0], control[0]), lost=(own[1], control[1]))
