"""Guard rails of doses: what comparing doses takes for granted, and where the doses are too few to say anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.did.doses.basis import Saturated
from ebpm.did.doses.effects import DoseEffects
from ebpm.did.doses.panel import DosePanel
from ebpm.did.group_time.checks import ALPHA, FEW_IN_COHORT, Adoption, Finds, check_adoption
from ebpm.did.group_time.pretrend import PreTrend, wald
from ebpm.did.joint import settled
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Notices, Rule, run
from ebpm.stats.inference import rounding

PARTS, BEYOND = 5, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseDiagnosis:
    """What the rules look at.

    Parameters
    ----------
    effects : averages over cohorts and periods.
    panel : the units that are used.
    adoption : counts of the staggered adoption.
    grid : doses at which the curve is asked for, shape (m,).
    anticipation : periods before treatment in which units may respond.
    """

    effects: DoseEffects
    panel: DosePanel
    adoption: Adoption
    grid: Floats
    anticipation: int


def pre_test(effects: DoseEffects, anticipation: int, floor: float) -> PreTrend | Unavailable:
    """Return the Wald test that the average effects at all event times before treatment and its anticipation are zero.

    Parameters
    ----------
    floor : standard errors up to it are rounding.
    """
    early = [place for place, event in enumerate(effects.event_times) if event < -anticipation]
    rows = effects.rows("level")[early]
    covariance = settled(effects.covariance(rows), floor)
    seen = np.diag(covariance) > 0
    return wald(effects.level[early][seen], covariance[np.ix_(seen, seen)])


def _pretrend(subject: DoseDiagnosis) -> Finds:
    test = pre_test(subject.effects, subject.anticipation, rounding(subject.panel.paths))
    if not isinstance(test, Unavailable) and test.p_value < ALPHA:
        yield "", {"statistic": test.statistic, "df": test.df, "p_value": test.p_value}


def _gaps(subject: DoseDiagnosis) -> Finds:
    units, treated, rows = subject.panel.gaps
    if units:
        yield "", {"units": units, "treated": treated, "rows": rows, "kept": len(subject.panel.doses)}


def _strong(subject: DoseDiagnosis) -> Finds:
    if np.ptp(subject.grid) > 0:
        yield "", {"low": float(subject.grid.min()), "high": float(subject.grid.max())}


def _sparse(subject: DoseDiagnosis) -> Finds:
    """Find the stretch of the grid with the fewest units, and cohorts without the doses at its ends."""
    low, high, units = _thinnest(subject)
    if units < FEW_IN_COHORT:
        yield "", {"low": low, "high": high, "units": units, "least": FEW_IN_COHORT, "whose": ""}
    for cohort in subject.adoption.sizes():
        doses = subject.panel.doses[subject.panel.first_treated == cohort]
        room = BEYOND * np.ptp(subject.grid)
        beyond = subject.grid[(subject.grid < doses.min() - room) | (subject.grid > doses.max() + room)]
        if len(beyond):
            whose = {"ja": f"コーホート {cohort} では", "en": f"In cohort {cohort} "}
            facts = {"low": float(beyond.min()), "high": float(beyond.max()), "least": FEW_IN_COHORT, "whose": whose}
            yield str(cohort), {"units": int(((doses >= beyond.min()) & (doses <= beyond.max())).sum()), **facts}


def _thinnest(subject: DoseDiagnosis) -> tuple[float, float, int]:
    treated = subject.panel.doses[np.isin(subject.panel.first_treated, list(subject.adoption.sizes()))]
    if isinstance(subject.effects.basis, Saturated) or not np.ptp(subject.grid):
        counts = np.array([(treated == dose).sum() for dose in subject.grid])
        place = int(np.argmin(counts))
        return float(subject.grid[place]), float(subject.grid[place]), int(counts[place])
    edges = np.linspace(subject.grid.min(), subject.grid.max(), PARTS + 1)
    counts = np.histogram(treated, edges)[0]
    place = int(np.argmin(counts))
    return float(edges[place]), float(edges[place + 1]), int(counts[place])


DOSES: tuple[Rule[DoseDiagnosis], ...] = (
    Rule("D203", _pretrend),
    Rule("D208", _gaps),
    Rule("D227", _strong),
    Rule("D228", _sparse),
)


def check_doses(subject: DoseDiagnosis) -> Notices:
    """Return the notices on the effects of a dose."""
    return run(DOSES, subject) + check_adoption(subject.adoption)
