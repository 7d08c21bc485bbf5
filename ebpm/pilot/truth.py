"""The truth behind synthetic data: what the model was told, beside what the evaluation found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ebpm.estimate import Estimate, Unavailable
from ebpm.spec import Spec, read
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.pilot.evaluation import Evaluation
    from ebpm.pilot.result import Result

FILE = "truth.yaml"


class TrueValue(Spec):
    """The estimand of one term of an analysis."""

    analysis: str
    term: str
    value: float
    unit: str
    note: str


class Parameter(Spec):
    """A number that the model was given, from a source or assumed."""

    name: str
    value: float
    basis: Literal["source", "assumption"]
    source: str


class Trap(Spec):
    """A difficulty planted in the data, and the codes that find it."""

    id: str
    codes: tuple[str, ...]
    note: str


class Truth(Spec):
    """The whole of truth.yaml."""

    synthetic: Literal[True]
    pilot: str
    seed: int
    values: tuple[TrueValue, ...]
    parameters: tuple[Parameter, ...]
    traps: tuple[Trap, ...]


def beside_truth(evaluation: Evaluation, lang: str | None = None) -> Table:
    """Return the true values of the analyses that were run beside their estimates."""
    truth = read(evaluation.pilot.folder / FILE, Truth)
    run = {result.analysis.id: result for result in evaluation.results}
    rows = tuple(_row(one, run[one.analysis], lang) for one in truth.values if one.analysis in run)
    columns = ("analysis", "term", "truth", "estimate", "conf_low", "conf_high", "covered")
    return Table(columns, rows, label("table_truth", lang))


def _row(true: TrueValue, result: Result, lang: str | None) -> tuple[object, ...]:
    item, title = result.estimates[true.term], result.analysis.title.words(lang)
    covered = label("yes" if _holds(item, true.value) else "no", lang)
    return title, true.term, true.value, item.estimate, item.conf_low, item.conf_high, covered


def _holds(item: Estimate, value: float) -> bool:
    low, high = item.conf_low, item.conf_high
    return not isinstance(low, Unavailable) and not isinstance(high, Unavailable) and low <= value <= high
