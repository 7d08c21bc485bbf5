"""Regressions with one slope for all arms: ANCOVA, and the rows and columns that it shares with models of clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.estimate import Estimates
from ebpm.moments.frame import Codes, Floats, Frame
from ebpm.moments.naming import named_columns
from ebpm.rct.assigned import varying_units
from ebpm.rct.cautions import correction_notices, share_notices
from ebpm.rct.checks import design_notices
from ebpm.rct.regression.adjusted import arm_estimates, error_kind, refuse_roles, row_covariance
from ebpm.rct.regression.summed import adjustable_sums, summed_ancova
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.regression.covariance import Covariance, clustered
from ebpm.stats.regression.least_squares import least_squares


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """A trial and the columns of a regression with one slope for all arms.

    Parameters
    ----------
    trial : the trial; its units are the clusters where these were assigned.
    clusters : of the rows, where some were named: perhaps larger than what was assigned.
    design : 1, the non-control arms, covariates less their means, stratum dummies; shape (n, k).
    names : of the columns.
    """

    trial: Trial
    clusters: Codes
    design: Floats
    names: tuple[str, ...]

    @property
    def contrasts(self) -> Floats:
        """Those that pick the arms' coefficients."""
        return np.eye(len(self.names))[1 : len(self.trial.arms)]

    @property
    def extra(self) -> int:
        """Covariates and stratum dummies."""
        return len(self.names) - len(self.trial.arms)


def read_pooled(
    frame: Frame, outcome: str, covariates: Sequence[str], columns: dict[str, Any], *, across: bool = False
) -> Pooled:
    """Return a trial with the columns of a regression.

    Parameters
    ----------
    frame : the table.
    outcome : column of numbers.
    covariates : columns measured before assignment.
    columns : the arguments of `read_trial`.
    across : whether arms may differ within a cluster, which then is a site and not what was assigned.

    Raises
    ------
    DataError, DesignError : as `read_trial`, and if a covariate has another role.
    """
    covariates = named_columns(covariates, "covariates")
    refuse_roles(covariates, [(outcome, "outcome"), (columns["treatment"], "treatment")])
    cluster, rows = columns.get("cluster"), np.arange(len(frame))
    clusters = Codes(rows, tuple(rows)) if cluster is None else frame.codes(cluster, "cluster")
    arms = frame.codes(columns["treatment"], "treatment").codes
    site = across and len(varying_units(clusters.codes, arms)) > 0
    trial = read_trial(frame, outcome, **(columns | {"cluster": None if site else cluster}), lone=True)
    extra, names = exogenous(trial, frame.matrix(covariates, "covariates"), covariates)
    treated = (trial.arm[:, None] == np.arange(1, len(trial.arms))).astype(np.float64)
    design = np.hstack([extra[:, :1], treated, extra[:, 1:]])
    return Pooled(trial=trial, clusters=clusters, design=design, names=("1", *trial.arms[1:], *names[1:]))


def exogenous(trial: Trial, baseline: Floats, covariates: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """Return 1, the covariates less their means, and dummies of all strata but the first, with their names.

    Parameters
    ----------
    trial : the trial.
    baseline : covariates, shape (n, p).
    covariates : their names.
    """
    dummies = (trial.stratum[:, None] == np.arange(1, len(trial.strata))).astype(np.float64)
    extra = np.hstack([np.ones((trial.n, 1)), baseline - baseline.mean(axis=0), dummies])
    return extra, ("1", *named_columns(covariates, "covariates"), *(f"stratum {name}" for name in trial.strata[1:]))


def ancova(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    covariates: Sequence[str] = (),
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    errors: str = "design",
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms after regression on baseline covariates and strata, with the same slopes in every arm.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period). A lazy table, a path to Parquet files or
        `moments.scan` is summed where it lies, as in `lin`.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    covariates : columns measured before assignment, such as the outcome before.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata or pairs within which units were assigned; dummies enter.
    weights : column of analytical weights.
    errors : as in `lin`: "design" is HC2 with Bell and McCaffrey's df; clustered, CR2 with Satterthwaite's df.
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one a non-control arm, named by its label; R117 where errors leave pair effects uncorrected, R114 where the
        shares of the arms differ between strata.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `difference_in_means`, and if columns are collinear, naming them.

    Formula: y on 1, D, x - mean(x), stratum dummies; the effect is the coefficient of D. With equal shares in two arms it is as
    precise as `lin` in large samples; with unequal ones it can be less precise than no adjustment.

    Assumptions: units were assigned at random with the same shares in all strata (else strata are weighed by the precision of
    their comparison, n p (1 - p), and not by their rows); covariates precede assignment; no interference between units.

    Source: Fisher (1935), The Design of Experiments, chapter 9; Freedman (2008), Advances in Applied Mathematics 40(2); McKenzie
    (2012), Journal of Development Economics 99(2).

    Examples
    --------
    >>> import pandas as pd
    >>> before, arm = [8.0, 9.0, 10.0, 11.0, 12.0, 13.0], [0, 1, 0, 1, 0, 1]
    >>> after = [b - 0.5 * a for a, b in zip(arm, before)]
    >>> trial = pd.DataFrame({"before": before, "arm": arm, "after": [*after[:-1], after[-1] + 0.3]})
    >>> round(ancova(trial, "after", treatment="arm", covariates=["before"])["1"].estimate, 3)
    -0.438
    """
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata, "weights": weights}
    covariates = named_columns(covariates, "covariates")
    if (summed := adjustable_sums(data, outcome, covariates, columns, lone=True)) is not None:
        return summed_ancova(summed, errors=errors, strata=strata, conf_level=conf_level)
    one = read_pooled(Frame.of(data), outcome, covariates, columns)
    return regressed(one, one.trial.outcome, errors=errors, method="rct.ancova", conf_level=conf_level).with_notices(
        design_notices(one.trial, outcome, covariates=one.extra)
        + correction_notices(one.trial, error_kind(one.trial, errors), strata)
        + share_notices(one.trial.unit_cells, one.trial.arms, outcome)
    )


def regressed(one: Pooled, outcome: Floats, *, errors: str, method: str, conf_level: float) -> Estimates:
    """Return the arms' coefficients in a least-squares regression.

    Parameters
    ----------
    one : the columns.
    outcome : shape (n,).
    errors : as in `lin`.
    method : beginning of the entry of the texts, which the kind of covariance ends.
    conf_level : level of the intervals.
    """
    trial, kind = one.trial, error_kind(one.trial, errors)
    fit = least_squares(one.design, outcome - outcome.mean(), weights=trial.weights, names=one.names)
    covariance: Covariance
    if trial.clustered:
        covariance = clustered(fit, trial.unit, kind=kind, contrasts=one.contrasts)
    else:
        covariance = row_covariance(fit, kind, one.contrasts)
    effects = one.contrasts @ fit.coefficients
    return arm_estimates(trial, effects, covariance, method=f"{method}_{kind.lower()}", conf_level=conf_level)
