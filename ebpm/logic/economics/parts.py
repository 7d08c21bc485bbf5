"""What the economics of a link are declared with: uncertain amounts, costs on inputs, worth of outcomes, one appraisal a link."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ebpm.spec import Spec, Text, Wrong

Shape = Literal["fixed", "normal", "lognormal", "triangular"]


class Uncertain(Spec):
    """A number and how far it may lie off: fixed, or with limits of the declared shape.

    For a normal or lognormal shape `low` and `high` limit the central interval of `level`; `value` is the mean or the median.
    For a triangular shape they are the ends and `value` is the mode.
    """

    value: float
    low: float | None = None
    high: float | None = None
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    shape: Shape = "fixed"

    @model_validator(mode="after")
    def _limits(self) -> Uncertain:
        known = [limit for limit in (self.low, self.high) if limit is not None]
        if len(known) != (0 if self.shape == "fixed" else 2):
            raise Wrong("economics_limits", value=self.value, shape=self.shape)
        if known and not (known[0] <= self.value <= known[1] and known[0] < known[1]):
            raise Wrong("economics_order", value=self.value, low=self.low, high=self.high)
        if self.shape == "lognormal" and not min(known) > 0:
            raise Wrong("economics_not_positive", value=self.value, low=self.low)
        if known and lopsided(self.value, (known[0], known[1]), shape=self.shape):
            raise Wrong("economics_lopsided", value=self.value, low=self.low, high=self.high, shape=self.shape)
        return self


def lopsided(value: float, limits: tuple[float, float], *, shape: Shape) -> bool:
    """Return whether a value lies too far from the middle of its interval for the shape: more than a tenth of the width."""
    if shape not in {"normal", "lognormal"}:
        return False
    scale = math.log if shape == "lognormal" else float
    low, middle, high = scale(limits[0]), scale(value), scale(limits[1])
    return abs(middle - (low + high) / 2) > 0.1 * (high - low)


class Cost(Uncertain):
    """Yen that an input costs: `value` for each of `units`, at the prices of a year, falling in year `year` of the appraisal."""

    per: Text | None = None
    units: Annotated[float, Field(gt=0)] = 1.0
    price_year: int
    year: Annotated[int, Field(ge=0)] = 0
    source: Text


class Worth(Uncertain):
    """Yen that one unit of improvement of an outcome is worth to society, at the prices of a year."""

    per: Text
    price_year: int
    source: Text


class PriceLevel(Spec):
    """A price index in a year."""

    year: int
    index: Annotated[float, Field(gt=0)]


class Appraisal(Spec):
    """How the estimate of a link becomes outcomes and yen.

    Outcomes of year t (0 .. years - 1) = effect x per_year x reach x persistence^t; year t is discounted by (1 + rate)^-t.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    from_: Annotated[str, Field(alias="from")]
    to: str
    evidence: str
    """Whose estimate is used."""
    measure: Literal["difference", "ratio", "log_ratio"] = "difference"
    """What the estimate is; a ratio r moves the outcome by baseline x (r - 1)."""
    shape: Literal["normal", "lognormal", "triangular"] = "normal"
    """Shape of the estimate's own uncertainty."""
    baseline: Uncertain | None = None
    wanted: Literal["up", "down"]
    outcome_unit: Text
    """What is counted: kWh, admissions, firms."""
    per_year: Annotated[float, Field(gt=0)] = 1.0
    """Units of the outcome in a year for one unit of the estimate (365 from kWh/day to kWh)."""
    reach: Uncertain
    """How many are reached: households, patients, firms."""
    years: Annotated[int, Field(ge=1, le=100)] = 1
    persistence: Uncertain = Uncertain(value=1.0)
    """Share of the effect that remains from one year to the next."""
    discount_rate: Annotated[float, Field(gt=-1, lt=1)]
    discount_source: Text
    price_year: int
    prices: tuple[PriceLevel, ...] = ()
    prices_source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _baseline(self) -> Appraisal:
        if (self.measure == "difference") != (self.baseline is None):
            raise Wrong("economics_baseline", id=self.id, measure=self.measure)
        return self
