"""Participant flow after CONSORT 2025 and its cluster extension: who was assessed, randomised, treated, lost and analysed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.moments.frame import Frame
from ebpm.notices import Notices
from ebpm.rct.trial import Trial, trial_of
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import entry, label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Flags = NDArray[np.bool_]
Reasons = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Count:
    """People, and the clusters that they belong to.

    Parameters
    ----------
    persons : rows.
    clusters : of which at least one person is counted; 0 where people were assigned.
    """

    persons: int
    clusters: int = 0

    def words(self, lang: str | None = None) -> str:
        """Return the count as it stands in the diagram."""
        code = "rct_flow_clusters" if self.clusters else "rct_flow_persons"
        return label(code, lang, persons=f"{self.persons:,}", clusters=f"{self.clusters:,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowArm:
    """The way of one arm.

    Parameters
    ----------
    arm : its label.
    allocated : assigned to it.
    received, not_received : of them; Unavailable where that is not recorded.
    lost : outcome not observed, and no analysis.
    left_out : outcome observed, and not analysed.
    analysed : in the primary analysis.
    reasons : for being lost, with their numbers.
    """

    arm: str
    allocated: Count
    received: Count | Unavailable
    not_received: Count | Unavailable
    lost: Count
    left_out: Count
    analysed: Count
    reasons: Reasons = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Shown):
    """The flow of participants through a trial; its numbers add up.

    Parameters
    ----------
    assessed : for eligibility; equal to `randomised` where only those are in the data.
    excluded : before assignment.
    randomised : assigned to an arm.
    arms : the way of each arm, control first.
    reasons : for being excluded, with their numbers.

    Raises
    ------
    DesignError : if numbers do not add up, naming the stage and the arm.
    """

    assessed: Count
    excluded: Count
    randomised: Count
    arms: tuple[FlowArm, ...]
    reasons: Reasons = ()

    def __post_init__(self) -> None:
        """Refuse numbers that do not add up."""
        for stage, arm, total, parts in _sums(self):
            if total != sum(parts):
                shown = " + ".join(f"{part:,}" for part in parts)
                stage_words = entry("label", f"rct_flow_{stage}")
                raise DesignError("rct_flow_sum", stage=stage_words, arm=arm or "-", total=f"{total:,}", parts=shown)

    @property
    def notices(self) -> Notices:
        """None: `attrition` and `compliance` raise those on the numbers shown here."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many were assessed, randomised and analysed."""
        analysed = sum(arm.analysed.persons for arm in self.arms)
        numbers = {"assessed": self.assessed.words(lang), "randomised": self.randomised.words(lang)}
        return [label("rct_flow_sentence", lang, analysed=f"{analysed:,}", arms=len(self.arms), **numbers)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a stage and arm."""
        records = [
            record | {"flow_stage": entry("label", f"rct_flow_{record['flow_stage']}")} for record in self._records()
        ]
        return (Table.of(records, label("rct_flow_caption", lang)),)

    def tidy(self) -> pd.DataFrame:
        """Return one row a stage and arm, stages by their codes."""
        return Table.of(self._records()).to_frame()

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the diagram."""
        from ebpm.figures.flow import draw_flow

        return draw_flow(self, ax, lang=lang)

    def _records(self) -> list[dict[str, Any]]:
        clustered = self.randomised.clusters > 0
        return [
            {"flow_stage": stage, "term": arm, "persons": count.persons}
            | ({"clusters": count.clusters} if clustered else {})
            for stage, arm, count in _counts(self)
        ]


def flow(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    received: str | None = None,
    analysed: str | None = None,
    eligible: str | None = None,
    reason: str | None = None,
    control: object = None,
    cluster: str | None = None,
) -> Flow:
    """Count participants from assessment to analysis.

    Parameters
    ----------
    data : any frame that Narwhals knows, a row for everybody assessed for eligibility, or for everybody assigned.
    outcome : column of the primary outcome, missing where not observed.
    treatment : column of the assigned arm; missing for those who were not assigned.
    received : 1 where the assigned treatment was received and 0 where not.
    analysed : 1 where a row is in the primary analysis and 0 where not; everybody whose outcome was observed, where None.
    eligible : 1 where a person was found eligible and 0 where not.
    reason : column of words: why a person was not assigned, or was lost.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.

    Raises
    ------
    DataError : if an indicator holds other values than 0 and 1.
    DesignError : if somebody not eligible was assigned, or somebody without an outcome analysed, and as `difference_in_means`.

    Source: Hopewell et al. (2025), CONSORT 2025 statement, BMJ 389:e081123; Campbell et al. (2012), BMJ 345:e5661, for clusters:
    a cluster counts as lost where nobody in it was observed.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"y": [1.0, None, 3, 4, 5, None], "arm": [0, 0, 0, 1, 1, None]})
    >>> found = flow(trial, "y", treatment="arm")
    >>> found.assessed.persons, found.randomised.persons, [arm.analysed.persons for arm in found.arms]
    (6, 5, [2, 2])
    """
    frame = Frame.of(data)
    assigned = frame.present(treatment, "treatment")
    inside = frame.rows(assigned)
    trial = trial_of(
        inside, np.arange(len(inside), dtype=np.float64), outcome=outcome, treatment=treatment, control=control,
        cluster=cluster,
    )  # fmt: skip
    if eligible is not None and (_flags(inside, eligible, "eligible") == 0).any():
        rows = int((_flags(inside, eligible, "eligible") == 0).sum())
        raise DesignError("rct_flow_ineligible", column=eligible, rows=rows)
    observed = inside.present(outcome, "outcome")
    kept = observed if analysed is None else _flags(inside, analysed, "analysed")
    if (kept & ~observed).any():
        raise DesignError("rct_flow_unobserved", column=analysed, outcome=outcome, rows=int((kept & ~observed).sum()))
    got = Unavailable("rct_flow_not_recorded") if received is None else _flags(inside, received, "received")
    why = _texts(inside, reason)
    seen = _Seen(observed, kept, got, why)
    arms = tuple(_arm(trial, place, seen) for place in range(len(trial.arms)))
    everybody, every = _clusters(frame, cluster), np.ones(len(frame), dtype=np.bool_)
    return Flow(
        assessed=Count(len(frame), _distinct(everybody, every)),
        excluded=_rest(_count(everybody, every), _count(everybody, assigned)),
        randomised=_count(everybody, assigned), arms=arms, reasons=_tally(_texts(frame, reason), ~assigned),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of each row that was assigned: outcome observed, analysed, treatment received, words on why not."""

    observed: Flags
    kept: Flags
    got: Flags | Unavailable
    why: NDArray[Any]


def _arm(trial: Trial, place: int, seen: _Seen) -> FlowArm:
    own, observed, got = trial.arm == place, seen.observed, seen.got
    units = trial.unit if trial.clustered else np.empty(0, dtype=np.int64)
    allocated = _count(units, own)
    received = got if isinstance(got, Unavailable) else _count(units, own & got)
    return FlowArm(
        arm=trial.arms[place], allocated=allocated, received=received,
        not_received=received if isinstance(received, Unavailable) else _rest(allocated, received),
        lost=_rest(allocated, _count(units, own & observed)),
        left_out=_rest(_count(units, own & observed), _count(units, own & seen.kept)), analysed=_count(units, own & seen.kept),
        reasons=_tally(seen.why, own & ~observed),
    )  # fmt: skip


def _count(units: NDArray[Any], rows: Flags) -> Count:
    return Count(int(rows.sum()), _distinct(units, rows))


def _distinct(units: NDArray[Any], rows: Flags) -> int:
    return len(np.unique(units[rows])) if len(units) else 0


def _rest(whole: Count, part: Count) -> Count:
    return Count(whole.persons - part.persons, whole.clusters - part.clusters)


def _clusters(frame: Frame, cluster: str | None) -> NDArray[Any]:
    return np.empty(0, dtype=np.int64) if cluster is None else frame.codes(cluster, "cluster").codes


def _flags(frame: Frame, column: str, argument: str) -> Flags:
    values = frame.numbers(column, argument)
    if not np.isin(values, (0, 1)).all():
        raise DataError("rct_flow_not_flag", column=column, argument=argument)
    return np.asarray(values == 1.0)


def _texts(frame: Frame, column: str | None) -> NDArray[Any]:
    if column is None:
        return np.full(len(frame), "", dtype=object)
    present = frame.present(column, "reason")
    values = frame.values(column, "reason").astype(object)
    return np.where(present, values, "")


def _tally(why: NDArray[Any], rows: Flags) -> Reasons:
    named = [str(text) for text in why[rows] if str(text)]
    return tuple(
        sorted(((text, named.count(text)) for text in dict.fromkeys(named)), key=lambda one: (-one[1], one[0]))
    )


def _counts(found: Flow) -> Iterator[tuple[str, str, Count]]:
    yield "assessed", "", found.assessed
    yield "excluded", "", found.excluded
    yield "randomised", "", found.randomised
    for arm in found.arms:
        for stage in ("allocated", "received", "not_received", "lost", "left_out", "analysed"):
            count = getattr(arm, stage)
            if isinstance(count, Count):
                yield stage, arm.arm, count


def _sums(found: Flow) -> Iterator[tuple[str, str, int, list[int]]]:
    for kind in ("persons", "clusters"):
        yield (
            "assessed",
            "",
            getattr(found.assessed, kind),
            [getattr(found.excluded, kind), getattr(found.randomised, kind)],
        )
        yield "randomised", "", getattr(found.randomised, kind), [getattr(arm.allocated, kind) for arm in found.arms]
        for arm in found.arms:
            parts = [getattr(part, kind) for part in (arm.lost, arm.left_out, arm.analysed)]
            yield "allocated", arm.arm, getattr(arm.allocated, kind), parts
            if isinstance(arm.received, Count) and isinstance(arm.not_received, Count):
                parts = [getattr(arm.received, kind), getattr(arm.not_received, kind)]
                yield "allocated", arm.arm, getattr(arm.allocated, kind), parts
