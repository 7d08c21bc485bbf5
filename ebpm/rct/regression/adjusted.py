"""What regressions of a trial share: columns, maps of moments to designs, covariance, estimates of the arms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.moments.naming import named_column, named_columns
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.notices import Notices
from ebpm.rct.assigned import Assigned
from ebpm.rct.checks import leverage_notices
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.inference import rounding, t_estimate
from ebpm.stats.regression.clusters import CLUSTERED
from ebpm.stats.regression.covariance import ROBUST, Covariance, bell_mccaffrey, robust
from ebpm.stats.regression.least_squares import Fit, least_squares

ROW_ERRORS = (*ROBUST, "HC2_BM")


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Combinations of the coefficients, shape (m,), their covariance, and what the fit warns of."""

    effects: Floats
    covariance: Covariance
    notices: Notices


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


def error_kind(trial: Assigned, errors: str) -> str:
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
    refuse_roles(covariates, [(outcome, "outcome"), (columns["treatment"], "treatment")])
    trial = read_trial(frame, outcome, **columns)
    refuse_pairs(trial, columns["strata"])
    return trial, frame.matrix(covariates, "covariates")


def refuse_pairs(trial: Assigned, strata: str | None) -> None:
    """Refuse pairs, of which Lin's regression has more columns than it can fit."""
    if trial.paired:
        raise DesignError("rct_lin_of_pairs", column=strata, pairs=len(trial.strata))


def refuse_roles(covariates: Sequence[str], taken: Iterable[tuple[str, str]]) -> None:
    """Refuse covariates that have another role already.

    Parameters
    ----------
    covariates : names of columns.
    taken : columns and their roles.
    """
    roles = {named_column(column, role): role for column, role in taken}
    for name in named_columns(covariates, "covariates"):
        if name in roles:
            raise DesignError("rct_covariate_is", column=name, role=roles[name])


def column_names(trial: Assigned, covariates: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns of Lin's regression."""
    extra = [*named_columns(covariates, "covariates"), *(f"stratum {name}" for name in trial.strata[1:])]
    arms = trial.arms[1:]
    return ("1", *arms, *extra, *(f"{arm}:{name}" for arm in arms for name in extra))


def _rows(trial: Trial, baseline: Floats, names: tuple[str, ...], kind: str, contrasts: Floats) -> Adjusted:
    extra = np.hstack([baseline, indicators(trial.stratum, len(trial.strata))])
    extra = extra - np.average(extra, axis=0, weights=trial.weights) if extra.size else extra
    arms = indicators(trial.arm, len(trial.arms))
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
    return lin_mapped(trial, ClusterMoments.of(basis, outcome, codes=trial.unit, clusters=trial.units, weights=weights))


def lin_mapped(trial: Assigned, moments: ClusterMoments) -> ClusterMoments:
    """Return moments of [1, x] as those of Lin's design: arms and strata are constant within clusters, x is centred.

    Parameters
    ----------
    trial : the trial.
    moments : of its clusters.
    """
    return moments.mapped(_maps(trial, moments))


def _maps(trial: Assigned, moments: ClusterMoments) -> Floats:
    """The map of each cluster from its basis [1, x] to its design: constants are its arm and stratum, x is centred."""
    stratum, own = trial.unit_places
    q, units = moments.maps.shape[1], len(stratum)
    totals = moments.sides[:, 0, :-1].sum(axis=0)
    centred = np.eye(q)[:, 1:]
    centred[0] = -totals[1:] / totals[0]
    extra = np.zeros((units, q, q - 1 + len(trial.strata) - 1))
    extra[:, :, : q - 1] = centred
    extra[:, 0, q - 1 :] = indicators(stratum, len(trial.strata)) - trial.stratum_shares[1:]
    arms = indicators(own, len(trial.arms))
    constant = np.zeros((units, q, len(trial.arms)))
    constant[:, 0, 0] = 1.0
    constant[:, 0, 1:] = arms
    return np.concatenate([constant, extra, *(arm[:, None, None] * extra for arm in arms.T)], axis=2)


def indicators(codes: Ints, levels: int) -> Floats:
    """Return one column a level but the first, shape (n, levels - 1)."""
    return np.asarray(codes[:, None] == np.arange(1, levels), dtype=np.float64)


def arm_contrasts(trial: Assigned, k: int) -> Floats:
    """Return the contrasts that pick the arms' coefficients among k."""
    return np.eye(k)[1 : len(trial.arms)]


def arm_estimates(
    trial: Assigned, effects: Floats, covariance: Covariance, *, method: str, conf_level: float, clusters: int = 0
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
        "floor": rounding(trial.cell_means),
    }  # fmt: skip
    columns = zip(trial.arms[1:], effects, covariance.std_errors, covariance.df, strict=True)
    items = tuple(t_estimate(value, error, df=df, term=arm, n=trial.n, **what) for arm, value, error, df in columns)
    return Estimates(items=items, headline_term=items[0].term, covariance=covariance.matrix)
