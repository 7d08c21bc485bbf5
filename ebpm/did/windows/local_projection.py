"""Local projections: at each horizon the change since before treatment, newly treated units against those untreated till then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.did.group_time.cells import CONTROLS
from ebpm.did.group_time.checks import check_adoption
from ebpm.did.joint import Reading
from ebpm.did.regression_checks import Clusters, check_clusters
from ebpm.did.windows.checks import Horizons, check_horizons
from ebpm.did.windows.grid import read_grid
from ebpm.did.windows.horizons import REFERENCE, Horizon, Projection, Sample, as_estimates
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import one_of
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices
from ebpm.stats.inference import level

WEIGHTINGS = ("equal", "variance")
BASES = ("last", "mean")
COMPOSITIONS = ("varying", "fixed")
PRE, POST = "pooled_pre", "pooled_post"


def local_projection(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    pre_window: float = np.inf,
    post_window: float = np.inf,
    covariates: Sequence[str] = (),
    control: str = "not_yet_treated",
    weighting: str = "equal",
    base: str = "last",
    composition: str = "varying",
    cluster: str | None = None,
    weights: str | None = None,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate effects by horizon from changes since before treatment, newly treated units against those still untreated.

    Parameters
    ----------
    data, outcome, unit, time, first_treated, cluster, errors, conf_level : as in `did.imputation`; asymptotic errors are CR1 here.
    pre_window, post_window : horizons from -pre_window to post_window periods since treatment; as far as the data go where infinite.
    covariates : columns, read in the period before treatment (for comparison units: before the date at which they are compared).
    control : "not_yet_treated" compares with units untreated up to the horizon, "never_treated" with those never treated.
    weighting : "equal": every newly treated unit counts alike (regression adjustment: dates and covariates are fitted to the
        comparison units alone). "variance": least squares of the change on treatment, dates and covariates, which
        favours dates at which treated and comparison units are of similar number.
    base : "last" takes changes from the period before treatment; "mean" from the mean of all periods before it, of units seen in
        all of them, which is less noisy and asks for parallel trends in all of them.
    composition : "varying" uses at each horizon all that can be compared there, "fixed" only units and dates that can be compared at
        every horizon, the last one's comparison units for all.
    weights : column of sampling weights, constant within a unit.

    Returns
    -------
    One estimate a horizon, that before treatment zero by definition with `base="last"`; then "pooled_pre" and "pooled_post",
    of the mean outcome over the horizons before -1 and from 0 on, of units seen in all of them; last "overall", the mean of the horizons
    from 0 on. Joint covariance and simultaneous band.

    Raises
    ------
    DataError : what `did.imputation` refuses; an unknown choice; a window without a period before treatment.
    DesignError : no cohort that can be compared; collinear covariates.

    Formula: y_(i,t+h) - y_(i,t-1) = b_h D_it + d_ht + x_i'f_h + e over newly treated rows (D = 1, t the first treated period) and
    comparison rows (first treated after t + h, or after t for h < 0); "equal": b_h is the mean over D = 1 of the left side less
    what d and f, from D = 0, predict. Errors by cluster with influence functions: "equal" times G/(G-1), "variance" times
    G/(G-1) (n-1)/(n-K), K treatment, covariates and dates; G - 1 degrees of freedom, G, n and K of the horizon. Without covariates "equal"
    with `base="last"` is `did.att_gt(..., base="universal").aggregate("event")`, errors but for G/(G-1) included.

    Assumptions: parallel trends (given covariates), no anticipation, treatment does not end, clusters independent; "variance" with
    covariates also that effects do not vary with them.

    Source: Dube, Girardi, Jorda and Taylor (2023), NBER Working Paper 31184, sections 3 and 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> found = did.local_projection(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> round(found.headline.estimate, 9)
    3.5
    """
    covariates = named_columns(covariates, "covariates")
    grid = read_grid(
        data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, weights=weights, covariates=covariates,
    )  # fmt: skip
    projection = Projection(
        grid=grid, control=one_of(control, CONTROLS, "control"), mean=one_of(base, BASES, "base") == "mean",
        equal=one_of(weighting, WEIGHTINGS, "weighting") == "equal", names=tuple(covariates), arms=grid.arms(errors),
    )  # fmt: skip
    pre, post = grid.steps(pre_window, "pre_window", least=1), grid.steps(post_window, "post_window", least=0)
    fixed = one_of(composition, COMPOSITIONS, "composition") == "fixed"
    projection, samples = _sampled(projection, pre, post, fixed=fixed)
    told = _told(samples, pre, post)
    placed = [
        projection.fitted(samples[steps], str(grid.step * steps), reference=steps == REFERENCE and base == "last")
        for steps in told
    ]
    reading = _reading(projection, samples, f"did.local_projection.{weighting}", conf_level)
    return as_estimates(
        placed, list(_pooled(projection, told)), positions=[grid.step * steps for steps in told], reading=reading
    )


def _reading(projection: Projection, samples: dict[int, Sample], method: str, conf_level: float) -> Reading:
    """Return how the horizons are to be read."""
    grid, arms = projection.grid, projection.arms
    return Reading(
        method=method, rows=grid.rows.size, clusters=arms.clusters, df=arms.clusters - 1.0, conf_level=level(conf_level),
        floor=grid.rows.rounding, notices=_notices(projection, samples), arms=arms,
    )  # fmt: skip


def _sampled(projection: Projection, pre: int, post: int, *, fixed: bool) -> tuple[Projection, dict[int, Sample]]:
    """Return the projection, of the units seen at all steps where they are to stay the same, and its sample of each step."""
    samples = {steps: projection.sample([steps]) for steps in range(-pre, post + 1)}
    if not fixed:
        return projection, samples
    projection = replace(projection, window=tuple(_told(samples, pre, post)))
    return projection, {steps: projection.sample([steps]) for steps in projection.window}


def _pooled(projection: Projection, told: Sequence[int]) -> Iterator[Horizon]:
    """Yield the mean outcome over the horizons before the reference, and over those from treatment on."""
    windows = {PRE: [steps for steps in told if steps < REFERENCE], POST: [steps for steps in told if steps >= 0]}
    samples = {term: projection.sample(steps) for term, steps in windows.items() if steps}
    yield from (projection.fitted(sample, term) for term, sample in samples.items() if sample.told)


def _told(samples: dict[int, Sample], pre: int, post: int) -> list[int]:
    """Return the steps at which there is something to compare.

    Raises
    ------
    DesignError : if there is nothing from treatment on.
    """
    told = [steps for steps, sample in samples.items() if sample.told]
    if not any(steps >= 0 for steps in told):
        raise DesignError("did_no_horizon", pre=-pre, post=post)
    return told


def _notices(projection: Projection, samples: dict[int, Sample]) -> Notices:
    grid = projection.grid
    first = next(one for steps, one in samples.items() if steps >= 0 and one.told)
    spoken = Horizons(
        cohorts={
            grid.step * steps: frozenset(one.cohorts) for steps, one in samples.items() if steps >= 0 and one.told
        },
        alone={grid.step * steps: one.alone for steps, one in samples.items() if steps >= 0},
    )
    treated = np.isin(np.arange(len(grid.first)), first.unit[first.changes.treated])
    found = check_adoption(grid.adoption(first.cohorts)) + check_horizons(spoken)
    arms = projection.arms
    clusters = Clusters.of(grid.clusters, treated, corrected=arms.corrected, mass=arms.mass)
    return found + check_clusters(clusters) + grid.rows.standing.notices
