"""Serial correlation of a segmented regression's residuals: what is left, and what it would do to the standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.its.periods.names import term_words
from ebpm.its.regression.effects import contrasts, headline
from ebpm.its.regression.rows import modelled
from ebpm.its.regression.settings import SPECTRAL
from ebpm.notices import Facts
from ebpm.stats.regression.specification import Test
from ebpm.stats.series.arima import Order
from ebpm.stats.series.hac_small_sample import reference
from ebpm.stats.series.serial_tests import autocorrelations, durbin_watson, ljung_box
from ebpm.texts import label, words

if TYPE_CHECKING:
    from ebpm.its.regression.segmented import Segmented

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Serial:
    """Serial correlation left in one series.

    Parameters
    ----------
    series : its name.
    first : autocorrelation at lag 1.
    watson : Durbin and Watson's statistic.
    every : Ljung and Box's test of all lags.
    beyond : the same of the lags that the errors do not allow for.
    """

    series: str
    first: float
    watson: float
    every: Test
    beyond: Test

    def facts(self) -> Facts:
        """Return the numbers as they are written."""
        return {
            "series": self.series, "first": f"{self.first:.2f}", "watson": f"{self.watson:.2f}",
            "tested": self.every.df, "statistic": f"{self.every.statistic:.1f}", "p": f"{self.every.p_value:.2g}",
            "p_beyond": f"{self.beyond.p_value:.2g}",
        }  # fmt: skip


def serial(result: Segmented) -> tuple[Serial, ...]:
    """Return what serial correlation is left in each series, from its standardised residuals."""
    model = result.model
    allowed = max(model.lags, 0)
    lags = _tested(len(model.residuals[0]), allowed)
    names = result.observed.series
    return tuple(_serial(name, row, lags, allowed) for name, row in zip(names, model.residuals, strict=True))


def remark(result: Segmented, lang: str | None) -> str:
    """Return in words how the errors were computed, and what is left of serial correlation."""
    model, settings = result.model, result.settings
    head = model.contrast(contrasts(result.observed, model)[headline(result.observed)].weights)
    facts = {
        "df": f"{head.df:.4g}".replace("inf", "∞"), "lags": max(model.lags, 0), "dispersion": f"{model.dispersion:.3g}",
        **serial(result)[0].facts(),
    }  # fmt: skip
    if settings.moving:
        order = Order(p=settings.order, q=settings.moving)
        known = zip(order.names, order.natural(np.array(model.autoregression)), strict=True)
        said = ", ".join(f"{words(term_words(name), lang)} {value:.2f}" for name, value in known)
        return label("its_remark_moving", lang, coefficients=said, **facts)
    if model.autoregression:
        partial = ", ".join(f"{one:.2f}" for one in model.autoregression)
        return label("its_remark_autoregressive", lang, partial=partial, **facts)
    if settings.errors == SPECTRAL:
        return label("its_remark_spectral", lang, bandwidth=f"{model.bandwidth:.3g}", **facts)
    return label("its_remark_lags" if model.lags >= 0 else "its_remark", lang, **facts)


def _tested(periods: int, allowed: int) -> int:
    return (
        min(max(12, allowed + 4), periods - 1)
        if periods >= 4 * 12
        else min(max(periods // 4, allowed + 1), periods - 1)
    )


def _serial(name: str, residuals: Floats, lags: int, allowed: int) -> Serial:
    every = ljung_box(residuals, lags)
    beyond = ljung_box(residuals, lags, allowed=min(allowed, lags - 1))
    return Serial(name, float(autocorrelations(residuals, 1)[0]), durbin_watson(residuals), every, beyond)


def supposed(result: Segmented) -> tuple[tuple[float, float], ...]:
    """Return for each series the first-order autocorrelation that its residuals speak for, and what that makes of its standard error.

    The autocorrelation is the one, zero or more, under which residuals would show what they show, since those of a regression
    are less correlated than its errors; the factor is of the standard error of the headline without any correlation.
    """
    observed, model = result.observed, result.model
    X, times = model.design[observed.used], np.flatnonzero(observed.used)
    bread = np.asarray(np.linalg.pinv(X.T @ X), dtype=np.float64)
    weights = contrasts(observed, model)[headline(observed)].weights
    residuals = _plain(result)
    found = [reference(X, bread, row, lags=0, times=times) for row in residuals]
    return tuple((one.autocorrelation, _inflation(one.influence @ row, one.disturbances))
                 for one, row in zip(found, weights, strict=True))  # fmt: skip


def _inflation(weights: Floats, correlation: Floats) -> float:
    plain = float(weights @ weights)
    return math.sqrt(float(weights @ correlation @ weights) / plain) if plain > 0 else 1.0


def _plain(result: Segmented) -> Floats:
    """Residuals of ordinary least squares of what was modelled, or the standardised ones of counts, shape (S, U)."""
    observed, model = result.observed, result.model
    if result.settings.counts:
        return model.residuals
    X, y = model.design[observed.used], modelled(result)
    return np.asarray(y - (X @ np.linalg.lstsq(X, y.T, rcond=None)[0]).T)


def movement(result: Segmented) -> float:
    """Return how far the exposed series ranged before the intervention, season and all, on the scale of the linear predictor."""
    before = result.observed.rate[0, : result.observed.onset]
    if result.settings.family == "gaussian":
        return float(np.ptp(before))
    positive = before[before > 0]
    if result.settings.family == "binomial":
        inside = positive[positive < 1]
        return float(np.ptp(np.log(inside / (1.0 - inside)))) if len(inside) else 0.0
    return float(np.ptp(np.log(positive))) if len(positive) else 0.0
