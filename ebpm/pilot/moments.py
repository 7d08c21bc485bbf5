"""A pilot from sums alone: what an office may publish of its records, and what can be answered from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.disclosure.rules import Disclosure
from ebpm.errors import DataError, DesignError, EbpmError
from ebpm.moments.scans.asking import Recorder
from ebpm.moments.scans.moment_file import MomentFile
from ebpm.moments.scans.opening import scan
from ebpm.moments.scans.path_sums import Group, PathSums
from ebpm.pilot.naming import labelled, names_in
from ebpm.pilot.prepare import rows_of
from ebpm.pilot.result import Failure, Result
from ebpm.pilot.routines import routines
from ebpm.pilot.spec import Analysis, PilotSpec
from ebpm.table import Table
from ebpm.texts import calling, label, words

if TYPE_CHECKING:
    from ebpm.pilot.pilot import Pilot, PilotData


@dataclass(frozen=True, slots=True)
class Answers:
    """What a moment file says of a plan.

    Parameters
    ----------
    file : the sums.
    results : analyses that they answer, in the order of the plan.
    failures : analyses that they might answer but do not support.
    records : analyses that need the records.
    """

    file: MomentFile
    results: tuple[Result, ...]
    failures: tuple[Failure, ...]
    records: tuple[Analysis, ...]

    def table(self, lang: str | None = None) -> Table:
        """Return headline, interval and units of each analysis that is answered."""
        columns = ("analysis", "estimate", "conf_low", "conf_high", "unit", "p_value", "n")
        rows = tuple(
            (
                one.analysis.title.words(lang),
                head.estimate,
                head.conf_low,
                head.conf_high,
                words(head.unit, lang),
                head.p_value,
                head.n,
            )
            for one in self.results
            for head in [one.estimates.headline]
        )
        return Table(columns, rows, label("moments_answers", lang))

    def summary(self, lang: str | None = None) -> str:
        """Return the answers, what was withheld, and what needs the records."""
        parts = [self.table(lang).to_text(lang)]
        parts += [f"{name}: {'; '.join(said)}" for name, said in self.file.withheld.items()]
        if self.records:
            titles = ", ".join(one.title.words(lang) for one in self.records)
            parts.append(label("moments_need_records", lang, count=len(self.records), titles=titles))
        return "\n".join(parts)

    def __repr__(self) -> str:
        return self.summary()


def moments_of(pilot: Pilot, data: PilotData) -> MomentFile:
    """Return the sums that the analyses of a plan need, after disclosure control.

    Parameters
    ----------
    pilot : the declared evaluation.
    data : its tables.

    Notes
    -----
    A cohort is left out whole where it has fewer units than the tier's `min_cell`, or than periods and one more (its products would
    then say more of each unit than of the cohort); where one unit may hold more of the total than the dominance rule allows; and where
    a yes-or-no outcome has a count of yes or no below `min_cell`.
    """
    spec = pilot.spec
    items: dict[str, PathSums] = {}
    withheld: dict[str, tuple[str, ...]] = {}
    records: list[str] = []
    for analysis in spec.plan:
        asked = None if analysis.of else _asked(analysis, data)
        if asked is None:
            records.append(analysis.id)
            continue
        kept, reasons = release(asked, spec.disclosure)
        if reasons:
            withheld[analysis.id] = reasons
        if kept.groups:
            items[analysis.id] = kept
    return MomentFile(spec.id, pilot.plan_digest, items, withheld, tuple(records))


def _asked(analysis: Analysis, data: PilotData) -> PathSums | None:
    """Return the sums that a routine asks for, None where it needs records."""
    recorder = Recorder(scan(rows_of(data.tables, analysis)))
    with suppress(EbpmError):
        routines()[analysis.routine](recorder, analysis.outcome, **analysis.arguments)
    return recorder.found[0] if recorder.found else None


def release(sums: PathSums, rules: Disclosure) -> tuple[PathSums, tuple[str, ...]]:
    """Return the sums of the groups that may be published, and what was left out with its reason, in both languages.

    Parameters
    ----------
    sums : of a table.
    rules : of the tier.
    """
    reasons = [_reason(sums, place, rules) for place in range(len(sums.groups))]
    told = tuple(
        f"{_named(group)}: {label(reason, 'ja')} / {label(reason, 'en')}"
        for group, reason in zip(sums.groups, reasons, strict=True)
        if reason
    )
    return sums.where(np.array([not reason for reason in reasons])), told


def _named(group: Group) -> str:
    parts = [str(group.cohort or "–"), *([str(group.cluster)] if group.cluster else [])]
    return " ".join(parts)


def _reason(sums: PathSums, place: int, rules: Disclosure) -> str:
    """Return the label of the reason for which a group is withheld, empty where it may be published."""
    count = sums.counts[place]
    least = rules.min_cell if sums.clustered else max(rules.min_cell, len(sums.periods) + 1)
    if count < least:
        return "moments_few_units"
    totals, squares = _amounts(sums, place)
    if any(
        _binary(total, square) and not rules.min_cell <= total <= count - rules.min_cell
        for total, square in zip(totals, squares, strict=True)
    ):
        return "moments_few_of_a_kind"
    amounts = sums.fixed.shift >= -1
    if amounts and any(
        square**0.5 > rules.dominance.share * total for total, square in zip(totals, squares, strict=True) if total
    ):
        return "moments_dominated"
    return ""


def _amounts(sums: PathSums, place: int) -> tuple[list[float], list[float]]:
    """Return sum and sum of squares of a group's values in each period; squares of zero where there are no products."""
    count, fixed, length = sums.counts[place], sums.fixed, len(sums.periods)
    totals = [float(fixed.total(count=count, steps=int(sums.sums[place, t]))) for t in range(length)]
    if sums.clustered:
        return totals, [0.0] * length
    squares = [
        float(
            (int(sums.products[place, t, t]) + 2 * fixed.shift * int(sums.sums[place, t]) + count * fixed.shift**2)
            / fixed.scale**2
        )
        for t in range(length)
    ]
    return totals, squares


def _binary(total: float, square: float) -> bool:
    return total == square


def answers(spec: PilotSpec, file: MomentFile) -> Answers:
    """Return what a moment file says of a plan.

    Parameters
    ----------
    spec : of the pilot.
    file : sums of its analyses.

    Raises
    ------
    DataError : if the file is of another pilot.
    """
    if file.pilot != spec.id:
        raise DataError("moments_other_pilot", file=file.pilot, pilot=spec.id)
    found = list(_answered(spec, file))
    return Answers(
        file, tuple(one for one in found if isinstance(one, Result)), tuple(one for one in found if isinstance(one, Failure)),
        tuple(analysis for analysis in spec.plan if analysis.id not in file.items),
    )  # fmt: skip


def _answered(spec: PilotSpec, file: MomentFile) -> Iterator[Result | Failure]:
    for analysis in spec.plan:
        if analysis.id in file.items:
            try:
                yield _result(spec, analysis, file.items[analysis.id])
            except DesignError as error:
                yield Failure(analysis, error)


def _result(spec: PilotSpec, analysis: Analysis, sums: PathSums) -> Result:
    names = names_in(analysis, spec)
    with calling(names):
        value: Any = routines()[analysis.routine](sums, analysis.outcome, **analysis.arguments)
        estimates = value.aggregate(analysis.aggregate) if analysis.aggregate else value
        estimates = getattr(estimates, "estimates", estimates)
    return Result(analysis, labelled(estimates, analysis, spec), value, names)
