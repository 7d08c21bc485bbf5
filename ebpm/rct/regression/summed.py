"""Lin's regression and ANCOVA from sums by arm, stratum and cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.notices import Notices
from ebpm.rct.cautions import correction_notices, share_notices
from ebpm.rct.checks import design_notices, leverage_notices
from ebpm.rct.estimands import named_estimand, of_estimand
from ebpm.rct.regression.adjusted import (
    Adjusted,
    adjusted,
    arm_contrasts,
    arm_estimates,
    column_names,
    error_kind,
    indicators,
    lin_mapped,
    refuse_roles,
)
from ebpm.rct.regression.row_passes import row_passes
from ebpm.rct.summed_trial import Columns, SummedTrial, summed_trial
from ebpm.stats.regression.covariance import Covariance
from ebpm.stats.regression.repeated import repeated_covariance, repeated_least_squares


def adjustable_sums(
    data: Any, outcome: str, covariates: Sequence[str], columns: Columns, *, lone: bool = False
) -> SummedTrial | None:
    """Return the trial of a table that stays where it is, None of one in memory.

    Parameters
    ----------
    data, outcome, covariates, columns, lone : as in `summed_trial`.
    """
    refuse_roles(covariates, [(outcome, "outcome"), (columns["treatment"], "treatment")])
    passes = {"covariates without cluster": columns["cluster"] is None and len(covariates) > 0}
    return summed_trial(data, outcome, covariates, columns=columns, records={}, passes=passes, lone=lone)


def summed_lin(trial: SummedTrial, *, errors: str, estimand: str, strata: str | None, conf_level: float) -> Estimates:
    """Return `rct.lin` from sums.

    Parameters
    ----------
    trial : the trial.
    errors, estimand, strata, conf_level : as in `rct.lin`.
    """
    names = column_names(trial, trial.covariates)
    contrasts = arm_contrasts(trial, len(names))
    if of_estimand(trial, estimand) is trial:
        kind = error_kind(trial, errors)
        if trial.clustered:
            found = _fitted(lin_mapped(trial, trial.moments), names, kind, contrasts)
        elif trial.scan is not None:
            design = lin_mapped(trial, trial.moments)
            found = row_passes(trial, trial.scan, design, names, kind=kind, contrasts=contrasts, tell=True)
        else:
            found = _lin_of_rows(trial, names, kind, contrasts)
    else:
        means = [trial.means_of_units(one) for one in trial.covariates]
        baseline = np.column_stack(means) if means else np.empty((trial.units, 0))
        found = adjusted(trial.of_clusters(), baseline, names, errors=errors, contrasts=contrasts)
    notices = design_notices(trial, trial.outcome, covariates=len(trial.covariates) + len(trial.strata) - 1)
    notices += found.notices + correction_notices(trial, found.covariance.kind, strata)
    method = f"rct.lin_{found.covariance.kind.lower()}"
    result = arm_estimates(trial, found.effects, found.covariance, method=method, conf_level=conf_level)
    return named_estimand(result, trial, estimand).with_notices(notices)


def summed_ancova(trial: SummedTrial, *, errors: str, strata: str | None, conf_level: float) -> Estimates:
    """Return `rct.ancova` from sums.

    Parameters
    ----------
    trial : the trial.
    errors, strata, conf_level : as in `rct.ancova`.
    """
    dummies = tuple(f"stratum {name}" for name in trial.strata[1:])
    names = ("1", *trial.arms[1:], *trial.covariates, *dummies)
    contrasts, kind = arm_contrasts(trial, len(names)), error_kind(trial, errors)
    if trial.clustered:
        found = _fitted(trial.moments.mapped(_pooled_maps(trial)), names, kind, contrasts)
    elif trial.scan is not None:
        design = trial.moments.mapped(_pooled_maps(trial))
        found = row_passes(trial, trial.scan, design, names, kind=kind, contrasts=contrasts, tell=False)
    else:
        stratum, arm = _cells(trial)
        constant = np.ones((len(stratum), 1))
        found = _of_rows(
            trial, np.hstack([constant, indicators(arm, len(trial.arms)), indicators(stratum, len(trial.strata))]), names, kind,
            contrasts,
        )  # fmt: skip
    method = f"rct.ancova_{kind.lower()}"
    return arm_estimates(trial, found.effects, found.covariance, method=method, conf_level=conf_level).with_notices(
        design_notices(trial, trial.outcome, covariates=len(names) - len(trial.arms))
        + correction_notices(trial, kind, strata)
        + share_notices(trial.unit_cells, trial.arms, trial.outcome)
    )


def _fitted(moments: ClusterMoments, names: Sequence[str], kind: str, contrasts: Floats) -> Adjusted:
    result = regress(moments, kind=kind, contrasts=contrasts, names=tuple(names))
    return Adjusted(contrasts @ result.coefficients, result.covariance, Notices())


def _pooled_maps(trial: SummedTrial) -> Floats:
    """The map of each cluster from its basis [1, x] to 1, its arm, x and its stratum."""
    stratum, arm = trial.unit_places
    q, units = len(trial.covariates) + 1, len(stratum)
    constant = [np.ones((units, 1)), indicators(arm, len(trial.arms)), indicators(stratum, len(trial.strata))]
    parts = [np.zeros((units, q, one.shape[1])) for one in constant]
    for part, one in zip(parts, constant, strict=True):
        part[:, 0, :] = one
    slopes = np.broadcast_to(np.eye(q)[:, 1:], (units, q, q - 1))
    return np.concatenate([*parts[:2], slopes, parts[2]], axis=2)


def _cells(trial: SummedTrial) -> tuple[Ints, Ints]:
    """Stratum and arm of each cell with rows."""
    stratum, arm = np.nonzero(trial.row_cells)
    return stratum, arm


def _lin_of_rows(trial: SummedTrial, names: Sequence[str], kind: str, contrasts: Floats) -> Adjusted:
    stratum, arm = _cells(trial)
    arms = indicators(arm, len(trial.arms))
    extra = indicators(stratum, len(trial.strata)) - trial.stratum_shares[1:]
    interactions = [arms[:, [j]] * extra for j in range(arms.shape[1])]
    return _of_rows(trial, np.hstack([np.ones((len(arm), 1)), arms, extra, *interactions]), names, kind, contrasts)


def _of_rows(trial: SummedTrial, design: Floats, names: Sequence[str], kind: str, contrasts: Floats) -> Adjusted:
    where = _cells(trial)
    fit = repeated_least_squares(
        design, trial.cell_means[where] - float(trial.sums.mean(trial.outcome)), counts=trial.row_cells[where],
        squares=trial.cell_squares[where], names=names,
    )  # fmt: skip
    covariance: Covariance = repeated_covariance(fit, kind, contrasts=contrasts)
    return Adjusted(contrasts @ fit.coefficients, covariance, leverage_notices(fit.saturated))
