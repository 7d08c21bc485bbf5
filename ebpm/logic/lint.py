"""A logic model against its rules, minus what it sets aside with a reason."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ebpm.logic.rules import RULES
from ebpm.notices import Notice, Notices, run

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def lint(model: LogicModel, *, on: date | None = None) -> Notices:
    """Check a logic model.

    Parameters
    ----------
    model : the logic model.
    on : the day on which `lint_ignore` is judged; its entries hold through the day, month or year in `until`. Today where None.

    Examples
    --------
    >>> import ebpm
    >>> from ebpm.logic import lint
    >>> lint(ebpm.read_logic_model("logic_models/venture_support.yaml")).codes
    ()
    """
    return Notices(tuple(notice for notice in run(RULES, model) if not _ignored(model, notice, on)))


def _ignored(model: LogicModel, notice: Notice, on: date | None) -> bool:
    entries = (
        entry for entry in model.lint_ignore if entry.code == notice.code and entry.about in {None, notice.about}
    )
    return any(entry.until is None or _today(on)[: len(entry.until)] <= entry.until for entry in entries)


def _today(on: date | None) -> str:
    return (on or date.today()).isoformat()  # noqa: DTZ011
