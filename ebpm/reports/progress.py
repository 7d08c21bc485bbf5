"""The progress of a plan as one HTML page: tables with scopes, and what can be said of each change; no external request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ebpm.estimate import Unavailable
from ebpm.logic import changes, progress, statuses, trends
from ebpm.table import Table
from ebpm.texts import label, language

if TYPE_CHECKING:
    from ebpm.logic import LogicModel


def html(model: LogicModel, lang: str | None = None) -> str:
    """Return the page in one language.

    Parameters
    ----------
    model : a plan or another model with observations.
    lang : "ja" or "en"; the current language where None.
    """
    environment = Environment(
        loader=PackageLoader("ebpm.reports"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    spoken = language(lang)
    content = {
        "lang": spoken,
        "say": label,
        "model": model,
        "tables": tables(model, spoken),
        "html": lambda table: Markup(table.to_html(spoken)),  # noqa: S704  # Table escapes every cell
        "sentences": tuple(sentences(model, spoken)),
    }
    return environment.get_template("progress.html.j2").render(**content) + "\n"


def tables(model: LogicModel, lang: str | None = None) -> tuple[Table, ...]:
    """Return the indicators by year, and the counts of statuses where there are any."""
    return (progress(model, lang), *([statuses(model, lang)] if model.statuses else []))


def sentences(model: LogicModel, lang: str | None = None) -> Iterator[str]:
    """Yield what can be said of each trend with bounds, and of each change."""
    for _, found in trends(model):
        if not isinstance(found.points[-1].low, Unavailable):
            yield found.sentence(lang)
    for change in changes(model):
        yield change.sentence(lang)
