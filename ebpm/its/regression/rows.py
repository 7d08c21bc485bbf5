"""The rows of a segmented regression as least squares saw them, and standard errors that are robust to heteroskedasticity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.its.periods.names import term_words
from ebpm.its.regression.effects import contrasts
from ebpm.its.regression.settings import AVERAGED
from ebpm.moments.frame import one_of
from ebpm.stats.inference import rounding, t_estimate
from ebpm.stats.regression.covariance import ROBUST
from ebpm.stats.regression.covariance import robust as robust_covariance
from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.series.arma_restricted import mixed_process

if TYPE_CHECKING:
    from ebpm.its.regression.segmented import Segmented

Floats = NDArray[np.float64]

KINDS = ROBUST[1:]


@dataclass(frozen=True, slots=True)
class Rows:
    """Regressors and residuals of one series: weighted for counts, with the autoregression taken out where there is one.

    Parameters
    ----------
    X : shape (n, p).
    residuals : shape (n,).
    """

    X: Floats
    residuals: Floats


def rows_of(result: Segmented) -> tuple[Rows, ...]:
    """Return the rows of each series; all but the first with Cochrane and Orcutt.

    Raises
    ------
    DesignError : for errors="reml_averaged", which is no single regression.
    """
    observed, model, settings = result.observed, result.model, result.settings
    if settings.errors == AVERAGED:
        raise DesignError("its_no_rows", errors=AVERAGED)
    X = model.design[observed.used]
    if settings.counts:
        roots = _roots(result)
        return tuple(Rows(X * root[:, None], row) for root, row in zip(roots, model.residuals, strict=True))
    left = modelled(result) - model.coefficients @ X.T
    if not settings.autoregressive:
        return tuple(Rows(X, row) for row in left)
    places = np.flatnonzero(observed.used)
    process = mixed_process(len(model.autoregression) - settings.moving, settings.moving)
    values = process.plain(np.array(model.autoregression), int(places[-1] - places[0]) + 1)
    factor = np.linalg.cholesky(values[np.abs(places[:, None] - places[None, :])])
    first = int(settings.errors.startswith("cochrane_orcutt"))
    white = np.linalg.solve(factor, np.column_stack([X, left.T]))[first:]
    return tuple(Rows(white[:, : X.shape[1]], row) for row in white[:, X.shape[1] :].T)


def modelled(result: Segmented) -> Floats:
    """Return the rates or their logarithms in the used periods, shape (S, U)."""
    rate = result.observed.rate[:, result.observed.used]
    return np.log(rate) if result.settings.logarithmic else rate


def _roots(result: Segmented) -> Floats:
    """Roots of the weights of the last step of iterated least squares, shape (S, U)."""
    observed, family = result.observed, result.settings.family
    mean, exposure = result.mean[:, observed.used], observed.exposure[:, observed.used]
    if family == "binomial":
        return np.sqrt(exposure * mean * (1.0 - mean))
    expected = exposure * mean
    return expected / np.sqrt(expected + result.model.shape * expected**2)


def robust(result: Segmented, kind: str = "HC1") -> Estimates:
    """Return the estimates and every coefficient with standard errors that are robust to heteroskedasticity alone.

    Parameters
    ----------
    result : a segmented regression; of an autoregression that was estimated, the transformed rows are taken for independent.
    kind : "HC0", "HC1" (times n / (n - k)), "HC2" or "HC3".

    Raises
    ------
    DataError : for an unknown kind.
    DesignError : for errors="reml_averaged", which is no single regression.

    Formula, source: `ebpm.stats.regression.covariance.robust`; t with rows less coefficients.
    """
    one_of(kind, KINDS, "kind")
    rows, given, every = rows_of(result), result.estimates, result.coefficients
    X, center = _block([one.X for one in rows]), result.model.coefficients.ravel()
    named = dict(zip(every.terms, np.eye(len(center)), strict=True))
    named |= {term: one.weights.ravel() for term, one in contrasts(result.observed, result.model).items()}
    line = least_squares(X, X @ center + np.concatenate([one.residuals for one in rows]))
    matrix = robust_covariance(line, kind).matrix
    items, floor = [], rounding(X @ center)
    for item in (*given, *(one for one in every if one.term not in given.terms)):
        weights = named[item.term]
        made = t_estimate(
            float(weights @ center), float(np.sqrt(weights @ matrix @ weights)), df=float(line.df_residual), conf_level=item.conf_level, floor=floor,
            term=item.term, name=term_words(item.term), n=item.n, estimand=item.estimand, method=f"its.{kind}", unit=item.unit,
        )  # fmt: skip
        items.append(made)
    spans = np.array([named[item.term] for item in items])
    return replace(given, items=tuple(items), covariance=spans @ matrix @ spans.T)


def _block(parts: list[Floats]) -> Floats:
    """One below the other, each in columns of its own."""
    width, found = parts[0].shape[1], np.zeros((sum(map(len, parts)), sum(one.shape[1] for one in parts)))
    start = 0
    for number, part in enumerate(parts):
        found[start : start + len(part), number * width : (number + 1) * width] = part
        start += len(part)
    return found
