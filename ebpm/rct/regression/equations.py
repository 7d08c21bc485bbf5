"""Estimating equations of a trial, read and solved: what effects on the linear predictor and standardised risks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.notices import Notice, Notices
from ebpm.rct.cautions import correction_notices
from ebpm.rct.regression.mixed import model_notices
from ebpm.rct.regression.pooled import Pooled, read_pooled
from ebpm.stats.regression.gee import FAMILIES, SANDWICHES, GEEFit
from ebpm.stats.regression.gee import gee as solve
from ebpm.stats.regression.working import CORRELATIONS, TIMED

REFERENCES = ("t", "normal")
PER_CORRELATION = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How estimating equations are set up; fields as the parameters of `ebpm.rct.gee`."""

    family: str
    correlation: str
    time: str | None
    errors: str
    reference: str
    exposure: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is not known, and a correlation in time without time."""
        for value, choices, name in (
            (self.family, FAMILIES, "family"), (self.correlation, CORRELATIONS, "correlation"),
            (self.errors, SANDWICHES, "errors"), (self.reference, REFERENCES, "reference"),
        ):  # fmt: skip
            one_of(value, choices, name)
        if self.correlation in TIMED and self.time is None:
            raise DesignError("rct_gee_without_time", correlation=self.correlation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equations:
    """Solved equations.

    Parameters
    ----------
    one : trial and columns.
    fit : all coefficients.
    df : of the reference distribution.
    notices : what the guard rails found.
    """

    one: Pooled
    fit: GEEFit
    df: float
    notices: Notices


def equations(
    frame: Frame, outcome: str, covariates: Sequence[str], columns: dict[str, Any], how: How, *, conf_level: float
) -> Equations:
    """Return the equations of a trial, solved.

    Parameters
    ----------
    frame : the table.
    outcome : column of numbers.
    covariates : columns measured before assignment.
    columns : the arguments of `read_trial`.
    how : family, working correlation, errors.
    conf_level : level of the interval of the difference between estimands.

    Raises
    ------
    DataError, DesignError : as `ebpm.rct.gee`.
    """
    one = read_pooled(frame, outcome, covariates, columns, across=True)
    clusters, k = len(one.clusters), len(one.names)
    if how.reference == "t" and clusters <= k:
        raise DesignError("rct_gee_few_clusters", cluster=columns["cluster"], clusters=clusters, columns=k)
    fit = solve(
        one.design, one.trial.outcome, codes=one.clusters.codes, contrasts=np.eye(k), family=how.family,
        correlation=how.correlation, errors=how.errors, names=one.names, exposure=_exposure(frame, how),
        waves=None if how.time is None else _waves(frame, how.time),
    )  # fmt: skip
    notices = model_notices(one, outcome, conf_level) + correction_notices(one.trial, how.errors, columns["strata"])
    notices += _correlation_notices(how.correlation, fit, clusters, columns["cluster"])
    if how.correlation == "independence":
        notices = replace(notices, items=tuple(item for item in notices if item.code != "R115"))
    return Equations(one=one, fit=fit, df=float(clusters - k) if how.reference == "t" else np.inf, notices=notices)


def _correlation_notices(correlation: str, fit: GEEFit, clusters: int, about: str) -> Notices:
    """R118 where no correlation is seen, R133 where many correlations are estimated from few clusters."""
    found, parameters = [], len(fit.correlations)
    if correlation == "exchangeable" and fit.correlation == 0.0:
        found.append(Notice("R118", about, MappingProxyType({"clusters": clusters})))
    if parameters > 1 and clusters < PER_CORRELATION * parameters:
        facts = {"clusters": clusters, "correlations": parameters, "least": PER_CORRELATION * parameters}
        found.append(Notice("R133", about, MappingProxyType(facts)))
    return Notices(tuple(found))


def _exposure(frame: Frame, how: How) -> Floats | None:
    return None if how.exposure is None else frame.numbers(how.exposure, "exposure")


def _waves(frame: Frame, time: str) -> Ints:
    """The time itself where it is in whole numbers, so that gaps count; else its place among the times in order."""
    codes = frame.codes(time, "time")
    whole = all(isinstance(level, int | float) and float(level).is_integer() for level in codes.levels)
    levels = np.array([int(level) for level in codes.levels] if whole else range(len(codes)), dtype=np.int64)
    return levels[codes.codes]
