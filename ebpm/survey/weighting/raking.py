"""Raking: weights whose margins are those of the population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Number, Unavailable
from ebpm.moments.frame import Codes, Frame, one_of
from ebpm.moments.labels import label_of, labels_of
from ebpm.notices import Notice, Notices
from ebpm.shown import Shown
from ebpm.stats.given import mapping, numbers
from ebpm.survey.checks import thin_margins, unequal_weights
from ebpm.survey.design.unequal import design_effect, effective_size
from ebpm.survey.weighting.calibration import Bounded, Calibrated, Calibration, Multiplicative, calibrate, one_step
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ebpm.survey.design.sampling import Sampling

Floats = NDArray[np.float64]
Margins = Mapping[str, Mapping[Any, float]]

RESIDUALS = ("exact", "design", "unweighted")
ROUNDED = 0.005


@dataclass(frozen=True, slots=True)
class Margin:
    """One margin of the population and the rows that stand in each of its levels.

    Parameters
    ----------
    column : its name.
    rows : the level of each row.
    shares : shape (levels,), population shares; they sum to 1.
    total : population count, or the reason why only shares are known.
    """

    column: str
    rows: Codes
    shares: Floats = field(repr=False)
    total: Number

    def dummies(self) -> Floats:
        """Return one column a level, shape (n, levels)."""
        return np.eye(len(self.rows))[self.rows.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Raked(Shown):
    """Raked weights, and what they cost.

    Parameters
    ----------
    weights : shape (n,), in the order of the rows; they sum to the population count, or to the sum of the weights before
        where the margins are shares.
    iterations : Newton steps taken.
    margins : table of the levels: sample share, population share, share reached, rows.
    design_effect : Kish's design effect of the weights.
    effective_n : rows over the design effect.
    population : population count, or the reason why it is not known.
    rows_known_by : the columns of the margins with their codes, by which the rows are known again.
    calibration : what the standard errors of `mean` and its sisters need.
    notices : what the guard rails found.
    """

    weights: Floats = field(repr=False)
    iterations: int
    margins: Table = field(repr=False)
    design_effect: float
    effective_n: float
    population: Number
    rows_known_by: tuple[tuple[str, Codes], ...] = field(repr=False)
    calibration: Calibration = field(repr=False)
    notices: Notices = field(repr=False)

    def into(self, design: Sampling) -> Sampling:
        """Return a design with these weights."""
        return replace(design, weights=self.weights, calibration=self.calibration)

    def tidy(self) -> pd.DataFrame:
        """Return one row a level of a margin."""
        return self.margins.to_frame()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what was reached and what it cost."""
        return [
            label(
                "survey_raked_sentence", lang, n=f"{len(self.weights):,}", iterations=self.iterations,
                deff=f"{self.design_effect:.3g}", effective=f"{self.effective_n:,.0f}",
            )
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:  # noqa: ARG002
        """Return the margins."""
        return (self.margins,)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the shares of the sample beside those of the population."""
        from ebpm.figures.raking import draw_margins

        return draw_margins(self, ax, lang=lang)


def rake(
    data: Any,
    margins: Margins,
    *,
    weights: str | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 100,
    bounds: tuple[float, float] | None = None,
    residuals: str = "exact",
) -> Raked:
    """Return weights that reproduce the population's margins and move the weights before as little as possible.

    Parameters
    ----------
    data : one row a respondent.
    margins : column -> level -> population count, or share (levels of a column that sum to 1).
    weights : column of design weights; equal weights where None.
    tolerance : largest difference of a share that is reached from its target.
    max_iterations : Newton steps allowed.
    bounds : lowest and highest factor by which a weight may move, around 1, after the weights were scaled to the
        population; no limits where None.
    residuals : regression on the margins whose residuals give the standard errors: "exact", weighted by how far each weight gives
        way (the derivative of the raked estimate itself); "design", weighted by the weights before; or "unweighted".

    Raises
    ------
    DataError : if levels of the sample or of the margins have no counterpart, or counts contradict each other.
    DesignError : if the margins cannot be reached.

    The weights minimise sum w log(w/d) - w + d subject to the margins: w = d exp(x'lambda), the limit of iterative
    proportional fitting. With `bounds` the logit distance keeps low <= w/d <= high.

    Assumptions: within the cells that the margins span additively (on the log scale), those who answered are like those who did not.

    The three residuals agree in large samples. Other programs differ too: R's survey 4.1 has "unweighted" in `rake` and "design"
    in `calibrate(calfun="raking")`.

    Source: Deming and Stephan (1940), Annals of Mathematical Statistics 11(4); Deville and Sarndal (1992), JASA 87(418).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"sex": ["f", "f", "f", "m"], "age": ["old", "young", "old", "young"]})
    >>> raked = survey.rake(data, {"sex": {"f": 50, "m": 50}})
    >>> raked.weights.round(2).tolist()
    [16.67, 16.67, 16.67, 50.0]
    """
    one_of(residuals, RESIDUALS, "residuals")
    frame = Frame.of(data)
    base = np.ones(len(frame)) if weights is None else frame.weights(weights)
    known = tuple(margin_of(frame, column, levels) for column, levels in mapping(margins, "margins").items())
    if not known:
        raise DataError("survey_no_margins", rows=len(frame))
    found = rake_to(known, base, tolerance=tolerance, max_iterations=max_iterations, bounds=bounds)
    calibration = found.calibration if residuals == "exact" else _fixed(found.calibration, base, residuals)
    return replace(found, rows_known_by=tuple((one.column, one.rows) for one in known), calibration=calibration)


def _fixed(calibration: Calibration, base: Floats, residuals: str) -> Calibration:
    slopes = base if residuals == "design" else np.ones(len(base))
    return replace(calibration, slopes=slopes, base=np.zeros(len(base)))


def rake_to(
    known: tuple[Margin, ...],
    base: Floats,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 100,
    bounds: tuple[float, float] | None = None,
) -> Raked:
    """Return raked weights from margins and weights as arrays; the parameters are those of `rake`."""
    total = total_of_margins(known)
    X, targets = np.column_stack([one.dummies() for one in known]), np.concatenate([one.shares for one in known])
    distance = Multiplicative() if bounds is None else bounded(bounds)
    shares = base / base.sum()
    found = (
        one_step(X, shares, targets=targets)
        if len(known) == 1 and bounds is None
        else calibrate(
            X, shares, targets=targets, distance=distance, tolerance=tolerance, max_iterations=max_iterations
        )
    )
    if not found.converged:
        raise _not_reached(known, targets, found)
    table = _table(known, X.T @ shares, targets, found.reached)
    scaled = found.weights * (base.sum() if isinstance(total, Unavailable) else total)
    return Raked(
        weights=scaled, iterations=found.iterations, margins=table, design_effect=design_effect(scaled),
        effective_n=effective_size(scaled), population=total, rows_known_by=(),
        calibration=Calibration(X, found.slopes, shares),
        notices=unequal_weights(scaled) + thin_margins({one.column: one.rows for one in known})
        + small_margins(known),
    )  # fmt: skip


def margin_of(frame: Frame, column: str, levels: Mapping[Any, float]) -> Margin:
    """Return the margin of a column.

    Raises
    ------
    DataError : if levels of the sample or of the margin have no counterpart, or a count is not positive.
    """
    return margin_of_codes(column, frame.codes(column, "margins"), levels)


def margin_of_codes(column: str, rows: Codes, levels: Mapping[Any, float]) -> Margin:
    """Return the margin of codes; `column` is what it is called."""
    counts = {label_of(name): float(count) for name, count in levels.items()}
    sample = labels_of(rows)
    unmatched = {"sample": sorted(set(sample) - set(counts)), "population": sorted(set(counts) - set(sample))}
    if unmatched["sample"] or unmatched["population"]:
        facts = {place: ", ".join(names) or "-" for place, names in unmatched.items()}
        raise DataError("survey_margin_levels", column=column, **facts)
    values = np.array([counts[name] for name in sample])
    if not (np.isfinite(values) & (values > 0)).all():
        name = sample[int(np.argmin(np.isfinite(values) & (values > 0)))]
        raise DataError("survey_margin_counts", column=column, level=name, value=counts[name])
    total = float(values.sum())
    shares_alone = abs(total - 1.0) <= ROUNDED
    return Margin(column, rows, values / total, Unavailable("survey_shares_alone") if shares_alone else total)


def small_margins(margins: Sequence[Margin]) -> Notices:
    """Return S121 for each margin that sums to fewer than the rows of the sample, and not to one."""
    small = [one for one in margins if not isinstance(one.total, Unavailable) and one.total < len(one.rows.codes)]
    facts = [(one.column, {"total": f"{one.total:g}", "rows": len(one.rows.codes)}) for one in small]
    return Notices(tuple(Notice("S121", column, MappingProxyType(fact)) for column, fact in facts))


def total_of_margins(margins: tuple[Margin, ...]) -> Number:
    """Return the size of the population, or the reason why it is not known.

    Raises
    ------
    DataError : if the margins contradict each other.
    """
    totals = {one.column: one.total for one in margins if not isinstance(one.total, Unavailable)}
    if not totals:
        return Unavailable("survey_shares_alone")
    low, high = min(totals.values()), max(totals.values())
    if high - low > 1e-6 * high:
        raise DataError(
            "survey_margin_totals", totals=", ".join(f"{name}: {value:,g}" for name, value in totals.items())
        )
    return high


def bounded(bounds: tuple[float, float]) -> Bounded:
    """Return the logit distance between two bounds around 1.

    Raises
    ------
    DesignError : if they do not enclose 1.
    """
    if len(numbers(bounds, "bounds")) != 2:
        raise DataError("given_no_list", argument="bounds", value=bounds)
    low, high = bounds
    if not 0.0 <= low < 1.0 < high:
        raise DesignError("survey_bad_bounds", low=low, high=high)
    return Bounded(low, high)


def _levels(margins: tuple[Margin, ...]) -> list[tuple[str, str]]:
    return [(one.column, label_of(level)) for one in margins for level in one.rows.levels]


def _not_reached(margins: tuple[Margin, ...], targets: Floats, found: Calibrated) -> DesignError:
    worst = int(np.argmax(np.abs(found.reached - targets)))
    column, level = _levels(margins)[worst]
    return DesignError(
        "survey_not_reached", column=column, level=level, iterations=found.iterations,
        target=f"{targets[worst]:.4%}", reached=f"{found.reached[worst]:.4%}",
    )  # fmt: skip


def _table(margins: tuple[Margin, ...], sample: Floats, targets: Floats, reached: Floats) -> Table:
    columns = ("survey_margin", "survey_level", "survey_sample", "survey_target", "survey_reached", "n")
    names, counts = _levels(margins), np.concatenate([one.rows.counts() for one in margins])
    shares = zip(names, sample.tolist(), targets.tolist(), reached.tolist(), counts.tolist(), strict=True)
    return Table(columns, tuple((*name, *rest) for name, *rest in shares), label("survey_margins_caption"))
