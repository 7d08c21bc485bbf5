"""Lin's regression: baseline covariates and strata, centred and interacted with the arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.notices import Notices
from ebpm.rct.cautions import correction_notices
from ebpm.rct.checks import design_notices, leverage_notices
from ebpm.rct.estimands import named_estimand, of_estimand
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.clusters import CLUSTERED
from ebpm.stats.covariance import ROBUST, Covariance, bell_mccaffrey, robust
from ebpm.stats.inference import t_estimate
from ebpm.stats.least_squares import Fit, least_squares

ROW_ERRORS = (*ROBUST, "HC2_BM")


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Combinations of the coefficients, shape (m,), their covariance, and what the fit warns of."""

    effects: Floats
    covariance: Covariance
    notices: Notices


def lin(
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
    estimand: str = "participants",
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms after regression on centred baseline covariates, with other slopes in each arm.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    treatment : column of the assigned arm.
    covariates : columns measured before assignment.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned; they enter as centred dummies.
    weights : column of analytical weights.
    errors : "design" (HC2 with Bell and McCaffrey's df, "HC2_BM"; clustered: CR2 with Satterthwaite's df), or, with n - k df,
        "classical", "HC0", "HC1", "HC2", "HC3"; clustered: "CR0", "CR1", "CR1S", "CR3".
    estimand : in a cluster trial, "participants" (the mean over rows) or "clusters" (the mean over clusters: their means are
        analysed as single rows, covariates too).
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one a non-control arm, named by its label, with their joint covariance.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `difference_in_means`; also for pairs, and if covariates are collinear (within an arm), naming them.

    Formula: y on 1, D, x - mean(x), D (x - mean(x)); the effect is the coefficient of D. The standard error takes the means of
    the covariates as known.

    Assumptions: units were assigned at random (within strata); covariates precede assignment; no interference between units.

    Source: Lin (2013), Annals of Applied Statistics 7(1), section 4; Bell and McCaffrey (2002) and Pustejovsky and Tipton (2018)
    for clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> before, arm = [8.0, 9.0, 10.0, 11.0, 12.0, 13.0], [0, 1, 0, 1, 0, 1]
    >>> after = [b - 0.5 * a for a, b in zip(arm, before)]
    >>> trial = pd.DataFrame({"before": before, "arm": arm, "after": [*after[:-1], after[-1] + 0.3]})
    >>> round(lin(trial, "after", treatment="arm", covariates=["before"])["1"].estimate, 3)
    -0.438
    """
    frame = Frame.of(data)
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata, "weights": weights}
    trial, baseline = read_adjusted(frame, outcome, covariates, columns)
    names, one = column_names(trial, covariates), of_estimand(trial, estimand)
    if one is not trial:
        baseline = trial.means_of_units(baseline)
    found = adjusted(one, baseline, names, errors=errors, contrasts=_effects(one, len(names)))
    notices = design_notices(trial, outcome, covariates=baseline.shape[1] + len(trial.strata) - 1) + found.notices
    notices += correction_notices(trial, found.covariance.kind, strata)
    method = f"rct.lin_{found.covariance.kind.lower()}"
    result = arm_estimates(trial, found.effects, found.covariance, method=method, conf_level=conf_level)
    return named_estimand(result, trial, estimand).with_notices(notices)


def adjusted(trial: Trial, baseline: Floats, names: tuple[str, ...], *, errors: str, contrasts: Floats) -> Adjusted:
    """Return combinations of the coefficients of Lin's regression with their covariance.

    Parameters
    ----------
    trial : the trial.
    baseline : covariates, shape (n, p).
    names : of the columns, as `column_names` gives them.
    errors : as in `lin`.
    contrasts : linear combinations, shape (m, k).
    """
    kind = error_kind(trial, errors)
    return (_clustered if trial.clustered else _rows)(trial, baseline, names, kind, contrasts)


def error_kind(trial: Trial, errors: str) -> str:
    """Return the covariance that was asked for: by design HC2 of rows with Bell and McCaffrey's df, CR2 of clusters.

    Parameters
    ----------
    trial : the trial.
    errors : "design" or a kind of covariance.
    """
    if errors == "design":
        return "CR2" if trial.clustered else "HC2_BM"
    return one_of(errors, CLUSTERED if trial.clustered else ROW_ERRORS, "errors")


def read_adjusted(
    frame: Frame, outcome: str, covariates: Sequence[str], columns: dict[str, Any]
) -> tuple[Trial, Floats]:
    """Return a trial and its covariates, refused where Lin's regression cannot have them.

    Parameters
    ----------
    frame : the table.
    outcome : column of numbers.
    covariates : columns measured before assignment.
    columns : the arguments of `read_trial`.
    """
    refuse_roles(covariates, {outcome: "outcome", columns["treatment"]: "treatment"})
    trial = read_trial(frame, outcome, **columns)
    if trial.paired:
        raise DesignError("rct_lin_of_pairs", column=columns["strata"], pairs=len(trial.strata))
    return trial, frame.matrix(covariates, "covariates")


def refuse_roles(covariates: Sequence[str], taken: dict[str, str]) -> None:
    """Refuse covariates that are one text, or that have another role already.

    Parameters
    ----------
    covariates : names of columns.
    taken : roles by column.
    """
    if isinstance(covariates, str):
        raise DataError("rct_covariates_text", given=covariates)
    for name in covariates:
        if name in taken:
            raise DesignError("rct_covariate_is", column=name, role=taken[name])


def column_names(trial: Trial, covariates: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns of Lin's regression."""
    extra = [*covariates, *(f"stratum {name}" for name in trial.strata[1:])]
    arms = trial.arms[1:]
    return ("1", *arms, *extra, *(f"{arm}:{name}" for arm in arms for name in extra))


def _rows(trial: Trial, baseline: Floats, names: tuple[str, ...], kind: str, contrasts: Floats) -> Adjusted:
    extra = np.hstack([baseline, _indicators(trial.stratum, len(trial.strata))])
    extra = extra - np.average(extra, axis=0, weights=trial.weights) if extra.size else extra
    arms = _indicators(trial.arm, len(trial.arms))
    interactions = [arms[:, [j]] * extra for j in range(arms.shape[1])]
    design = np.hstack([np.ones((trial.n, 1)), arms, extra, *interactions])
    middle = trial.outcome.mean()
    fit = least_squares(design, trial.outcome - middle, weights=trial.weights, names=names)
    return Adjusted(
        contrasts @ fit.coefficients, row_covariance(fit, kind, contrasts), leverage_notices(_saturated(fit))
    )


def row_covariance(fit: Fit, kind: str, contrasts: Floats) -> Covariance:
    """Return the covariance for independent rows, with Bell and McCaffrey's df where the kind ends in _BM.

    Parameters
    ----------
    fit : the least-squares fit.
    kind : one of `ROW_ERRORS`.
    contrasts : linear combinations, shape (m, k).
    """
    covariance = robust(fit, kind.removesuffix("_BM"), contrasts=contrasts)
    df = bell_mccaffrey(fit, contrasts=contrasts) if kind == "HC2_BM" else covariance.df
    return Covariance(covariance.matrix, df, kind)


def _saturated(fit: Fit) -> int:
    return int((fit.leverages > 1.0 - 1e-8).sum())


def _clustered(trial: Trial, baseline: Floats, names: tuple[str, ...], kind: str, contrasts: Floats) -> Adjusted:
    result = regress(lin_moments(trial, baseline), kind=kind, contrasts=contrasts, names=names)
    return Adjusted(contrasts @ result.coefficients, result.covariance, Notices())


def lin_moments(trial: Trial, baseline: Floats) -> ClusterMoments:
    """Return the cluster moments of Lin's regression; its columns are 1, the arms, and what is centred.

    Parameters
    ----------
    trial : the trial.
    baseline : covariates, shape (n, p).
    """
    basis = np.hstack([np.ones((trial.n, 1)), baseline - baseline.mean(axis=0)])
    weights = trial.weights if trial.weighted else None
    outcome = trial.outcome - trial.outcome.mean()
    moments = ClusterMoments.of(basis, outcome, codes=trial.unit, clusters=trial.units, weights=weights)
    return moments.mapped(_maps(trial, moments))


def _maps(trial: Trial, moments: ClusterMoments) -> Floats:
    """The map of each cluster from its basis [1, x] to its design: constants are its arm and stratum, x is centred."""
    q, units = moments.maps.shape[1], trial.units
    totals = moments.sides[:, 0, :-1].sum(axis=0)
    centred = np.eye(q)[:, 1:]
    centred[0] = -totals[1:] / totals[0]
    extra = np.zeros((units, q, q - 1 + len(trial.strata) - 1))
    extra[:, :, : q - 1] = centred
    extra[:, 0, q - 1 :] = _indicators(trial.of_units(trial.stratum), len(trial.strata)) - trial.stratum_shares[1:]
    arms = _indicators(trial.of_units(trial.arm), len(trial.arms))
    constant = np.zeros((units, q, len(trial.arms)))
    constant[:, 0, 0] = 1.0
    constant[:, 0, 1:] = arms
    return np.concatenate([constant, extra, *(arm[:, None, None] * extra for arm in arms.T)], axis=2)


def _indicators(codes: Ints, levels: int) -> Floats:
    """One column a level but the first, shape (n, levels - 1)."""
    return np.asarray(codes[:, None] == np.arange(1, levels), dtype=np.float64)


def _effects(trial: Trial, k: int) -> Floats:
    """Contrasts that pick the arms' coefficients."""
    return np.eye(k)[1 : len(trial.arms)]


def arm_estimates(
    trial: Trial, effects: Floats, covariance: Covariance, *, method: str, conf_level: float, clusters: int = 0
) -> Estimates:
    """Return the effects of the arms of a model that was fitted to all rows.

    Parameters
    ----------
    trial : the trial.
    effects : of the non-control arms, shape (arms - 1,).
    covariance : theirs.
    method : entry of the texts.
    conf_level : level of the intervals.
    clusters : their number; where 0, the units of a trial by cluster.
    """
    what: dict[str, Any] = {
        "clusters": clusters or (trial.units if trial.clustered else 0), "estimand": "itt", "method": method, "conf_level": conf_level,
    }  # fmt: skip
    columns = zip(trial.arms[1:], effects, covariance.std_errors, covariance.df, strict=True)
    items = tuple(t_estimate(value, error, df=df, term=arm, n=trial.n, **what) for arm, value, error, df in columns)
    return Estimates(items=items, headline_term=items[0].term, covariance=covariance.matrix)
