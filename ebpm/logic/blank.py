"""The blank page: a commented logic model to fill in."""

from __future__ import annotations

from importlib.resources import files

from ebpm.logic.model import LogicModel
from ebpm.texts import language


def blank(name: str, *, fiscal_year: int, lang: str | None = None) -> LogicModel:
    """Return the logic model that `ebpm new model` writes, with its comments, to be filled in.

    Parameters
    ----------
    name : the id of the model: lower-case letters, digits, underscores.
    fiscal_year : the year in which its April lies.
    lang : "ja" or "en"; the current language where None.

    Raises
    ------
    SpecError : if the name cannot be an id.

    Examples
    --------
    >>> from ebpm.logic import blank
    >>> [node.id for node in blank("evening_library", fiscal_year=2026).nodes][:3]
    ['i_budget', 'a_work', 'o_reached']
    """
    return LogicModel.loads(blank_text(name, fiscal_year=fiscal_year, lang=lang), name=name)


def blank_text(name: str, *, fiscal_year: int, lang: str | None = None) -> str:
    """Return the YAML of a blank model."""
    source = files("ebpm.logic") / "templates" / f"model.{language(lang)}.yaml"
    return source.read_text(encoding="utf-8").format(name=name, year=fiscal_year)
