"""Whether treatment reaches the neighbours: exposures declared, effects by exposure, and a test under the assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.notices import Notice, Notices
from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.randomisation import declared_columns
from ebpm.rct.threats.neighbours import shares_nearby
from ebpm.rct.trial import Trial, read_trial
from ebpm.shown import Shown
from ebpm.stats.given import generator, number
from ebpm.stats.inference import t_estimate
from ebpm.stats.redrawn.exposure import Contrast, Exposed, contrast
from ebpm.stats.redrawn.permutation import Redraws
from ebpm.table import Table
from ebpm.texts import entry, label

METRICS = ("plane", "earth")
FOUND = 0.05
LEAST_EXPOSED = 5
TIE = 1e-9
TERMS = {
    "spillover_untreated": ((0, 1), (0, 0)),
    "spillover_treated": ((1, 1), (1, 0)),
    "direct_unexposed": ((1, 0), (0, 0)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spillover(Shown):
    """Effects of having treated neighbours.

    Parameters
    ----------
    estimates : of being exposed, on the untreated and on the treated, and of treatment on those not exposed, where units can be.
    p_value : of the null that no focal unit is reached by the treatment of others, by redrawing it.
    focal : units whose outcomes were compared in that test.
    exposure : units in the assignment that was made: untreated and treated, each not exposed and exposed, shape (2, 2).
    left_out : units that no assignment would give all four exposures.
    notices : what the guard rails found.
    """

    estimates: Estimates
    p_value: float
    focal: int
    exposure: tuple[tuple[int, int], tuple[int, int]]
    left_out: int
    notices: Notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the test in words, and how many units have each exposure."""
        counts = {f"n{d}{e}": self.exposure[d][e] for d in (0, 1) for e in (0, 1)}
        return [
            label("rct_spillover_test", lang, p=f"{self.p_value:.4f}", focal=self.focal),
            label("rct_spillover_units", lang, left_out=self.left_out, **counts),
        ]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a contrast."""
        return (self.estimates.table(label("rct_spillover_caption", lang)),)


def spillover(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    group: str | None = None,
    coordinates: Sequence[str] = (),
    within: float = 0.0,
    metric: str = "plane",
    exposed_from: float = 0.5,
    control: object = None,
    assignment: Assignment | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    draws: int = 2000,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> Spillover:
    """Compare units whose neighbours were treated with units whose neighbours were not, under the assignment as it was.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    treatment : column of the assigned arm, of two arms.
    group : column of the group; the neighbours of a unit are the other units in it.
    coordinates : two columns in its place, x and y or longitude and latitude; of a cluster the mean of its rows.
    within : distance up to which units are neighbours, in the unit of the coordinates; kilometres on the earth.
    metric : "plane" or "earth".
    exposed_from : share of the neighbours treated from which on a unit is exposed; a unit without neighbours is not.
    control : label of the control arm; where None, the first arm of `assignment`, or the arm called 0, False, "control" or 対照.
    assignment : the declaration, in place of `cluster` and `strata`.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    draws : assignments to draw where not all are gone through.
    seed : of the draws, and of the choice of focal units.
    conf_level : level of the intervals.

    Raises
    ------
    DesignError : if neighbours are not declared, or no unit can have every exposure, and as `difference_in_means`.

    Formula: `ebpm.stats.redrawn.exposure.contrast` among the units that can have all four exposures, the chances from redrawn
    assignments; normal intervals. The test takes half of the units as focal, holds their own arms, redraws the others', and
    compares the covariance, within arms, of focal outcomes with the share of treated neighbours.

    Assumptions: assignment was as declared; the exposure as declared is all that reaches a unit (the test needs this for its
    power alone). What is not declared as a neighbour cannot be found. Where groups were first drawn to shares of treated, compare
    untreated people by their group's share instead: `difference_in_means` with cluster=group (Hudgens and Halloran 2008).

    Source: Aronow and Samii (2017), Annals of Applied Statistics 11(4); Athey, Eckles and Imbens (2018), JASA 113(521).

    Examples
    --------
    >>> import pandas as pd
    >>> block = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    >>> arm = [0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
    >>> trial = pd.DataFrame({"y": [1.0, 2, 1, 4, 2, 5, 6, 5, 1, 2, 4, 5, 2, 1, 4, 5], "block": block, "arm": arm})
    >>> found = spillover(trial, "y", treatment="arm", group="block")
    >>> found.exposure, found.focal
    (((3, 5), (5, 3)), 8)
    """
    one_of(metric, METRICS, "metric")
    frame = Frame.of(data)
    cluster, strata, control = declared_columns(assignment, cluster, strata, control)
    trial = read_trial(frame, outcome, treatment=treatment, control=control, cluster=cluster, strata=strata)
    if len(trial.arms) > 2:
        raise DesignError("rct_two_arms_only", column=treatment, arms=", ".join(trial.arms))
    near = shares_nearby(trial, frame, group=group, coordinates=coordinates, within=within, metric=metric)
    arms, stratum = trial.of_units(trial.arm), trial.of_units(trial.stratum)
    drawn = np.vstack([arms[None], *Redraws(arms, stratum).blocks(draws, seed)]).astype(np.int8)
    cells = _cells(drawn, drawn @ near.T >= max(number(exposed_from, "exposed_from"), TIE) - TIE)
    possible = np.all([one.chance > 0.0 for one in cells.values()], axis=0)
    estimates = _contrasts(trial, cells, possible, conf_level)
    p_value, focal = _focal_test(trial, near, draws, seed)
    counts = tuple(tuple(int(cells[d, e].now.sum()) for e in (0, 1)) for d in (0, 1))
    notices = _notices(outcome, p_value, counts)
    if assignment is not None:
        notices = assignment.check(frame, treatment=treatment) + notices
    return Spillover(
        estimates=estimates.with_notices(notices), p_value=p_value, focal=focal, exposure=counts,  # type: ignore[arg-type]
        left_out=int((~possible).sum()), notices=notices,
    )  # fmt: skip


def _cells(drawn: NDArray[np.int8], exposed: NDArray[np.bool_]) -> dict[tuple[int, int], Exposed]:
    """Return who is in each arm, near to treated units or not, in every draw; shapes (draws, n)."""
    return {(d, e): Exposed.of((drawn == d) & (exposed == bool(e))) for d in (0, 1) for e in (0, 1)}


def _contrasts(trial: Trial, cells: dict[tuple[int, int], Exposed], possible: Any, conf_level: float) -> Estimates:
    lacking = [key for key, one in cells.items() if not (one.now & possible).any()]
    if lacking:
        raise DesignError("rct_no_exposure", units=trial.units, possible=int(possible.sum()))
    kept = {key: Exposed.of(one.drawn[:, possible]) for key, one in cells.items()}
    middle = trial.outcome.mean()
    totals = np.bincount(trial.unit, trial.outcome - middle)[possible]
    sizes = np.bincount(trial.unit).astype(np.float64)[possible]
    items = tuple(
        _estimate(trial, term, contrast(totals, sizes, one=kept[one], other=kept[other]), possible, conf_level)
        for term, (one, other) in TERMS.items()
    )
    return Estimates(items=items, headline_term=items[0].term)


def _estimate(trial: Trial, term: str, found: Contrast, possible: NDArray[np.bool_], conf_level: float) -> Estimate:
    return t_estimate(
        found.value, float(np.sqrt(found.variance)), conf_level=conf_level, term=term,
        n=int(possible[trial.unit].sum()), clusters=int(possible.sum()) if trial.clustered else 0,
        estimand="itt" if term.startswith("direct") else "spillover", method="rct.spillover",
        name=entry("label", f"rct_{term}"),
    )  # fmt: skip


def _focal_test(trial: Trial, near: Floats, draws: int, seed: int) -> tuple[float, int]:
    arms, stratum = trial.of_units(trial.arm), trial.of_units(trial.stratum)
    rng = generator(seed)
    focal = np.zeros(trial.units, dtype=np.bool_)
    focal[rng.permutation(trial.units)[: trial.units // 2]] = True
    totals = np.bincount(trial.unit, trial.outcome - trial.outcome.mean())
    residuals = np.zeros(trial.units)
    for arm in (0, 1):
        own = focal & (arms == arm)
        if own.any():
            residuals[own] = totals[own] / np.bincount(trial.unit)[own]
            residuals[own] -= residuals[own].mean()
    weights = (residuals @ near)[~focal]
    others = Redraws(arms[~focal], np.unique(stratum[~focal], return_inverse=True)[1].astype(np.int64))
    found = np.concatenate([block @ weights for block in others.blocks(draws, seed)])
    observed = float(arms[~focal] @ weights)
    every = found if others.enumerable else np.r_[observed, found]
    centre = every.mean()
    as_far = np.abs(every - centre) >= abs(observed - centre) - TIE * max(1.0, float(np.abs(every).max()))
    return float(as_far.mean()), int(focal.sum())


def _notices(outcome: str, p_value: float, counts: Any) -> Notices:
    found = []
    if p_value < FOUND:
        found.append(Notice("R126", outcome, MappingProxyType({"p": f"{p_value:.4f}"})))
    least = min(count for row in counts for count in row)
    if least < LEAST_EXPOSED:
        found.append(Notice("R130", outcome, MappingProxyType({"units": least, "least": LEAST_EXPOSED})))
    return Notices(tuple(found))
