"""The progress of a plan's indicators as tables: measures and years as the plan's own report has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebpm.logic.fiscal import FiscalYear
from ebpm.logic.indicators.observed import STATUSES, Observation, StatusCode
from ebpm.logic.rules.words import Phrase
from ebpm.spec import Text
from ebpm.table import Table
from ebpm.texts import Bilingual, label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.logic.parts import Indicator


@dataclass(frozen=True, slots=True)
class Listed:
    """Texts of one cell, one after the other."""

    parts: tuple[Text, ...]

    def words(self, lang: str | None = None) -> str:
        return label("logic_comma", lang).join(part.words(lang) for part in self.parts)

    def __str__(self) -> str:
        return self.words()


def progress(model: LogicModel, lang: str | None = None) -> Table:
    """Return what was observed of each indicator: one row an indicator under its node, one column a fiscal year.

    Parameters
    ----------
    model : a plan or another model with observations.
    lang : language of the caption; the cells follow the language in which the table is shown.

    The years are those of the plan's period, or those observed where it has none; a year without an observation stays empty.
    The last column is the latest status that the source names.

    Examples
    --------
    >>> import ebpm
    >>> plan = ebpm.read_logic_model("logic_models/data_utilisation_plan.yaml")
    >>> ebpm.logic.progress(plan).to_frame().loc[0, "2018"].words("en")
    '59.9%'
    """
    years = years_of(model)
    columns: tuple[str | Bilingual, ...] = (
        "progress_node",
        "progress_indicator",
        *map(FiscalYear, years),
        "progress_status",
    )
    caption = label("progress_caption", lang, title=model.model.title.words(lang))
    return Table(columns, tuple(_rows(model, years)), caption)


def years_of(model: LogicModel) -> tuple[int, ...]:
    """Return the fiscal years of a plan's period, or from the first to the last that was observed."""
    observed = [one.fiscal_year for one in model.observations]
    if model.model.period is None and not observed:
        return ()
    first, last = model.model.period or (min(observed), max(observed))
    return tuple(range(first, last + 1))


def _rows(model: LogicModel, years: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    for node in model.nodes:
        for indicator in (one for one in model.indicators if one.node == node.id):
            found = model.observed(indicator)
            cells = (Listed(tuple(one.stated for one in found if one.fiscal_year == year)) for year in years)
            yield node.text, indicator.name, *cells, _status(found)


def _status(found: tuple[Observation, ...]) -> Phrase | str:
    named = [one.status for one in found if one.status is not None]
    return Phrase(f"status_{named[-1]}") if named else ""


def statuses(model: LogicModel, lang: str | None = None) -> Table:
    """Return how many indicators the source counts under each status, and how many of them it names.

    Parameters
    ----------
    model : a plan with counts of statuses.
    lang : language of the caption.
    """
    rows = tuple(
        (FiscalYear(counts.fiscal_year), Phrase(f"status_{status}"), counts.count(status), named)
        for counts in model.statuses
        for status in STATUSES
        for named in (len(named_under(model, status, counts.fiscal_year)),)
    )
    caption = label("statuses_caption", lang, title=model.model.title.words(lang))
    return Table(("observed_year", "progress_status", "status_count", "status_named"), rows, caption)


def named_under(model: LogicModel, status: StatusCode, fiscal_year: int) -> tuple[Indicator, ...]:
    """Return the indicators that the source names under a status in a fiscal year."""
    return tuple(
        indicator
        for indicator in model.indicators
        if any(one.status == status and one.fiscal_year == fiscal_year for one in model.observed(indicator))
    )
