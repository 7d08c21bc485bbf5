"""A pilot from a moment file: the analyses that sums answer, as results like those of the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from ebpm.disclosure.sums.rounded import Effect, effect_of_rounding
from ebpm.errors import DataError, DesignError, EbpmError
from ebpm.estimate import Unavailable
from ebpm.moments.scans.files.leaving import Withheld
from ebpm.moments.scans.files.moment_file import MomentFile
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.notices import Notices
from ebpm.pilot.evaluation import Evaluation, analysed, evaluate
from ebpm.pilot.pilot_data import PilotData
from ebpm.pilot.result import Failure, Result
from ebpm.pilot.spec import Analysis, Check
from ebpm.pilot.sums.summed_rows import rows_of_sums
from ebpm.table import Table
from ebpm.texts import label, words

if TYPE_CHECKING:
    from ebpm.pilot.pilot import Pilot

NEEDS, STAYED = "moments_needs_records", "moments_withheld"
TWICE = "P521"
NAMED = 4
HEADLINE = ("analysis", "estimate", "std_error", "conf_low", "conf_high", "unit", "p_value", "n")


@dataclass(frozen=True)
class MomentData(PilotData):
    """A moment file in the place of the tables of a pilot."""

    file: MomentFile = field(kw_only=True)

    @classmethod
    def of(cls, pilot: Pilot, file: MomentFile) -> MomentData:
        """Return a moment file as the data of a pilot.

        Raises
        ------
        DataError : if the file is of another pilot, or of another state of its plan.
        """
        if file.pilot != pilot.spec.id:
            raise DataError("moments_other_pilot", file=file.pilot, pilot=pilot.spec.id)
        if file.plan != pilot.plan_digest:
            raise DataError(
                "moments_plan_changed", pilot=pilot.spec.id, file=file.plan[:12], plan=pilot.plan_digest[:12]
            )
        return cls({}, pilot.spec, file=file)

    def having(self, name: str, sums: PathSums | GroupSums) -> MomentData:
        """Return the same with other sums of an analysis."""
        return replace(self, file=replace(self.file, items={**self.file.items, name: sums}))

    @property
    def tables(self) -> Mapping[str, Any]:
        """No tables: there are no records."""
        return {}

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of the file."""
        return {"moments": self.file.digest}

    @property
    def notices(self) -> Notices:
        """What reading and checking the records raised where they are."""
        return self.file.notices

    def input_of(self, analysis: Analysis | Check) -> Any:
        """Return the sums of an analysis.

        Raises
        ------
        DesignError : if it needs the records, or its sums were withheld.
        """
        name = analysis.id if isinstance(analysis, Analysis) else analysis.routine
        if name in self.file.items:
            sums = self.file.items[name]
            return rows_of_sums(sums) if name in self.file.tables and isinstance(sums, GroupSums) else sums
        if name in self.file.withheld:
            raise DesignError(STAYED, analysis=name, reasons=Said(self.file.withheld[name]))
        raise DesignError(NEEDS, analysis=name, answered=", ".join(self.file.items) or "–")

    @property
    def has_records(self) -> bool:
        """No records: what their checks raised is in the file."""
        return False


@dataclass(frozen=True, slots=True)
class Said:
    """What was withheld, in words."""

    items: tuple[Withheld, ...]

    def words(self, lang: str | None = None) -> str:
        """Return the groups by reason, the first few by name."""
        groups: dict[str, list[str]] = {}
        for one in self.items:
            groups.setdefault(one.reason, []).append(one.group)
        return "; ".join(Withheld(_few_of(many, lang), reason).words(lang) for reason, many in groups.items())


def _few_of(names: Sequence[str], lang: str | None) -> str:
    shown, more = ", ".join(names[:NAMED]), len(names) - NAMED
    return label("moments_more_groups", lang, names=shown, more=more) if more > 0 else shown


@dataclass(frozen=True, slots=True)
class Answers:
    """What a moment file says of a plan.

    Parameters
    ----------
    data : the file in the place of the tables.
    results : analyses that it answers, in the order of the plan.
    failures : analyses that it might answer but does not support.
    withheld : analyses whose sums may not leave.
    records : analyses that need the records.
    """

    data: MomentData
    results: tuple[Result, ...]
    failures: tuple[Failure, ...]
    withheld: tuple[Analysis, ...]
    records: tuple[Analysis, ...]

    def __getitem__(self, analysis: str) -> Result:
        declared = self.data.spec.analysis(analysis)
        return next(one for one in self.results if one.analysis.id == declared.id)

    def effect(self, result: Result) -> Effect:
        """Return how far the rounding of the sums can move an answer; nothing where they were not rounded."""
        file, name = self.data.file, result.analysis.id
        sums = file.items.get(name)
        if name not in file.rounded or not isinstance(sums, PathSums):
            return Effect(0.0, 0.0)
        return effect_of_rounding(sums, file.rounded[name], lambda one: _numbers(self.data, result.analysis, one))

    def table(self, lang: str | None = None) -> Table:
        """Return headline, interval and units of each analysis that is answered; how far rounding moves it, where sums are rounded."""
        columns: tuple[str, ...] = HEADLINE
        rows: list[tuple[object, ...]] = [
            (one.analysis.title.words(lang), *_headline(one, lang)) for one in self.results
        ]
        if self.data.file.rounded:
            columns = (*columns, "moved_estimate", "moved_std_error")
            effects = [self.effect(one) for one in self.results]
            rows = [(*row, one.estimate, one.std_error) for row, one in zip(rows, effects, strict=True)]
        return Table(columns, tuple(rows), label("moments_answers", lang))

    def summary(self, lang: str | None = None) -> str:
        """Return the answers, what was withheld, and what needs the records."""
        return "\n".join([*([self.table(lang).to_text(lang)] if self.results else []), *self._rest(lang)])

    def _rest(self, lang: str | None) -> list[str]:
        """Return the lines below the table."""
        parts = [] if self.results else [label("moments_no_answers", lang)]
        parts += [one.to_text(lang) for one in self.data.file.notices if one.code == TWICE]
        for one in self.withheld:
            said = Said(self.data.file.withheld[one.id]).words(lang)
            parts.append(label("moments_withheld_line", lang, title=one.title, reasons=said))
        parts += [f"{one.analysis.title.words(lang)}: {one.error.explain(lang)}" for one in self.failures]
        if self.records:
            titles = ", ".join(one.title.words(lang) for one in self.records)
            parts.append(label("moments_need_records", lang, count=len(self.records), titles=titles))
        return parts

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self._rest(None))
        return (self.table()._repr_html_() if self.results else "") + lines


def answers(pilot: Pilot, file: MomentFile) -> Answers:
    """Return what a moment file says of a plan.

    Parameters
    ----------
    pilot : the declared evaluation.
    file : sums of its analyses.

    Raises
    ------
    DataError : if the file is of another pilot, or of another state of its plan.
    """
    data = MomentData.of(pilot, file)
    found: list[Result | Failure] = []
    for analysis in pilot.spec.plan:
        try:
            found.append(analysed(pilot.spec, data, analysis, found))
        except EbpmError as error:
            found.append(Failure(analysis, error))
    failed = tuple(one for one in found if isinstance(one, Failure))
    return Answers(
        data, tuple(one for one in found if isinstance(one, Result)),
        tuple(one for one in failed if one.error.code not in {NEEDS, STAYED}),
        withheld=tuple(one.analysis for one in failed if one.error.code == STAYED),
        records=tuple(one.analysis for one in failed if one.error.code == NEEDS),
    )  # fmt: skip


def evaluated(pilot: Pilot, file: MomentFile) -> Evaluation:
    """Return the evaluation of a pilot from a moment file; what follows from sums that have left may leave too.

    Parameters
    ----------
    pilot : the declared evaluation.
    file : sums of its analyses.

    Raises
    ------
    DataError : if the file is of another pilot, or of another state of its plan.
    DesignError : if a primary analysis needs the records, or its sums were withheld.
    """
    return replace(evaluate(pilot, MomentData.of(pilot, file)), released=True)


def _headline(result: Result, lang: str | None) -> tuple[object, ...]:
    head = result.estimates.headline
    return (
        head.estimate, head.std_error, head.conf_low, head.conf_high, words(head.unit, lang), head.p_value, head.n,
    )  # fmt: skip


def _numbers(data: MomentData, analysis: Analysis, sums: PathSums) -> tuple[float, float]:
    """Return estimate and standard error of the headline from other sums; an error of zero where there is none."""
    head = analysed(data.spec, data.having(analysis.id, sums), analysis, ()).estimates.headline
    error = head.std_error
    return float(head.estimate), 0.0 if isinstance(error, Unavailable) else float(error)
