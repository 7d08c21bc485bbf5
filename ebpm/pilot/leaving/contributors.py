"""Who stands behind each number of a result: the fewest in any group that it compares, and who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ebpm.data.contract import DataSet
from ebpm.disclosure.differencing import Statement, codes
from ebpm.estimate import Estimate
from ebpm.pilot.prepare import kept
from ebpm.pilot.result import Result
from ebpm.pilot.spec import Analysis, PilotSpec
from ebpm.survey.codes import among

if TYPE_CHECKING:
    import pandas as pd

    from ebpm.pilot.pilot_data import PilotData

ARMS = ("treatment", "treated", "assigned", "exposed", "comparison", "first_treated")
WITHIN = ("by", "strata")
TIMES = frozenset({"", "day", "days", "hours", "weeks", "months", "years", "日", "時間", "週", "月", "年"})
SHARES = frozenset({"mean", "proportion", "group_share", "response_rate"})
LEVELS = SHARES | {"total", "quantile", "group_mean"}
MOST_ARMS = 12


@dataclass(frozen=True)
class Behind:
    """The rows behind a result, and the columns that tell persons and groups apart.

    Parameters
    ----------
    rows : those that the analysis uses, as they were read.
    who : column of the persons or bodies; empty where each row is one.
    arm : column of the arms or cohorts; empty where there are none.
    cohort : whether `arm` holds the first treated period.
    time : column of the periods; empty where there is none.
    within : columns of subgroups.
    outcome : column of the outcome.
    bodies : whether `who` are bodies whose rows count persons.
    """

    rows: pd.DataFrame
    who: str
    arm: str
    cohort: bool
    time: str
    within: tuple[str, ...]
    outcome: str
    bodies: bool

    @classmethod
    def of(cls, result: Result, data: PilotData) -> Behind:
        """Return the rows and columns behind a result."""
        analysis = result.analysis
        dataset = next(one for one in data.spec.data if one.id == analysis.data)
        rows = _asked_of(kept(data.tables[analysis.data], analysis.where), analysis)
        if analysis.outcome in rows.columns:
            rows = rows[rows[analysis.outcome].notna()]
        columns = set(map(str, rows.columns))
        arm = next((name for name in _named(analysis, ARMS) if name in columns), "")
        return cls(
            rows=rows,
            who=next((one.name for one in dataset.columns if one.role in {"unit", "id"} and one.name in columns), ""),
            arm=arm,
            cohort=bool(arm) and arm == analysis.arguments.get("first_treated"),
            time=next((name for name in _named(analysis, ("time",)) if name in columns), ""),
            within=tuple(name for name in _named(analysis, WITHIN) if name in columns),
            outcome=analysis.outcome,
            bodies=counts_persons(dataset),
        )

    def fewest(self, item: Estimate) -> int:
        """Return the fewest persons or bodies in any group that a number rests on."""
        rows = self.of_term(item.term)
        groups = self._arms(rows, item.term) if self.arm else iter((rows,))
        return min((self._count(group) for group in groups if len(group)), default=0)

    def of_term(self, term: str) -> pd.DataFrame:
        """Return the rows of the subgroup that a term names ("ward = north", "north: RR1"); all rows where it names none."""
        for name in self.within:
            values = self._texts[name]
            head = term.removeprefix(f"{name} = ") if term.startswith(f"{name} = ") else term.partition(": ")[0]
            if head != term and (values == head).any():
                return self.rows[values == head]
        return self.rows

    @cached_property
    def _texts(self) -> Mapping[str, pd.Series]:
        """The columns of subgroups as texts."""
        return {name: self.rows[name].astype(str) for name in self.within}

    def _arms(self, rows: pd.DataFrame, term: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of the arms that a term compares: both of "a - b", the cohorts of an event time, or all."""
        values = rows[self.arm]
        if self.cohort or values.nunique() > MOST_ARMS:
            treated = (values.notna() & (values.astype(str) != "0")) if self.cohort else values > 0
            yield rows[treated & self._reached(rows, term)]
            yield rows[~treated]
            return
        levels = set(values.dropna().astype(str))
        wanted = [one for one in term.rpartition(": ")[2].split(" - ") if one in levels]
        for level in wanted or sorted(levels):
            yield rows[values.astype(str) == level]

    def _reached(self, rows: pd.DataFrame, term: str) -> Any:
        """Return which rows belong to units that are seen so many periods after their treatment as a term says."""
        numeric = self.time and rows[self.time].dtype.kind in "iu" and rows[self.arm].dtype.kind in "iuf"
        if not (self.cohort and numeric and term.lstrip("-").isdigit()):
            return rows[self.arm].notna()
        when = rows[self.arm] + int(term)
        return (when >= rows[self.time].min()) & (when <= rows[self.time].max())

    def _count(self, rows: pd.DataFrame) -> int:
        return int(rows[self.who].nunique()) if self.who else len(rows)

    def statement(self, name: str, item: Estimate, spec: PilotSpec, data: str) -> Statement:
        """Return a number as something that was said of some people."""
        rows = self.of_term(item.term)
        people = rows[self.who].unique().tolist() if self.who else rows.index.tolist()
        return Statement(name, sources_of(self.outcome, spec, data), item.estimand in LEVELS, codes(people))

    def tally(self, item: Estimate) -> tuple[int, int]:
        """Return of a share how many have the outcome and how many there are; (0, 0) where the number is no share."""
        rows = self.of_term(item.term)
        if item.estimand not in SHARES or self.outcome not in rows.columns:
            return 0, 0
        values = rows[self.outcome]
        level = item.term.rpartition(": ")[2]
        if values.dtype.kind not in "iufb" and (values.astype(str) == level).any():
            return int((values.astype(str) == level).sum()), len(values)
        two = values.dtype.kind in "iufb" and values.nunique() <= 2 and values.isin([0, 1, 100]).all()
        return (int((values != 0).sum()), len(values)) if two else (0, 0)

    def beside(self, item: Estimate) -> int:
        """Return the fewer of those at or below and those at or above a quantile."""
        values = self.of_term(item.term)[self.outcome]
        return min(int((values <= item.estimate).sum()), int((values >= item.estimate).sum()))


def _asked_of(rows: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """Return the rows of the domain that a routine is asked of (`where`)."""
    wanted: Mapping[str, Any] = analysis.arguments.get("where") or {}
    for column, codes_of in wanted.items():
        listed = [codes_of] if isinstance(codes_of, str) or not isinstance(codes_of, Sequence) else codes_of
        rows = rows[among(rows[column].to_numpy(dtype=object), listed)]
    return rows


def _named(analysis: Analysis, arguments: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for argument in arguments:
        value: Any = analysis.arguments.get(argument, "")
        found += [value] if isinstance(value, str) else [one for one in value or () if isinstance(one, str)]
    return [one for one in found if one]


def counts_persons(dataset: DataSet) -> bool:
    """Whether each row is of a body and counts persons."""
    exposures = [column for column in dataset.columns if column.role == "exposure" and column.type == "integer"]
    return any(column.unit not in TIMES for column in exposures)


def sources_of(outcome: str, spec: PilotSpec, data: str) -> tuple[str, ...]:
    """Return the columns of the contract that an outcome is derived from."""
    steps = {one.column: one for one in spec.derive if one.data == data}
    if outcome not in steps:
        return (outcome,)
    step = steps[outcome].model_dump(exclude={"data", "column"}, exclude_none=True)
    named = [one for value in step.values() for one in ([value] if isinstance(value, str) else value)]
    known = {column.name for dataset in spec.data if dataset.id == data for column in dataset.columns} | steps.keys()
    found = [one for name in named if name in known and name != outcome for one in sources_of(name, spec, data)]
    return tuple(dict.fromkeys(found))
