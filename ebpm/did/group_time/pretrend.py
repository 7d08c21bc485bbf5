"""What the periods before treatment say about parallel trends and anticipation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc, fdtrc

from ebpm.did.group_time.averages import joint, parts
from ebpm.did.group_time.effects import Effects
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Floats
from ebpm.texts import label

SINGULAR = 1e-10
POWER_80 = 1.959963984540054 + 0.8416212335729143


@dataclass(frozen=True, slots=True)
class PreTrend:
    """A joint test that all effects before treatment, or all from treatment on, are zero.

    Parameters
    ----------
    statistic : Wald statistic W.
    df : number of effects tested.
    df_error : residual degrees of freedom of Hotelling's reference F; infinity for the chi-square.
    p_value : probability of so large a statistic where they are.
    words : label that says what is tested.
    """

    statistic: float
    df: int
    df_error: float
    p_value: float
    words: str = "did_pretrend"

    def summary(self, lang: str | None = None) -> str:
        """Return the test in words."""
        return label(self.words, lang, statistic=f"{self.statistic:.3f}", df=self.df, p=f"{self.p_value:.4f}")


@dataclass(frozen=True, slots=True)
class PreEffects:
    """Average effects by event time before treatment and its anticipation.

    Parameters
    ----------
    event_times : shape (q,).
    values : shape (q,).
    covariance : shape (q, q).
    df_error : smaller of the treated and the comparison units, less 1.
    """

    event_times: tuple[int, ...]
    values: Floats
    covariance: Floats
    df_error: int

    @property
    def detectable(self) -> float:
        """Smallest effect in a single period before treatment that a 5 % test finds with a power of 80 %."""
        return float(POWER_80 * np.sqrt(np.diag(self.covariance)).min())


def before(effects: Effects, anticipation: int) -> list[int]:
    """Return the places of the cells that should be zero if trends are parallel: before treatment and its anticipation."""
    return [
        place for place, cell in enumerate(effects.cells) if cell.event_time < -anticipation and not cell.is_reference
    ]  # fmt: skip


def pre_effects(effects: Effects, anticipation: int) -> PreEffects:
    """Return the average effects by event time before treatment."""
    linear = parts(effects, "event", before(effects, anticipation))
    covariance = linear.gradients @ joint(effects) @ linear.gradients.T
    return PreEffects(tuple(part.position for part in linear.parts), linear.values, covariance, _df_error(effects))


def cell_test(effects: Effects, anticipation: int) -> PreTrend | Unavailable:
    """Return the Wald test over the cells before treatment, with its chi-square reference.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 4.
    """
    places = before(effects, anticipation)
    return wald(effects.att[places], effects.covariance[np.ix_(places, places)])


def event_test(effects: Effects, anticipation: int) -> PreTrend | Unavailable:
    """Return the Wald test over the average effects by event time, with Hotelling's F reference.

    Few averages and a reference that knows how few units there are keep its size near its level where the chi-square over many
    cells does not.

    Source: Hotelling (1931), Annals of Mathematical Statistics 2(3).
    """
    found = pre_effects(effects, anticipation)
    return wald(found.values, found.covariance, found.df_error)


def after_test(effects: Effects, by: str) -> PreTrend | Unavailable:
    """Return the Wald test over the effects from treatment on: of every cell, or averaged by event time."""
    places = [place for place, cell in enumerate(effects.cells) if cell.event_time >= 0 and not cell.is_reference]
    if by == "cell":
        found = wald(effects.att[places], effects.covariance[np.ix_(places, places)])
    else:
        linear = parts(effects, "event", places)
        found = wald(linear.values, linear.gradients @ joint(effects) @ linear.gradients.T, _df_error(effects))
    return found if isinstance(found, Unavailable) else replace(found, words="did_after_test")


def wald(values: Floats, covariance: Floats, units: float = np.inf) -> PreTrend | Unavailable:
    """Return the test that all values are zero.

    Parameters
    ----------
    values : shape (q,).
    covariance : shape (q, q).
    units : degrees of freedom of the covariance; infinity for the chi-square reference.
    """
    df, df_error = len(values), units - len(values) + 1
    if not df:
        return Unavailable("did_no_pre_periods")
    scale = np.sqrt(np.diag(covariance))
    if not scale.any():
        return Unavailable("no_variation")
    if df_error < 1 or not (scale > 0).all():
        return Unavailable("did_pretrend_singular")
    eigenvalues, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    if eigenvalues[0] < SINGULAR * eigenvalues[-1]:
        return Unavailable("did_pretrend_singular")
    statistic = float((((vectors.T @ (values / scale)) ** 2) / eigenvalues).sum())
    if np.isinf(df_error):
        return PreTrend(statistic, df, float(df_error), float(chdtrc(df, statistic)))
    return PreTrend(statistic, df, float(df_error), float(fdtrc(df, df_error, statistic * df_error / (units * df))))


def last_step(effects: Effects, anticipation: int) -> tuple[float, float] | Unavailable:
    """Return the average change over the last step before treatment and its standard error.

    With a varying base it is the last cell before treatment; with a universal base that of the period before, with its sign turned.
    """
    step: dict[int, tuple[int, float]] = {}
    for place, cell in enumerate(effects.cells):
        if cell.event_time < -anticipation and not cell.is_reference:
            step[cell.cohort] = (place, -1.0 if cell.base > cell.period else 1.0)
    if not step:
        return Unavailable("did_no_pre_periods")
    places, signs = [place for place, _ in step.values()], np.array([sign for _, sign in step.values()])
    shares = effects.shares[np.searchsorted(effects.cohorts, list(step))]
    weights = signs * shares / shares.sum()
    variance = weights @ effects.covariance[np.ix_(places, places)] @ weights
    return float(weights @ effects.att[places]), float(np.sqrt(variance))


def _df_error(effects: Effects) -> int:
    return int(min(effects.clusters[0], effects.groups[:, 1].min())) - 1
