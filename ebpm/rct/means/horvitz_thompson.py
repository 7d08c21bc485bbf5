"""Horvitz-Thompson and Hajek: outcomes weighed by the inverse of declared probabilities of assignment."""

from __future__ import annotations

from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.rct.assignment.chances import Chances, unit_chances
from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.assignment.rolls import Roll
from ebpm.rct.checks import design_notices
from ebpm.rct.means.comparison import arm_labels
from ebpm.rct.means.weighed import REFERENCES, Weighed, exploding_notices, lone_notices
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.inference import t_estimate


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
    reference : "satterthwaite" (the degrees of freedom of the mean of each arm in each stratum, from the shares of its units, and,
        of strata that count as wholes, their number less one, combined), "t" (units of both arms less two a stratum) or "normal".
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one a non-control arm, named by its label.

    Raises
    ------
    DesignError : if assignment and other columns contradict each other, if an arm was not declared, and as `difference_in_means`.

    Formula: (1/n) (sum_{i in 1} y_i / p_i - sum_{i in 0} y_i / q_i), y the totals of units. The variance sums
    (p_ij - p_i p_j) / p_ij y_i y_j / (p_i p_j) over pairs that were seen; a pair that cannot be seen, as a unit in two arms, is
    bounded by y_i y_j <= (y_i^2 + y_j^2) / 2. Strata in which two units can never share an arm, as matched pairs, count by the spread
    of their own contributions instead (`difference_in_means` with variance="hybrid"). Its mean is never below the true variance, nor
    is that of any contrast of several arms by `covariance`; with an effect it is above it by the sum of the squared effects on the
    units, so that intervals are wide; of pairs, by how much the effects of the pairs differ.

    Assumptions: the probabilities are those of the draw; no interference between units. The value depends on where zero lies on
    the scale of the outcome where numbers of rows vary from draw to draw; `hajek` does not.

    Source: Horvitz and Thompson (1952), JASA 47(260); Aronow and Samii (2017), Annals of Applied Statistics 11(4), equations
    8-10; Middleton and Aronow (2015), Statistics, Politics and Policy 6(1-2), for clusters; Imai, King and Nall (2009),
    Statistical Science 24(1), and Pashley and Miratrix (2021), Journal of Educational and Behavioral Statistics 46(3), for pairs.

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
    return _estimates(
        design,
        means,
        values,
        method="rct.horvitz_thompson",
        outcome=outcome,
        reference=reference,
        conf_level=conf_level,
    )


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
    are fixed, of those in its stratum, or in all strata that count as wholes, times the root of 1 - 1 / the number of units). With fixed numbers of rows in each arm it is
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
    residuals = residuals * design.lift(design.inverse * rows)[:, None]
    return _estimates(
        design, means, residuals, method="rct.hajek", outcome=outcome, reference=reference, conf_level=conf_level
    )


def _read(
    data: Any, outcome: str, *, treatment: str, assignment: Assignment | None, probability: str | None, control: object,
    cluster: str | None, strata: str | None,
) -> Weighed:  # fmt: skip
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
    return Weighed(trial, chances, trial.of_units(trial.arm))


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
    design: Weighed, means: Floats, values: Floats, *, method: str, outcome: str, reference: str, conf_level: float
) -> Estimates:
    one_of(reference, REFERENCES, "reference")
    trial, found, items = design.trial, design.spread(values), list[Estimate]()
    for j in range(1, len(trial.arms)):
        variance, df = found.of(j), found.df(j, reference)
        what = arm_labels(trial, j) | {"method": method, "conf_level": conf_level}
        items.append(t_estimate(float(means[j] - means[0]), float(np.sqrt(max(variance, 0.0))), df=df, **what))
    joint = Unavailable("no_joint_covariance") if found.hidden.any() else found.covariance
    told = design_notices(trial, outcome) + lone_notices(design, outcome) + exploding_notices(design)
    return Estimates(items=tuple(items), headline_term=items[0].term, covariance=joint, notices=told)
