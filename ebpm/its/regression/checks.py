"""Guard rails I3xx: what the series itself tells a careful reader."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from ebpm.its.periods.calendar import listed
from ebpm.its.periods.seasons import season_terms, yearly
from ebpm.its.regression.correlation import movement, serial, supposed
from ebpm.its.regression.effects import contrasts, headline
from ebpm.its.regression.fitting import fit
from ebpm.its.regression.model import Combination
from ebpm.its.regression.settings import (
    AVERAGED,
    CORRECTED,
    FEWEST_CORRELATED,
    PRAIS_WINSTEN,
    SPECTRAL,
    UNCORRECTED,
    UNCORRELATED,
    Settings,
)
from ebpm.its.series.events import inside
from ebpm.its.series.interventions import Intervention
from ebpm.its.series.observed import Observed
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.stats.inference import quantile, two_sided_p

if TYPE_CHECKING:
    from ebpm.its.regression.segmented import Segmented

Floats = NDArray[np.float64]
Finds = Iterator[tuple[str, Facts]]

SIZE = 0.05
STRICT = 0.01
RECOMMENDED = 8
LONG_ENOUGH = 100
CYCLES = 2
JUMP = math.log(1.1)
LOW = 0.5
NEIGHBOURS = 6
COUNTED = 10.0
WANDERING, SEARCHED = 0.85, 48
UNSETTLED = 36
UNADJUSTED = ("reml_unadjusted", "ml", *PRAIS_WINSTEN)


def _residual_correlation(result: Segmented) -> Finds:
    strict = SIZE if result.settings.errors in UNCORRELATED else STRICT
    for one in serial(result):
        if one.beyond.p_value < strict and one.every.p_value < SIZE:
            yield one.series, {**one.facts(), "lags": max(result.model.lags, 0)}


def _overdispersion(result: Segmented) -> Finds:
    if result.settings.errors != "likelihood":
        yield from _overdispersed(result)


def _unallowed_overdispersion(result: Segmented) -> Finds:
    if result.settings.errors == "likelihood":
        yield from _overdispersed(result)


def _overdispersed(result: Segmented) -> Finds:
    model = result.model
    spare = model.n - model.coefficients.size
    if result.settings.family in ("poisson", "binomial") and chdtrc(spare, model.dispersion * spare) < SIZE:
        facts = {"dispersion": f"{model.dispersion:.2f}", "root": f"{math.sqrt(model.dispersion):.2f}"}
        yield result.observed.names[0], facts


def _short(result: Segmented) -> Finds:
    before, after = result.observed.onset, int(result.observed.after.sum())
    if min(before, after) < RECOMMENDED:
        yield "", {"before": before, "after": after, "fewest": RECOMMENDED, "total": before + after}


def _unmodelled_season(result: Segmented) -> Finds:
    observed = result.observed
    cycle = observed.calendar.seasons
    if yearly(result.settings.season) or cycle == 1 or observed.calendar.length < CYCLES * cycle:
        return
    waves = season_terms(observed.calendar, {12: "month", 4: "quarter"}.get(cycle, min(3, cycle // 2))).columns
    for name, residuals in zip(observed.series, result.model.residuals, strict=True):
        p_value = _explained(residuals, result.model.design[observed.used], waves[observed.used])
        if p_value < STRICT:
            yield name, {"p": f"{p_value:.2g}", "cycle": cycle}


def _explained(residuals: Floats, base: Floats, more: Floats) -> float:
    left, few = _unexplained(residuals, base)
    rest, many = _unexplained(residuals, np.column_stack([base, more]))
    spare = len(residuals) - many
    if spare <= 0 or many == few or rest <= 0.0:
        return 1.0
    return float(fdtrc(many - few, spare, max(0.0, left - rest) / (many - few) / (rest / spare)))


def _unexplained(residuals: Floats, X: Floats) -> tuple[float, int]:
    coefficients, _, rank, _ = np.linalg.lstsq(X, residuals, rcond=None)
    return float(np.sum((residuals - X @ coefficients) ** 2)), int(rank)


def _few_cycles(result: Segmented) -> Finds:
    cycle, before = result.observed.calendar.seasons, result.observed.start
    if cycle > 1 and before < CYCLES * cycle:
        yield "", {"before": before, "cycle": cycle}


def _moving_exposure(result: Segmented) -> Finds:
    observed = result.observed
    if not observed.names[1]:
        return
    jumps = _exposure_jump(observed, result.settings)
    for name, (change, p_value) in zip(observed.series, jumps, strict=True):
        if abs(change) > JUMP and p_value < STRICT:
            yield name, {"column": observed.names[1], "change": f"{100 * math.expm1(change):+.0f}"}


def _exposure_jump(observed: Observed, settings: Settings) -> Iterator[tuple[float, float]]:
    chosen = Settings(season=settings.season, family="log_gaussian", errors=CORRECTED, lags=None)
    for row in observed.exposure:
        if np.ptp(row) > 0:
            single = _single(observed, row)
            model = fit(single, chosen)
            found = model.contrast(contrasts(single, model)[headline(single)].weights)
            yield found.value, _p_value(found) if found.std_error > 0 else 0.0
        else:
            yield 0.0, 1.0


def _single(observed: Observed, amounts: Floats) -> Observed:
    return Observed(
        calendar=observed.calendar, intervention=Intervention(start=observed.onset), transition=observed.transition, outcome=amounts[None, :],
        exposure=np.ones((1, len(amounts))), names=(observed.names[1], "", ""),
    )  # fmt: skip


def _low_months(result: Segmented) -> Finds:
    observed = result.observed
    amounts = observed.exposure if observed.names[1] else observed.outcome
    column = observed.names[1] or observed.names[0]
    for name, row in zip(observed.series, amounts, strict=True):
        usual = _usual(row)
        low = (row < LOW * usual) & (usual >= COUNTED)
        if result.settings.counts and low.any():
            yield name, {"column": column, "count": int(low.sum()), "periods": listed(observed.calendar, low)}


def _usual(row: Floats) -> Floats:
    spans = [row[max(0, t - NEIGHBOURS) : t + NEIGHBOURS + 1] for t in range(len(row))]
    return np.array([np.median(span) for span in spans])


def _other_slope(result: Segmented) -> Finds:
    if not result.observed.controlled:
        return
    found = result.model.contrast(contrasts(result.observed, result.model)["trend_difference"].weights)
    if (p_value := _p_value(found)) < SIZE:
        yield result.observed.names[2], {"difference": f"{found.value:.3g}", "p": f"{p_value:.2g}"}


def _p_value(found: Combination) -> float:
    return two_sided_p(found.value / found.std_error, found.df) if found.std_error > 0 else 1.0


def _short_newey_west(result: Segmented) -> Finds:
    periods = int(result.observed.used.sum())
    errors = result.settings.errors
    if errors in (*UNCORRECTED, SPECTRAL) and periods < LONG_ENOUGH:
        yield "", {"periods": periods, "fewest": LONG_ENOUGH, "lags": result.model.lags, "errors": errors}


def _short_feasible(result: Segmented) -> Finds:
    periods, errors = int(result.observed.used.sum()), result.settings.errors
    if errors in UNADJUSTED and FEWEST_CORRELATED <= periods < LONG_ENOUGH:
        yield "", {"periods": periods, "fewest": LONG_ENOUGH, "errors": errors}


def _too_short_to_correlate(result: Segmented) -> Finds:
    periods = int(result.observed.used.sum())
    if result.settings.autoregressive and periods < FEWEST_CORRELATED:
        yield "", {"periods": periods, "fewest": FEWEST_CORRELATED}


def _single_series(result: Segmented) -> Finds:
    if not result.observed.controlled:
        yield "", {}


def _fractions(result: Segmented) -> Finds:
    outcome = result.observed.outcome
    if result.settings.counts and (broken := outcome != np.round(outcome)).any():
        periods = broken.any(axis=0)
        yield (
            result.observed.names[0],
            {"count": int(periods.sum()), "periods": listed(result.observed.calendar, periods)},
        )


def _left_out(result: Segmented) -> Finds:
    unused = ~result.observed.used
    if unused.any():
        yield "", {"count": int(unused.sum()), "periods": listed(result.observed.calendar, unused)}


def _averaged_level(result: Segmented) -> Finds:
    periods = int(result.observed.used.sum())
    if result.settings.errors == AVERAGED and FEWEST_CORRELATED <= periods < UNSETTLED:
        yield "", {"periods": periods, "rho": f"{result.model.autoregression[0]:.2f}"}


def _counted_level(result: Segmented) -> Finds:
    alone = len(result.observed.series) == 1
    if alone and result.settings.counts and result.settings.errors == CORRECTED:
        yield "", {"periods": int(result.observed.used.sum())}


def _uncorrelated(result: Segmented) -> Finds:
    periods = int(result.observed.used.sum())
    if result.settings.errors not in UNCORRELATED or not FEWEST_CORRELATED <= periods < LONG_ENOUGH:
        return
    for name, (rho, factor) in zip(result.observed.series, supposed(result), strict=True):
        yield (
            name,
            {"errors": result.settings.errors, "rho": f"{rho:.2f}", "factor": f"{factor:.1f}", "periods": periods},
        )


def _unstationary(result: Segmented) -> Finds:
    if int(result.observed.used.sum()) < SEARCHED:
        return
    for name, (rho, _) in zip(result.observed.series, supposed(result), strict=True):
        if rho > WANDERING:
            yield name, {"rho": f"{rho:.2f}"}


def _too_wide(result: Segmented) -> Finds:
    head = result.model.contrast(contrasts(result.observed, result.model)[headline(result.observed)].weights)
    if not head.df > 0:
        return
    half = quantile(0.5 + result.conf_level / 2.0, head.df) * head.std_error
    moved = movement(result)
    facts = {"half": f"{half:.3g}", "margin": f"{result.margin:.3g}", "range": f"{moved:.3g}", "df": f"{head.df:.3g}"}
    if 0.0 < result.margin < half:
        yield "", facts


def _wider_than_the_series(result: Segmented) -> Finds:
    head = result.model.contrast(contrasts(result.observed, result.model)[headline(result.observed)].weights)
    if headline(result.observed) == "slope_change" or not head.df > 0:
        return
    half, moved = quantile(0.5 + result.conf_level / 2.0, head.df) * head.std_error, movement(result)
    if half > moved > 0.0:
        yield "", {"half": f"{half:.3g}", "range": f"{moved:.3g}", "df": f"{head.df:.3g}"}


RULES: tuple[Rule[Segmented], ...] = (
    Rule("I301", _residual_correlation),
    Rule("I302", _overdispersion),
    Rule("I303", _short),
    Rule("I304", _unmodelled_season),
    Rule("I306", _moving_exposure),
    Rule("I307", _other_slope),
    Rule("I308", _short_newey_west),
    Rule("I310", _single_series),
    Rule("I311", _few_cycles),
    Rule("I312", _fractions),
    Rule("I313", _low_months),
    Rule("I314", _left_out),
    Rule("I315", _short_feasible),
    Rule("I316", _too_short_to_correlate),
    Rule("I317", _uncorrelated),
    Rule("I318", _too_wide),
    Rule("I324", _unstationary),
    Rule("I327", _wider_than_the_series),
    Rule("I333", _averaged_level),
    Rule("I334", _counted_level),
    Rule("I335", _unallowed_overdispersion),
)


def check(result: Segmented) -> Notices:
    """Return what the rules find in a fitted series, and its concurrent events."""
    return run(RULES, result) + inside(result.events, result.observed.calendar)
