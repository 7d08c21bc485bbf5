"""Power of a planned series by simulation, and the smallest change that it can see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from ebpm.errors import DataError, DesignError
from ebpm.its.planning.planned_fits import Drawn, fits
from ebpm.its.regression.settings import RECOMMENDED, recommended_errors
from ebpm.its.series.interventions import Intervention
from ebpm.its.series.observed import FEWEST
from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import generator, made_by, number, several, whole
from ebpm.stats.inference import level
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

ERRORS = ("recommended", "reml", "reml_averaged", "ols")
TERMS = ("level_change", "slope_change", "average_effect")
SEED = 20190401
FARTHEST = 1e4


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDesign:
    """A series that is planned.

    Parameters
    ----------
    periods : how many there will be.
    before : how many of them before the intervention; half of them where 0.
    autocorrelation : of the errors at lag 1, between -1 and 1.
    sd : standard deviation of the errors; of the logarithm of a count about sqrt(dispersion / mean count).
    season : pairs of harmonics of twelve periods that the model will have.
    slope : whether the model will have a change of slope.
    phase_in : periods in which the level rises to its change.
    """

    periods: int
    before: int = 0
    autocorrelation: float = 0.0
    sd: float = 1.0
    season: int = 0
    slope: bool = True
    phase_in: int = 0

    def __post_init__(self) -> None:
        counts = (self.periods, self.before, self.season, self.phase_in)
        whole = all(float(one).is_integer() for one in counts) and 0 <= self.season <= 5 and self.phase_in >= 0
        if not (whole and -1.0 < self.autocorrelation < 1.0 and 0 < self.sd < math.inf):
            raise DataError(
                "its_bad_plan", periods=self.periods, before=self.before, rho=self.autocorrelation, sd=self.sd,
                season=self.season, phase_in=self.phase_in,
            )  # fmt: skip
        if min(self.first, self.periods - self.first) < FEWEST:
            raise DesignError("its_too_few", before=self.first, after=self.periods - self.first, fewest=FEWEST)

    @property
    def first(self) -> int:
        """Place of the first period under the intervention."""
        return self.before or self.periods // 2

    @property
    def columns(self) -> Floats:
        """The regressors, shape (T, k)."""
        places = np.arange(self.periods, dtype=np.float64)
        effect = ("level", "slope") if self.slope else ("level",)
        own = Intervention(start=self.first, effect=effect, phase_in=self.phase_in).columns(places)
        angles = [np.pi * k * places / 6.0 for k in range(1, self.season + 1)]
        waves = [wave(angle) for angle in angles for wave in (np.cos, np.sin)]
        return np.column_stack([np.ones_like(places), places + 1.0, own, *waves])

    def weights(self, term: str) -> Floats:
        """Return the weights of the coefficients in an effect, shape (k,)."""
        X, found = self.columns, np.zeros(self.columns.shape[1])
        if term == "average_effect":
            found[2 : 3 + self.slope] = X[self.first :, 2 : 3 + self.slope].mean(axis=0)
        else:
            found[2 + (term == "slope_change")] = 1.0
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPower(Shown):
    """Power, and the smallest effect that is seen, over designs.

    Parameters
    ----------
    designs : one a row.
    effect : whose power is given, in units of the outcome; 0 where none was asked for.
    term : of the effect.
    chance : with which the detectable effect is seen.
    errors : how standard errors will be computed.
    powers : at the effect, one a design.
    detectable : smallest effects that are seen with the chance, one a design.
    widths : median widths of the interval, one a design.
    draws : series drawn for each design.
    """

    designs: tuple[SeriesDesign, ...]
    effect: float
    term: str
    chance: float
    errors: str
    powers: tuple[float, ...]
    detectable: tuple[float, ...]
    widths: tuple[float, ...]
    draws: int

    @property
    def notices(self) -> Notices:
        """None: nothing has been observed."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what was simulated, and how precisely."""
        error = 0.5 / np.sqrt(self.draws)
        facts = {"draws": f"{self.draws:,}", "chance": f"{100 * self.chance:g}", "error": f"{100 * error:.1f}"}
        return [label("its_power_lines", lang, errors=self.errors, effect=f"{self.effect:g}", **facts)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a design."""
        columns = (
            "periods",
            "before",
            "autocorrelation",
            *(("power",) if self.effect else ()),
            "detectable",
            "interval_width",
        )
        rows = [
            (one.periods, one.first, one.autocorrelation, *((power,) if self.effect else ()), seen, width)
            for one, power, seen, width in zip(self.designs, self.powers, self.detectable, self.widths, strict=True)
        ]
        return (Table(columns, tuple(rows), label("its_power_caption", lang, chance=f"{100 * self.chance:g}")),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the detectable effect over the number of periods, a line an autocorrelation."""
        from ebpm.figures.series_power import draw_series_power

        return draw_series_power(self, ax, lang=lang)


def power(
    design: SeriesDesign | Sequence[SeriesDesign], effect: float = 0.0, *, term: str = "level_change", chance: float = 0.8,
    errors: str = "recommended", draws: int = 1000, seed: int = SEED, conf_level: float = 0.95,
) -> SeriesPower:  # fmt: skip
    """Say what planned series can see.

    Parameters
    ----------
    design : one, or several to compare.
    effect : the change in units of the outcome, for a slope a period; 0 to ask for the detectable effect alone.
    term : "level_change", "slope_change" or "average_effect".
    chance : with which the detectable effect is to be seen.
    errors : "recommended" as in `segmented`, "reml", "reml_averaged" or "ols".
    draws : series drawn for each design.
    seed : of the numpy Generator; all designs of one length see the same draws.
    conf_level : level of the interval that must exclude zero.

    Raises
    ------
    DataError : if an argument is not one of its choices.
    DesignError : if a side of a series has fewer than three periods.

    Formula: errors e_t = r e_(t-1) + v_t are drawn, each series is fitted, and an effect is seen where |effect + error of the
    estimate| exceeds half the interval; errors of the estimate do not depend on the effect.

    Assumptions: a straight trend, normal errors of first-order autocorrelation, known season.

    Source: Zhang, Wagner and Ross-Degnan (2011), Journal of Clinical Epidemiology 64(11), for power by simulation.

    Examples
    --------
    >>> from ebpm import its
    >>> found = its.power(its.SeriesDesign(periods=48, autocorrelation=0.3), 2.0, draws=200)
    >>> 0.3 < found.powers[0] < 0.9
    True
    """
    designs = (design,) if isinstance(design, SeriesDesign) else tuple(several(design, "design"))
    for one in designs:
        made_by(one, SeriesDesign, "design")
    one_of(term, TERMS, "term")
    one_of(errors, ERRORS, "errors")
    if (
        not designs
        or whole(draws, "draws") < 2
        or not 0.0 < number(chance, "chance") < 1.0
        or not math.isfinite(number(effect, "effect"))
        or (term == "slope_change" and not all(one.slope for one in designs))
    ):
        raise DataError("its_bad_power", draws=draws, effect=effect, chance=chance, term=term, count=len(designs))
    drawn = [
        _drawn(
            replace(one, sd=1.0),
            term,
            errors=errors,
            draws=draws,
            seed=whole(seed, "seed"),
            conf_level=level(conf_level),
        )
        for one in designs
    ]
    return SeriesPower(
        designs=designs, effect=float(effect), term=term, chance=chance, errors=errors, draws=draws,
        powers=tuple(one.seen(effect / plan.sd) for one, plan in zip(drawn, designs, strict=True)),
        detectable=tuple(plan.sd * detectable(one, chance) for one, plan in zip(drawn, designs, strict=True)),
        widths=tuple(plan.sd * float(2.0 * np.median(one.halves)) for one, plan in zip(drawn, designs, strict=True)),
    )  # fmt: skip


def detectable(drawn: Drawn, chance: float) -> float:
    """Return the smallest effect that is seen with a chance, in standard deviations of the errors; infinite where none is."""
    if drawn.seen(FARTHEST) < chance:
        return float("inf")
    return float(brentq(lambda effect: drawn.seen(effect) - chance, 0.0, FARTHEST, xtol=1e-6))


@lru_cache(maxsize=256)
def _drawn(design: SeriesDesign, term: str, *, errors: str, draws: int, seed: int, conf_level: float) -> Drawn:
    rng, rho = generator([seed, design.periods]), design.autocorrelation
    y = rng.standard_normal((draws, design.periods))
    y[:, 1:] *= np.sqrt(1.0 - rho**2)
    for place in range(1, design.periods):
        y[:, place] += rho * y[:, place - 1]
    chosen = recommended_errors(design.periods) if errors == RECOMMENDED else errors
    return fits(design.columns, y, design.weights(term), errors=chosen, conf_level=conf_level)
