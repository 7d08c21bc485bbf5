"""Calibration to totals of numbers and codes: generalised regression, raking, and bounded distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Codes, Frame, one_of
from ebpm.moments.labels import label_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import mapping, not_negative
from ebpm.survey.checks import unequal_weights
from ebpm.survey.design.checks import strange_factors
from ebpm.survey.design.unequal import design_effect, effective_size
from ebpm.survey.weighting.calibration import Calibrated, Calibration, Distance, Linear, Multiplicative, calibrate
from ebpm.survey.weighting.raking import Margin, bounded, margin_of
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.survey.design.sampling import Sampling

Floats = NDArray[np.float64]
Totals = Mapping[str, float | Mapping[Any, float]]
Bounds = tuple[float, float]

DISTANCES = ("linear", "raking", "logit")
RESIDUALS = ("design", "exact")
EVERYBODY = "survey_everybody"


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedWeights(Shown):
    """Weights that reproduce known totals.

    Parameters
    ----------
    weights : shape (n,), in the order of the rows.
    factors : shape (n,), by what each weight before was multiplied.
    iterations : Newton steps taken.
    totals : table of the totals: of the weights before, of the population, reached.
    design_effect : Kish's design effect of the weights.
    effective_n : rows over the design effect.
    rows_known_by : columns of codes that were calibrated to.
    calibration : what the standard errors of `mean` and its sisters need.
    notices : what the guard rails found.
    """

    weights: Floats = field(repr=False)
    factors: Floats = field(repr=False)
    iterations: int
    totals: Table = field(repr=False)
    design_effect: float
    effective_n: float
    rows_known_by: tuple[tuple[str, Codes], ...] = field(repr=False)
    calibration: Calibration = field(repr=False)
    notices: Notices = field(repr=False)

    def into(self, design: Sampling) -> Sampling:
        """Return a design with these weights."""
        return replace(design, weights=self.weights, calibration=self.calibration)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what the calibration cost."""
        return [
            label(
                "survey_calibrated_sentence", lang, n=f"{len(self.weights):,}", low=f"{self.factors.min():.3g}",
                high=f"{self.factors.max():.3g}", deff=f"{self.design_effect:.3g}", effective=f"{self.effective_n:,.0f}",
            )
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the totals."""
        return (replace(self.totals, caption=label("survey_totals_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw how far the weights moved."""
        from ebpm.figures.calibration import draw_factors

        return draw_factors(self, ax, lang=lang)


@dataclass(frozen=True, slots=True)
class _Variables:
    """Calibration variables: names (variable, level), columns, shape (n, k), and their population totals, shape (k,)."""

    names: tuple[tuple[str, str], ...]
    columns: Floats
    totals: Floats


def calibrate_to(
    data: Any,
    totals: Totals,
    *,
    size: float | None = None,
    weights: str | None = None,
    distance: str = "linear",
    bounds: Bounds | None = None,
    residuals: str = "design",
    tolerance: float = 1e-10,
) -> CalibratedWeights:
    """Return weights that reproduce known population totals and move the weights before as little as possible.

    Parameters
    ----------
    data : one row a respondent.
    totals : column of numbers -> its population total; column of codes -> code -> population count.
    size : population count; implied by counts of codes.
    weights : column of design weights; where None, equal weights that sum to the population count.
    distance : "linear" (generalised regression), "raking" (multiplicative), or "logit" (multiplicative between bounds).
    bounds : lowest and highest factor by which a weight may move; "logit" needs them, "linear" is truncated at them.
    residuals : regression whose residuals give the standard errors: "design", weighted by the weights before (the usual formula),
        or "exact", weighted by how far each weight gives way (the derivative of the calibrated estimate itself).
    tolerance : largest relative difference of a total that is reached from its target.

    Raises
    ------
    DataError : if levels have no counterpart, counts contradict each other, or shares are given in place of counts.
    DesignError : if the totals cannot be reached.

    w = d g(x'lambda) with sum w x = the totals; g(u) = 1 + u (linear), exp(u) (raking), or the logit function between the bounds.
    Then V = V(sum w e), e = z - x'B the residual of the linearised variable. The two residuals agree for the linear distance and
    in large samples.

    Assumptions: what is left of the outcome after its regression on the calibration variables is unrelated to answering.

    Source: Deville and Sarndal (1992), JASA 87(418); Sarndal, Swensson and Wretman (1992), section 6.5.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0], "d": [10.0] * 4})
    >>> found = survey.calibrate(data, {"age": 1480.0}, size=40, weights="d")
    >>> found.weights.round(6).tolist()
    [7.6, 9.2, 10.8, 12.4]
    """
    one_of(residuals, RESIDUALS, "residuals")
    frame, metric = Frame.of(data), _distance(distance, bounds)
    margins = {
        name: margin_of(frame, name, level)
        for name, level in mapping(totals, "totals").items()
        if isinstance(level, Mapping)
    }
    population = _population(margins, size)
    variables = _variables(frame, totals, margins, population)
    base = _base(frame, weights, population)
    scale = np.where(variables.totals != 0.0, np.abs(variables.totals), np.abs(variables.columns).T @ base)
    X = variables.columns / scale
    found = calibrate(
        X, base, targets=variables.totals / scale, distance=metric, tolerance=tolerance, max_iterations=200
    )
    if not found.converged:
        raise _missed(variables, found, scale)
    slopes = base if residuals == "design" else found.slopes
    return CalibratedWeights(
        weights=found.weights, factors=found.weights / base, iterations=found.iterations,
        totals=_table(variables, base, found.reached * scale), design_effect=design_effect(found.weights),
        effective_n=effective_size(found.weights), rows_known_by=tuple((name, one.rows) for name, one in margins.items()),
        calibration=Calibration(X, slopes, np.zeros(len(frame)), "survey.calibrated"),
        notices=unequal_weights(found.weights) + strange_factors(found.weights / base),
    )  # fmt: skip


def _distance(distance: str, bounds: Bounds | None) -> Distance:
    one_of(distance, DISTANCES, "distance")
    if (distance == "logit") != (bounds is not None) and distance != "linear":
        raise DesignError("survey_distance_bounds", distance=distance, bounds=bounds)
    if distance == "raking":
        return Multiplicative()
    if bounds is None:
        return Linear()
    limits = bounded(bounds)
    return Linear(limits.low, limits.high) if distance == "linear" else limits


def _population(margins: Mapping[str, Margin], size: float | None) -> float | None:
    counts = {name: float(one.total) for name, one in margins.items() if not isinstance(one.total, Unavailable)}
    if size is not None:
        counts["size"] = float(not_negative(size, "size"))
    if margins and not counts:
        raise DataError("survey_calibrate_shares", columns=", ".join(margins))
    if counts and max(counts.values()) - min(counts.values()) > 1e-6 * max(counts.values()):
        raise DataError("survey_margin_totals", totals=", ".join(f"{name}: {one:,g}" for name, one in counts.items()))
    return next(iter(counts.values()), None)


def _variables(frame: Frame, totals: Totals, margins: Mapping[str, Margin], population: float | None) -> _Variables:
    """Columns of codes and numbers; where the size alone is known, a column of ones too."""
    if not totals:
        raise DataError("survey_no_margins", rows=len(frame))
    names: list[tuple[str, str]] = []
    columns: list[Floats] = []
    targets: list[float] = []
    if population is not None and not margins:
        names, columns, targets = [(EVERYBODY, "")], [np.ones((len(frame), 1))], [population]
    for name, known in totals.items():
        if isinstance(known, Mapping):
            margin = margins[name]
            names += [(name, label_of(level)) for level in margin.rows.levels]
            columns.append(margin.dummies())
            targets += ((population or 1.0) * margin.shares).tolist()
        else:
            names.append((name, ""))
            columns.append(frame.numbers(name, "totals")[:, None])
            targets.append(_total(name, known))
    return _Variables(tuple(names), np.hstack(columns), np.array(targets))


def _total(name: str, value: float) -> float:
    if not np.isfinite(value):
        raise DataError("survey_margin_counts", column=name, level="-", value=value)
    return float(value)


def _base(frame: Frame, weights: str | None, population: float | None) -> Floats:
    if weights is not None:
        return frame.weights(weights)
    return np.full(len(frame), 1.0 if population is None else population / len(frame))


def _missed(variables: _Variables, found: Calibrated, scale: Floats) -> DesignError:
    reached = found.reached * scale
    worst = int(np.argmax(np.abs(reached - variables.totals) / scale))
    return DesignError(
        "survey_totals_missed", variable=" ".join(variables.names[worst]).strip(), iterations=found.iterations,
        target=f"{variables.totals[worst]:,.6g}", reached=f"{reached[worst]:,.6g}",
    )  # fmt: skip


def _table(variables: _Variables, base: Floats, reached: Floats) -> Table:
    columns = ("survey_variable", "survey_level", "survey_total_before", "survey_total_known", "survey_total_reached")
    before = variables.columns.T @ base
    everybody = {lang: label(EVERYBODY, lang) for lang in LANGUAGES}
    names = [(everybody if name == EVERYBODY else name, level) for name, level in variables.names]
    rows = zip(names, before.tolist(), variables.totals.tolist(), reached.tolist(), strict=True)
    return Table(columns, tuple((*name, *numbers) for name, *numbers in rows), label("survey_totals_caption"))
