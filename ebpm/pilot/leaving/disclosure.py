"""The one door through which an evaluation leaves: what may not be shown is withheld with its reason, or nothing leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from ebpm.data.reading import Reading, read
from ebpm.disclosure.differencing import FILE, Difference, Register, Statement, differences, read_register
from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.scanning.known import Known
from ebpm.disclosure.scanning.scan import scan_bytes, scan_figure
from ebpm.errors import DataError, EbpmError
from ebpm.estimate import Estimates, Unavailable
from ebpm.notices import Notice, Notices
from ebpm.pilot.leaving.contributors import Behind
from ebpm.pilot.leaving.told import Telling
from ebpm.pilot.leaving.withheld import NUMBERS, Reason, masked, protected, withheld
from ebpm.pilot.result import Failure, Result
from ebpm.pilot.spec import Analysis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ebpm.pilot.evaluation import Evaluation
    from ebpm.pilot.pilot import Pilot
    from ebpm.pilot.pilot_data import PilotData

DRAWN = ("primary", "secondary", "placebo")
"""The roles whose figures stand in reports."""


def released(evaluation: Evaluation) -> Evaluation:
    """Return an evaluation as it may leave: numbers withheld with their reasons, notices without values of records.

    Parameters
    ----------
    evaluation : with everything in it.

    Raises
    ------
    DataError : if the headline of a primary analysis may not be shown; then there is nothing to publish.

    Notes
    -----
    Withheld are numbers that rest on fewer persons than the tier allows, in all or in an arm; shares that tell a small count, or
    that all or none have the outcome; quantiles with few on one side; p values of small arms; levels that differ from another
    number by a few persons, in this release or a former one. Differences between groups that could be subtracted so are noticed.
    A routine's own result in which records, small groups or a point a record are found gives way to its estimates.
    """
    if evaluation.released:
        return evaluation
    data, rules = evaluation.data, evaluation.spec.disclosure
    behind = {one.analysis.id: Behind.of(one, data) for one in evaluation.results}
    found = tuple(protected(one, behind[one.analysis.id], rules) for one in evaluation.results)
    told = _told(evaluation, behind)
    found = tuple(_without_differences(one, told) for one in found)
    _refuse_without_headline(found, evaluation.results, rules)
    tables = known_tables(data)
    telling = Telling(evaluation.spec, tables)
    found = tuple(telling.result(one) for one in found)
    without = _without_value(evaluation.results, found)
    betrayed = _betraying(found, tables, rules)
    places = {one.about for one in betrayed}
    found = tuple(replace(one, value=one.estimates) if one.analysis.id in places else one for one in found)
    notices = (
        telling.notices(evaluation.notices + rules.notices + _differing(told)) + withheld(found) + without + betrayed
    )
    failures = tuple(Failure(one.analysis, telling.error(one.error, one.analysis.id)) for one in evaluation.failures)
    return replace(evaluation, results=found, failures=failures, notices=notices, released=True)


def evaluated(pilot: Pilot, data: PilotData) -> Evaluation:
    """Return an evaluation as it may leave; an error that stops it tells neither who is in the tables nor how few.

    Parameters
    ----------
    pilot : the declared evaluation.
    data : its tables.

    Raises
    ------
    DesignError : if the data cannot support a primary analysis.
    DataError : if the headline of a primary analysis may not be shown.
    """
    found = _attempted(pilot, data)
    if isinstance(found, EbpmError):
        raise Telling(pilot.spec, known_tables(data)).error(found)
    return released(found)


def _attempted(pilot: Pilot, data: PilotData) -> Evaluation | EbpmError:
    from ebpm.pilot.evaluation import evaluate

    try:
        return evaluate(pilot, data)
    except EbpmError as error:
        return error


def _without_value(before: Iterable[Result], after: Iterable[Result]) -> Notices:
    """Say of which analyses only the estimates are shown although none of these is withheld (X606)."""
    pairs = zip(before, after, strict=True)
    return Notices(
        tuple(
            Notice("X606", one.analysis.id)
            for one, other in pairs
            if other.value is other.estimates is not one.value and one.estimates.items is other.estimates.items
        )
    )


def refuse_small_cells(evaluation: Evaluation) -> None:
    """Refuse an evaluation whose primary headline may not be shown: it can be no evidence either.

    Raises
    ------
    DataError : naming every such number.
    """
    if not evaluation.released:
        primary, rules = evaluation.of("primary"), evaluation.spec.disclosure
        found = [protected(one, Behind.of(one, evaluation.data), rules) for one in primary]
        _refuse_without_headline(found, primary, rules)


def statements(evaluation: Evaluation, leaving: Evaluation) -> tuple[Statement, ...]:
    """Return what an evaluation says of whom as it leaves: every level that is not withheld, and the headline of every comparison.

    Parameters
    ----------
    evaluation : with everything in it.
    leaving : the same, released.
    """
    behind = {one.analysis.id: Behind.of(one, evaluation.data) for one in evaluation.results}
    shown = {
        f"{result.analysis.id}.{item.term}"
        for result in leaving.results
        for item in result.estimates
        if not isinstance(item.estimate, Unavailable)
    }
    return tuple(one for one in _statements(evaluation, behind) if one.name in shown)


def _statements(evaluation: Evaluation, behind: Mapping[str, Behind]) -> tuple[Statement, ...]:
    found = []
    for result in evaluation.results:
        one = behind[result.analysis.id]
        for item in result.estimates:
            name = f"{result.analysis.id}.{item.term}"
            statement = one.statement(name, item, evaluation.spec, result.analysis.data)
            if statement.level or item is result.estimates.headline:
                found.append(statement)
    return tuple(found)


def register_of(evaluation: Evaluation) -> Register:
    """Return the register of what was released of a pilot before."""
    return read_register(evaluation.pilot.folder / FILE, evaluation.spec.id)


def _told(evaluation: Evaluation, behind: Mapping[str, Behind]) -> tuple[tuple[str, Difference], ...]:
    new, smallest = _statements(evaluation, behind), evaluation.spec.disclosure.min_cell
    within = differences(new, min_cell=smallest)
    between = differences(new, register_of(evaluation).statements(), min_cell=smallest)
    return (*(("X604", one) for one in within), *(("X605", one) for one in between))


def _differing(told: Iterable[tuple[str, Difference]]) -> Notices:
    return Notices(tuple(Notice(code, one.new, {"old": one.old, "count": one.count}) for code, one in told))


def _without_differences(result: Result, told: Iterable[tuple[str, Difference]]) -> Result:
    names = {one.new for _, one in told if one.level}
    reasons = {
        item.term: Reason("disclosure_differencing", NUMBERS)
        for item in result.estimates
        if f"{result.analysis.id}.{item.term}" in names
    }
    return masked(result, reasons)


def _refuse_without_headline(found: Iterable[Result], before: Iterable[Result], rules: Disclosure) -> None:
    hidden = tuple(
        Hidden(result.analysis, item.term, cast("Unavailable", shown.estimate))
        for leaving, result in zip(found, before, strict=True)
        for shown, item in zip(leaving.estimates, result.estimates, strict=True)
        if result.analysis.role == "primary"
        and item.term == result.estimates.headline_term
        and isinstance(shown.estimate, Unavailable)
    )
    if hidden:
        raise DataError("disclosure_small_cells", cells=Listing(hidden), min_cell=rules.min_cell)


def readings_of(pilot: Pilot) -> Mapping[str, Reading]:
    """Return the tables of a pilot as its owner reads them to protect them: nothing is estimated, so no plan need be frozen."""
    return {dataset.id: read(dataset, pilot.folder) for dataset in pilot.spec.data}


def known_tables(data: PilotData) -> tuple[Known, ...]:
    """Return the tables whose records must stay: as read, with derived columns, and as the analyses use them."""
    return data.known


def notices_as_released(notices: Notices, data: PilotData) -> Notices:
    """Return notices on tables as they may leave: without values of records, who is in them, and how few they are about."""
    return Telling(data.spec, known_tables(data)).notices(notices)


def refuse_leaks(evaluation: Evaluation, files: Mapping[str, bytes]) -> None:
    """Refuse to write files in which records of the pilot's tables stand.

    Parameters
    ----------
    evaluation : whose tables must stay.
    files : by name, before they are written.

    Raises
    ------
    DataError : naming every find.
    """
    tables, rules = known_tables(evaluation.data), evaluation.spec.disclosure
    found = [
        notice
        for name, data in files.items()
        for notice in scan_bytes(name, data, tables, min_cell=rules.min_cell, headings=rules.count_words).notices.of(
            "error"
        )
    ]
    if found:
        raise DataError("disclosure_leak", count=len(found), finds=Listing(tuple(found)))


def _betraying(results: Iterable[Result], tables: Sequence[Known], rules: Disclosure) -> Notices:
    """Return what is found in the results of routines before they are shown, in words and drawn; estimates alone hold no records."""
    found = Notices()
    for result in results:
        about = [one for one in tables if one.dataset.id == result.analysis.data and one.about_somebody]
        if about and not isinstance(result.value, Estimates):
            found = found + _spoken(result, about, rules) + _drawn(result, about)
    return found


def _spoken(result: Result, tables: Sequence[Known], rules: Disclosure) -> Notices:
    shown = result.value._repr_html_().encode()
    seen = scan_bytes("result.html", shown, tables, min_cell=rules.min_cell).notices.of("error")
    return Notices(tuple(replace(one, about=result.analysis.id) for one in seen))


def _drawn(result: Result, tables: Sequence[Known]) -> Notices:
    import matplotlib.pyplot as plt

    if result.analysis.role not in DRAWN or not result.has_figure:
        return Notices()
    figure = cast("Figure", result.plot().get_figure(root=True))
    plt.close(figure)
    return scan_figure(result.analysis.id, figure, tables).notices


@dataclass(frozen=True, slots=True)
class Hidden:
    """A number that is withheld: of which analysis and term, and why."""

    analysis: Analysis
    term: str
    reason: Unavailable

    def to_text(self, lang: str | None = None) -> str:
        """Return it in words, without the number."""
        return f"{self.analysis.title.words(lang)} ({self.analysis.id}.{self.term}): {self.reason.words(lang)}"


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found, one a line."""

    items: tuple[Notice | Hidden, ...]

    def words(self, lang: str | None = None) -> str:
        return "".join(f"\n    {one.to_text(lang)}" for one in self.items)
