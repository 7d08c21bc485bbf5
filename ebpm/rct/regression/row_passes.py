"""Regressions of rows that were assigned one by one, over a table that stays where it is."""

from __future__ import annotations

from collections.abc import Sequence

from ebpm.moments.frame import Floats
from ebpm.moments.regression import ClusterMoments
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.streamed.row_regression import row_regression
from ebpm.notices import Notices
from ebpm.rct.checks import leverage_notices
from ebpm.rct.regression.adjusted import Adjusted
from ebpm.rct.summed_trial import SummedTrial


def row_passes(
    trial: SummedTrial, scan: Scan, moments: ClusterMoments, names: Sequence[str], *, kind: str, contrasts: Floats, tell: bool
) -> Adjusted:  # fmt: skip
    """Return combinations of the coefficients with a covariance for independent rows.

    Parameters
    ----------
    trial : the trial, its groups strata by arms.
    scan : its table.
    moments, names, kind, contrasts : as in `row_regression`.
    tell : whether rows that alone determine a coefficient are told of.
    """
    numbers = (trial.outcome, *trial.covariates)
    found = row_regression(scan, trial.sums, numbers, moments, names=names, kind=kind, contrasts=contrasts)
    return Adjusted(found.values, found.covariance, leverage_notices(found.saturated) if tell else Notices())
