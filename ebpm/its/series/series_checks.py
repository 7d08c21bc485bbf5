"""Guard rails of models whose errors are a process of their own: ARIMA and structural time series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.its.series.events import Event, inside
from ebpm.its.series.observed import Observed
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.stats.series.serial_tests import ljung_box

Floats = NDArray[np.float64]
Finds = Iterator[tuple[str, Facts]]

STRICT = 0.01
ADVISED = 8
CYCLES = 2
SHORT, LONG = 8, 24
LONG_ENOUGH = 100
WEAK, EDGE = 0.05, 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Residuals:
    """What the rules ask for.

    Parameters
    ----------
    observed : the series.
    standard : standardised one-step errors of the model, shape (n,).
    parameters : of the process of the errors.
    events : concurrent events.
    fixed_level : whether a level that may move was found not to.
    chosen : the order, where it was chosen among others, and how many there were.
    decay : rate of decay and p value of the effect it belongs to, where there is one.
    likelihood : whether variances are those of maximum likelihood, without a correction for small samples.
    wide : half the width of the interval of a change of level, its degrees of freedom, and how far the series ranged before; empty
        where there is none.
    """

    observed: Observed
    standard: Floats
    parameters: int
    events: tuple[Event, ...]
    fixed_level: bool = False
    chosen: tuple[str, int] = ("", 0)
    decay: tuple[float, ...] = ()
    likelihood: bool = False
    wide: tuple[float, ...] = ()


def _correlated(found: Residuals) -> Finds:
    n, season = len(found.standard), found.observed.calendar.seasons
    lags = min(max(LONG if season == 12 and n >= 4 * LONG else SHORT, found.parameters + 3), n // 2)
    test = ljung_box(found.standard, lags, estimated=found.parameters)
    if test.p_value < STRICT:
        yield found.observed.names[0], {"lags": lags, "statistic": f"{test.statistic:.1f}", "p": f"{test.p_value:.2g}"}


def _fixed_level(found: Residuals) -> Finds:
    if found.fixed_level:
        yield found.observed.names[0], {"before": found.observed.onset}


def _short(found: Residuals) -> Finds:
    before, after = found.observed.onset, int(found.observed.after.sum())
    if min(before, after) < ADVISED:
        yield "", {"before": before, "after": after, "fewest": ADVISED, "total": before + after}


def _single(found: Residuals) -> Finds:
    if not found.observed.covariate_names:
        yield "", {}


def _few_cycles(found: Residuals) -> Finds:
    cycle, before = found.observed.calendar.seasons, found.observed.onset
    if cycle > 1 and before < CYCLES * cycle:
        yield "", {"before": before, "cycle": cycle}


def _chosen(found: Residuals) -> Finds:
    order, count = found.chosen
    if count > 1:
        yield "", {"order": order, "count": count}


def _weak_decay(found: Residuals) -> Finds:
    if found.decay and (found.decay[1] > WEAK or not EDGE < found.decay[0] < 1.0 - EDGE):
        yield found.observed.names[0], {"decay": f"{found.decay[0]:.2f}", "p": f"{found.decay[1]:.2g}"}


def _short_likelihood(found: Residuals) -> Finds:
    if found.likelihood and len(found.standard) < LONG_ENOUGH:
        yield "", {"periods": len(found.standard), "fewest": LONG_ENOUGH}


def _wider_than_the_series(found: Residuals) -> Finds:
    if found.wide and found.wide[0] > found.wide[2] > 0.0:
        half, df, moved = found.wide
        yield "", {"half": f"{half:.3g}", "range": f"{moved:.3g}", "df": f"{df:.3g}"}


RULES: tuple[Rule[Residuals], ...] = (
    Rule("I303", _short),
    Rule("I310", _single),
    Rule("I311", _few_cycles),
    Rule("I319", _correlated),
    Rule("I320", _fixed_level),
    Rule("I325", _chosen),
    Rule("I326", _weak_decay),
    Rule("I327", _wider_than_the_series),
    Rule("I328", _short_likelihood),
)


def series_notices(found: Residuals) -> Notices:
    """Return what the rules find, and the concurrent events."""
    return run(RULES, found) + inside(found.events, found.observed.calendar)
