"""Horvitz-Thompson and Hajek: outcomes weighed by the inverse of declared probabilities of assignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.rct.assignment.chances import Chances, unit_chances
from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.assignment.rolls import ROUNDING, Roll
from ebpm.rct.checks import design_notices
from ebpm.rct.means.comparison import arm_labels
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.inference import combined_df, dfs_of_means, t_estimate

REFERENCES = ("satterthwaite", "t", "normal")


def horvitz_thompson(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    assignment: Assignment | None = None,
    probability: str | None = None,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    reference: str = "satterthwaite",
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms by totals weighed by the inverse of the probability of each unit's arm: unbiased under any known design.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person; everybody who was assigned.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    assignment : the declaration; it gives the probabilities of units and of pairs, and holds cluster and strata.
    probability : where nothing is declared: column of each unit's own probability of the one non-control arm, units independent.
        Where this is None too, the numbers of each arm in each stratum are taken as fixed beforehand, as they came out.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    reference : "satterthwaite" (the degrees of freedom of the mean of each arm in each stratum, from the shares of its units, combined), "t" (units of both arms less two a stratum) or "normal".
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one a non-control arm, named by its label.

    Raises
    ------
    DesignError : if assignment and other columns contradict each other, if an arm was not declared, and as `difference_in_means`.

    Formula: (1/n) (sum_{i in 1} y_i / p_i - sum_{i in 0} y_i / q_i), y the totals of units. The variance sums
    (p_ij - p_i p_j) / p_ij y_i y_j / (p_i p_j) over pairs that were seen; a pair that cannot be seen, as a unit in two arms, is
    bounded by y_i y_j <= (y_i^2 + y_j^2) / 2. Its mean is never below the true variance, nor is that of any contrast of several
    arms by `covariance`; with an effect it is above it by the sum of the squared effects on the units, so that intervals are wide.

    Assumptions: the probabilities are those of the draw; no interference between units. The value depends on where zero lies on
    the scale of the outcome where numbers of rows vary from draw to draw; `hajek` does not.

    Source: Horvitz and Thompson (1952), JASA 47(260); Aronow and Samii (2017), Annals of Applied Statistics 11(4), equations
    8-10; Middleton and Aronow (2015), Statistics, Politics and Policy 6(1-2), for clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"kwh": [8.0, 6, 9, 4], "arm": [1, 1, 0, 0], "p": [0.8, 0.4, 0.5, 0.5]})
    >>> horvitz_thompson(trial, "kwh", treatment="arm", probability="p")["1"].estimate
    -0.25
    """
    design = _read(
        data, outcome, treatment=treatment, assignment=assignment, probability=probability, control=control,
        cluster=cluster, strata=strata,
    )  # fmt: skip
    values = np.tile(design.totals(design.trial.outcome)[:, None], (1, len(design.trial.arms)))
    sums = (design.inverse * values[np.arange(len(values)), design.arm]) / design.trial.n
    means = np.asarray(np.bincount(design.arm, sums, minlength=len(design.trial.arms)), dtype=np.float64)
    values = values / design.trial.n
    found = _estimates(design, means, values, method="rct.horvitz_thompson", reference=reference, conf_level=conf_level)
    return found.with_notices(design_notices(design.trial, outcome))


def hajek(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    assignment: Assignment | None = None,
    probability: str | None = None,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    reference: str = "satterthwaite",
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms by means weighed by the inverse of the probability of each unit's arm.

    Parameters
    ----------
    data, outcome, treatment, assignment, probability, control, cluster, strata, reference, conf_level : as in `horvitz_thompson`.

    Raises
    ------
    DesignError : as `horvitz_thompson`.

    Formula: sum w y / sum w in each arm, w = 1 / p; the variance is that of `horvitz_thompson` with the residuals y - mean of the
    arm over the arm's sum of weights (linearised), each divided by the root of 1 - its share of those weights (HC2; where numbers
    are fixed, of those in its stratum, times the root of 1 - 1 / the number of units). With fixed numbers of rows in each arm it is
    the difference in means, with Neyman's variance but for 1/n.

    Assumptions: as `horvitz_thompson`; the bias vanishes with the number of units. Adding a constant to the outcome changes
    nothing.

    Source: Hajek (1971), in Foundations of Statistical Inference; Aronow and Samii (2017), Annals of Applied Statistics 11(4),
    section 4.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"kwh": [8.0, 6, 9, 4], "arm": [1, 1, 0, 0], "p": [0.8, 0.4, 0.5, 0.5]})
    >>> round(hajek(trial, "kwh", treatment="arm", probability="p")["1"].estimate, 6)
    0.166667
    """
    design = _read(
        data, outcome, treatment=treatment, assignment=assignment, probability=probability, control=control,
        cluster=cluster, strata=strata,
    )  # fmt: skip
    middle, rows = design.trial.outcome.mean(), design.totals(np.ones(design.trial.n))
    totals, arms = design.totals(design.trial.outcome - middle), len(design.trial.arms)
    weights = np.bincount(design.arm, design.inverse * rows, minlength=arms)
    means = np.bincount(design.arm, design.inverse * totals, minlength=arms) / weights
    residuals = (totals[:, None] - rows[:, None] * means) / weights
    residuals = residuals * _lift(design, design.inverse * rows)[:, None]
    found = _estimates(design, means, residuals, method="rct.hajek", reference=reference, conf_level=conf_level)
    return found.with_notices(design_notices(design.trial, outcome))


def _lift(design: _Design, weights: Floats) -> Floats:
    """What raises a residual for the share that its unit has in the mean that was taken off, beyond what equal shares need."""
    cell = design.arm if design.chances.independent else design.cell
    spare = 1.0 - weights / np.bincount(cell, weights)[cell]
    lifted = np.where(spare > ROUNDING, np.maximum(spare, ROUNDING) ** -0.5, 0.0)
    if design.chances.independent:
        return lifted
    units = np.bincount(cell)[cell]
    return np.where(units > 1, lifted * np.sqrt(1.0 - 1.0 / units), 1.0)


@dataclass(frozen=True, slots=True)
class _Design:
    """A trial, the probabilities of its units in the order of its arms, and the arm of each unit."""

    trial: Trial
    chances: Chances
    arm: Ints

    @property
    def inverse(self) -> Floats:
        """1 / probability of the arm that each unit is in."""
        return 1.0 / self.chances.single[np.arange(len(self.arm)), self.arm]

    @property
    def cell(self) -> Ints:
        """Stratum and arm of each unit."""
        return self.trial.of_units(self.trial.stratum) * len(self.trial.arms) + self.arm

    def dfs(self) -> Floats:
        """Degrees of freedom of each arm: Satterthwaite's of its mean in each stratum, summed."""
        shape = (len(self.trial.strata), len(self.trial.arms))
        kept, cells = np.unique(self.cell, return_inverse=True)
        weights = self.inverse * self.totals(np.ones(self.trial.n))
        found = dfs_of_means(weights / np.bincount(cells, weights)[cells], cells, len(kept))
        return np.asarray(np.bincount(kept, found, minlength=shape[0] * shape[1]).reshape(shape).sum(axis=0))

    def totals(self, values: Floats) -> Floats:
        """Sum of the rows of each unit."""
        return np.asarray(np.bincount(self.trial.unit, values, minlength=len(self.arm)), dtype=np.float64)


def _read(
    data: Any, outcome: str, *, treatment: str, assignment: Assignment | None, probability: str | None, control: object,
    cluster: str | None, strata: str | None,
) -> _Design:  # fmt: skip
    frame = Frame.of(data)
    if assignment is not None:
        other = {"probability": probability, "cluster": cluster, "strata": strata}
        twice = [name for name, value in other.items() if value is not None]
        if twice:
            raise DesignError("rct_declared_twice", given=", ".join(twice))
        cluster, strata = assignment.cluster, assignment.strata
        control = assignment.arms[0] if control is None else control
    trial = read_trial(
        frame, outcome, treatment=treatment, control=control, cluster=cluster, strata=strata, lone=True,
        bare=assignment is not None or probability is not None,
    )  # fmt: skip
    chances = _chances(frame, trial, assignment, probability, treatment)
    return _Design(trial, chances, trial.of_units(trial.arm))


def _chances(
    frame: Frame, trial: Trial, assignment: Assignment | None, probability: str | None, treatment: str
) -> Chances:
    if assignment is not None:
        found = assignment.chances(frame)
        order = [assignment.place(arm, treatment) for arm in trial.arms]
        return Chances(found.roll, found.single[:, order], found.pairs[:, order][:, :, order], found.independent)
    roll = Roll(trial.unit, tuple(range(trial.units)), trial.of_units(trial.stratum), trial.strata)
    if probability is not None:
        if len(trial.arms) > 2:
            raise DesignError("rct_probability_of_two", column=treatment, arms=", ".join(trial.arms))
        return Chances(roll, unit_chances(frame, (probability,), roll), np.empty((0, 0, 0)), independent=True)
    counts = trial.unit_cells.astype(np.float64)
    sizes = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    pairs = pairs / np.maximum(sizes * (sizes - 1.0), 1.0)[:, None, None]
    return Chances(roll, (counts / sizes[:, None])[roll.stratum], pairs, independent=False)


def _estimates(
    design: _Design, means: Floats, values: Floats, *, method: str, reference: str, conf_level: float
) -> Estimates:
    one_of(reference, REFERENCES, "reference")
    trial, items = design.trial, list[Estimate]()
    moments, hidden = _moments(design, values)
    contrasts = np.eye(len(means))[1:] - np.eye(1, len(means))
    covariance = contrasts @ moments @ contrasts.T
    for j in range(1, len(trial.arms)):
        variance = float(covariance[j - 1, j - 1] + hidden[j, 0])
        df = _df(design, [0, j], np.diag(moments), reference)
        what = arm_labels(trial, j) | {"method": method, "conf_level": conf_level}
        items.append(t_estimate(float(means[j] - means[0]), float(np.sqrt(max(variance, 0.0))), df=df, **what))
    joint = Unavailable("no_joint_covariance") if hidden.any() else covariance
    return Estimates(items=tuple(items), headline_term=items[0].term, covariance=joint)


def _df(design: _Design, arms: list[int], variances: Floats, reference: str) -> float:
    if reference == "normal":
        return np.inf
    if reference == "t":
        return float(max(np.isin(design.arm, arms).sum() - 2 * len(design.trial.strata), 1))
    return combined_df(np.maximum(variances[arms], 0.0), design.dfs()[arms])


def _moments(design: _Design, values: Floats) -> tuple[Floats, Floats]:
    """Aronow and Samii's estimator for the means of the arms, shape (arms, arms), so bounded that every contrast is conservative:
    a unit in two arms by sum_a c_a^2 y_a^2 >= sum_a c_a^2 y_a^2 - (sum_a c_a y_a)^2. Beside it what pairs of units that can never
    be in two arms together add to the variance of the difference of these arms.
    """
    arms, chances = values.shape[1], design.chances
    chance = chances.single[np.arange(len(design.arm)), design.arm]
    shown = values[np.arange(len(design.arm)), design.arm] / chance
    squares = np.asarray(np.bincount(design.arm, shown**2, minlength=arms), dtype=np.float64)
    if chances.independent:
        return np.diag(squares), np.zeros((arms, arms))
    return _in_strata(design, shown, chance, np.diag(squares))


def _in_strata(design: _Design, shown: Floats, chance: Floats, own: Floats) -> tuple[Floats, Floats]:
    """What pairs of units of a stratum add to what each unit adds by itself."""
    chances, arms = design.chances, len(own)
    stratum, strata = chances.roll.stratum, len(chances.roll.strata)
    cell, cells = stratum * arms + design.arm, strata * arms
    sums, squares, bounds = (
        np.bincount(cell, column, minlength=cells).reshape(strata, arms)
        for column in (shown, shown**2, chance * shown**2)
    )
    sizes = np.bincount(stratum)
    first = (
        np.stack([np.bincount(stratum, column, minlength=strata) for column in chances.single.T], axis=1)
        / sizes[:, None]
    )
    together = first[:, :, None] * first[:, None, :]
    seen, pairs, same = chances.pairs > 0.0, np.where(chances.pairs > 0.0, chances.pairs, 1.0), np.eye(arms)
    products = sums[:, :, None] * sums[:, None, :] - same * squares[:, :, None]
    others = (sizes - 1.0)[:, None, None]
    never = others * (bounds[:, :, None] + bounds[:, None, :]) / 2.0 * ~seen
    moments = own + (seen * (1.0 - together / pairs) * products + same * never).sum(axis=0)
    return moments, 2.0 * ((1.0 - same) * (together > 0.0) * never).sum(axis=0)
