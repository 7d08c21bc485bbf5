"""One effect on each of several outcomes, with step-down control of the family-wise error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices
from ebpm.rct.checks import design_notices
from ebpm.rct.means.comparison import compare
from ebpm.rct.randomisation import redraws_of, units_of
from ebpm.rct.regression.adjusted import lin_moments
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.multiple import step_down_max_t, step_down_min_p
from ebpm.stats.redrawn.inversion import ratio
from ebpm.stats.redrawn.wild import wild_statistics

REDRAWN = ("assignment", "bootstrap")
STEPS = {"max_t": step_down_max_t, "min_p": step_down_min_p}


def step_down(
    data: Any,
    outcome: str,
    *,
    also: Sequence[str],
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    redrawn: str = "assignment",
    steps: str = "max_t",
    draws: int = 10_000,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare two arms on a family of outcomes, holding the chance of any false finding at one level.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers, the headline.
    also : the other outcomes of the family.
    treatment : column of the assigned arm, of two arms.
    control, cluster, strata : as in `difference_in_means`.
    redrawn : "assignment" (Westfall and Young: every null is sharp, exact in any sample) or "bootstrap" (Romano and Wolf: wild
        bootstrap of rows or clusters under the nulls).
    steps : "max_t" (from the largest t statistic) or "min_p" (from the smallest p value of its own).
    draws : of assignments or bootstrap samples; all are gone through where there are 200,000 or fewer.
    seed : of the draws.
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one an outcome, named by it; estimates, standard errors and intervals (each for itself, not simultaneous) are
        those of `difference_in_means`, p values are adjusted.

    Raises
    ------
    DataError : if an outcome is named twice, and as `difference_in_means`.
    DesignError : if there are more than two arms, pairs with "bootstrap", and as `difference_in_means`.

    Formula: `ebpm.stats.multiple.step_down_max_t`; one draw is used for all outcomes, so that their dependence is kept. The t
    statistics are those of `difference_in_means`, or with "bootstrap" the regression's with a CR0 (of rows: HC0) error.

    Assumptions: assignment was as declared; no interference between units; the family was named before the data were seen.

    Source: Westfall and Young (1993), Resampling-Based Multiple Testing; Romano and Wolf (2005), Econometrica 73(4).

    Examples
    --------
    >>> import pandas as pd
    >>> light, bath = [1.0, 2, 3, 4, 7, 8, 9, 11], [3.0, 1, 2, 5, 4, 2, 6, 3]
    >>> trial = pd.DataFrame({"light": light, "bath": bath, "arm": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> [round(one.p_value, 4) for one in step_down(trial, "light", also=["bath"], treatment="arm")]
    [0.0286, 0.5429]
    """
    one_of(redrawn, REDRAWN, "redrawn")
    one_of(steps, tuple(STEPS), "steps")
    names = _names(outcome, also)
    frame = Frame.of(data)
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    trials = [read_trial(frame, name, **columns) for name in names]  # type: ignore[arg-type]
    first = trials[0]
    if len(first.arms) > 2:
        raise DesignError("rct_two_arms_only", column=treatment, arms=", ".join(first.arms))
    found = _redrawn(trials, draws, seed) if redrawn == "assignment" else _bootstrapped(trials, draws, seed, strata)
    adjusted = STEPS[steps](found[0], found[1], complete=found[2])
    method = f"rct.step_down_{redrawn}"
    items = tuple(
        replace(compare(trial, conf_level).headline, term=name, p_value=float(p), method=method)
        for trial, name, p in zip(trials, names, adjusted, strict=True)
    )
    notices = sum((design_notices(trial, name) for trial, name in zip(trials, names, strict=True)), Notices())
    return Estimates(items=items, headline_term=outcome, notices=notices)


def _names(outcome: str, also: Sequence[str]) -> tuple[str, ...]:
    names = (outcome, *named_columns(also, "also"))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError("rct_outcome_twice", columns=", ".join(twice))
    return names


def _standard(trials: Sequence[Trial]) -> Floats:
    columns = np.column_stack([trial.outcome for trial in trials])
    scaled: Floats = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    return scaled


def _redrawn(trials: Sequence[Trial], draws: int, seed: int) -> tuple[Floats, Floats, bool]:
    trial = trials[0]
    every = np.arange(trial.units)
    units, redraws = units_of(trial, _standard(trials), every), redraws_of(trial, every)
    observed = ratio(*units.effects(redraws.arm[None].astype(np.int8)))[0]
    found = np.concatenate([ratio(*units.effects(block)) for block in redraws.blocks(draws, seed)])
    return observed, found, redraws.enumerable


def _bootstrapped(trials: Sequence[Trial], draws: int, seed: int, strata: str | None) -> tuple[Floats, Floats, bool]:
    if trials[0].paired:
        raise DesignError("rct_lin_of_pairs", column=strata, pairs=len(trials[0].strata))
    none = np.empty((trials[0].n, 0))
    normals = [lin_moments(trial, none).normal for trial in trials]
    products, cross = normals[0][0], np.stack([one for _, one in normals], axis=2)
    contrast = np.eye(products.shape[1])[1]
    return wild_statistics(products, cross, contrast=contrast, draws=draws, seed=seed)
