"""Means, totals, shares and ratios of a sample whose rows stay where they are, from sums by stratum, sampling unit and domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from scipy.linalg import block_diag

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Codes, Floats, Ints
from ebpm.moments.labels import label_of, labels_of
from ebpm.moments.naming import named_column
from ebpm.moments.scans.asking import Recorder, groups_of
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.opening import scan_of
from ebpm.notices import Notices
from ebpm.stats.groups import group_sums
from ebpm.survey.checks import few_units, unequal_weights
from ebpm.survey.codes import among
from ebpm.survey.design.checks import left_out, lonely_cells, unequal_units
from ebpm.survey.design.stages import EVERYONE, Stage, home_of
from ebpm.survey.design.unequal import Weighing
from ebpm.survey.estimation import Domain, Part, assembled
from ebpm.survey.linear import Rows
from ebpm.survey.question import ANSWERED, Form, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """Weighted sums of a sample, one element a group of rows that share stratum, sampling unit, domain and labels.

    Parameters
    ----------
    sums : as they were found.
    stage : the design, of sampling units or, where rows were drawn, without units.
    drawn : units of each stratum, shape (H,).
    strata : of groups, shape (G,).
    names : of the c columns that are asked for.
    centres : about which they are summed, shape (c,).
    implied : the weight that the population gives every row, shape (H,); ones where weights are named.
    once : sums of w (1, x), shape (G, 1 + c), of the named weights alone.
    twice : sums of w^2 (1, x)(1, x)', shape (G, 1 + c, 1 + c); (0, 0, 0) where sampling units were drawn.
    """

    sums: GroupSums
    stage: Stage
    drawn: Floats
    strata: Ints
    names: tuple[str, ...]
    centres: Floats
    implied: Floats
    once: Floats
    twice: Floats

    @property
    def clustered(self) -> bool:
        """Whether sampling units are clusters of rows."""
        return not len(self.twice)

    @property
    def weighted(self) -> Floats:
        """Sums of all weights times (1, x), shape (G, 1 + c)."""
        weighted: Floats = self.once * self.implied[self.strata][:, None]
        return weighted

    def df(self, rows: Rows | slice = slice(None)) -> int:
        """Return units less strata of those that hold some of the groups."""
        units = len(np.unique(self.stage.units[rows])) if self.clustered else int(self.sums.counts[rows].sum())
        return units - len(np.unique(self.strata[rows]))

    def covariance(self, domains: Sequence[Domain], maps: Sequence[Floats], lonely: str) -> Floats:
        """Return the covariance of the statistics of all domains, of which each is a linear map of (1, x)."""
        sums = self.weighted if self.clustered else self.once
        inside = [np.where(one.rows[:, None], sums, 0.0) for one in domains]
        if self.clustered:
            totals = [own @ by.T for own, by in zip(inside, maps, strict=True)]
            return self.stage.covariance(np.hstack(totals), lonely=lonely)
        by = block_diag(*maps)
        return np.asarray(by @ self._scatter(domains, np.hstack(inside), lonely) @ by.T)

    def _scatter(self, domains: Sequence[Domain], inside: Floats, lonely: str) -> Floats:
        """Return sum_h (1 - f_h) n_h / (n_h - 1) (sum t t' - n_h tbar tbar') of the rows' t = w (1, x), side by side for all domains."""
        alone, width = _lonely(self.stage, self.drawn), self.once.shape[1]
        scale = self.implied**2 * (1.0 - self.stage.fractions) * self.drawn / np.maximum(self.drawn - 1.0, 1.0)
        if lonely == "average":
            scale = scale * len(self.drawn) / (len(self.drawn) - alone.sum())
        about = np.where(alone, 0.0, 1.0) if lonely == "adjust" else np.ones(len(self.drawn))
        squares = np.zeros((len(self.drawn), inside.shape[1], inside.shape[1]))
        for place, one in enumerate(domains):
            own = slice(place * width, (place + 1) * width)
            np.add.at(squares[:, own, own], self.strata[one.rows], self.twice[one.rows])
        totals = group_sums(inside, self.strata, groups=len(self.drawn))
        means = totals[:, :, None] * totals[:, None, :] / self.drawn[:, None, None]
        squares -= means * about[:, None, None]
        return np.asarray(np.einsum("h,hij->ij", scale, squares))


def summed_estimates(
    data: Any, asked: Question, form: Form, *, estimand: str, interval: str, conf_level: float, names: tuple[str, ...] = ()
) -> Estimates | None:  # fmt: skip
    """Return the estimates of a sample that stays where it is, None of one in memory.

    Parameters
    ----------
    data : what the caller gave.
    asked : columns and design.
    form : of the statistic: from sums of w (1, x) in a domain and the centres of x, its values, and the map of (1, x) to its scores.
    estimand : "mean", "total", "ratio" or "proportion"; a mean of labels alone is a proportion.
    interval, conf_level : as in `survey.mean`.
    names : of the statistics; those of the columns where empty.

    Raises
    ------
    DataError, DesignError : as `survey.mean`; DesignError if the records are needed and do not fit into memory.
    """
    numbers = [] if asked.labels else [one for one in asked.outcomes if _holds_numbers(data, one)]
    source = asked.source(data)
    sums = groups_of(source, asked.request(numbers, marked=source is not data), records=asked.records(source))
    if sums is None:
        return None
    labels = [one for one in asked.outcomes if one not in numbers]
    if estimand == "ratio" and labels:
        raise DataError("scan_not_numbers", column=labels[0], argument="outcome", kind="text")
    domains, left = _domains(sums, asked)
    found = _read(sums, asked, numbers, np.logical_or.reduce([one.rows for one in domains]))
    statistics = [
        form(found.weighted[one.rows].sum(axis=0), found.centres, one.name or " / ".join(names)) for one in domains
    ]
    parts = [
        Part(
            one.terms(names or found.names), values, int(sums.counts[one.rows].sum()), found.df(one.rows),
            len(np.unique(found.stage.units[one.rows])) if found.clustered else 0,
        )
        for one, (values, _) in zip(domains, statistics, strict=True)
    ]  # fmt: skip
    covariance = found.covariance(domains, [by for _, by in statistics], asked.lonely)
    estimand = "proportion" if estimand == "mean" and not numbers else estimand
    notices = unequal_weights(_weighing(found, asked)) + few_units(found.df()) + _told_lonely(found, asked.lonely)
    if found.clustered:
        units = group_sums(found.weighted[:, :1], found.stage.units, groups=len(found.stage.stratum_of_unit))[:, 0]
        notices += unequal_units(units, found.stage.stratum_of_unit, found.df())
    steps = zip([*sums.numbers, *([sums.weights] if sums.weights else [])], sums.fixed, strict=True)
    return assembled(
        parts, covariance, estimand=estimand, method=f"survey.{estimand}", interval=interval, conf_level=conf_level, df=found.df(),
        notices=notices + left,
    ).with_notices(sum((check_steps(*one) for one in steps), Notices()))  # fmt: skip


def _holds_numbers(data: Any, column: str) -> bool:
    if isinstance(data, GroupSums):
        return column in data.numbers
    found = data.scan if isinstance(data, Recorder) else scan_of(data)
    kind = None if found is None else found.table.collect_schema().get(named_column(column, "outcome"))
    return kind is None or bool(kind.is_numeric() or kind == nw.Boolean)


def _read(sums: GroupSums, asked: Question, numbers: Sequence[str], inside: Rows) -> Summed:
    group = np.arange(len(sums))
    strata = (
        Codes(np.zeros(len(sums), dtype=np.int64), (EVERYONE,))
        if asked.strata is None
        else sums.codes(str(asked.strata))
    )
    units = None if asked.cluster is None else sums.codes(str(asked.cluster))
    home = np.empty(0, dtype=np.int64) if units is None else home_of(units, strata)
    weights = sums.counts if units is None else None
    drawn = np.bincount(strata.codes if units is None else home, weights, minlength=len(strata)).astype(np.float64)
    sizes = None if asked.population is None else _sizes(sums, str(asked.population), strata, drawn)
    fractions = np.zeros(len(strata)) if sizes is None else drawn / sizes
    stage = Stage(
        group if units is None else units.codes, strata.codes, home, fractions, np.ones(len(strata)), labels_of(strata),
        tuple(() if units is None else units.levels),
    )  # fmt: skip
    _refuse_lonely(stage, drawn, asked, sums.rows)
    implied = np.ones(len(strata)) if sizes is None or sums.weights else sizes / drawn
    columns = [_column(sums, one, one in numbers, inside, alone=len(asked.outcomes) == 1) for one in asked.outcomes]
    names = tuple(name for own, _ in columns for name in own)
    spread = np.concatenate([_constant(sums), *(by for _, by in columns)], axis=1)
    centres = np.concatenate(
        [
            [float(sums.mean(one))] if one in numbers else np.zeros(len(own))
            for one, (own, _) in zip(asked.outcomes, columns, strict=True)
        ]
    )
    layers = sums.about({one: sums.mean(one) for one in numbers})
    once, twice = (1, 2) if sums.weights else (0, 0)
    first = np.einsum("gij,gj->gi", spread, layers[:, once, 0])
    second = np.empty((0, 0, 0))
    if units is None:
        second = spread @ layers[:, twice] @ np.swapaxes(spread, 1, 2)
    return Summed(
        sums=sums, stage=stage, drawn=drawn, strata=strata.codes, names=names, centres=centres,
        implied=implied, once=first, twice=second,
    )  # fmt: skip


def _constant(sums: GroupSums) -> Floats:
    """The map of (1, numbers) to 1, of every group."""
    return np.broadcast_to(np.eye(1, len(sums.numbers) + 1), (len(sums), 1, len(sums.numbers) + 1))


def _column(
    sums: GroupSums, outcome: str, number: bool, inside: Rows, *, alone: bool  # noqa: FBT001
) -> tuple[tuple[str, ...], Floats]:  # fmt: skip
    """Names of the columns of an outcome in some groups, and the map of (1, numbers) to them, shape (G, columns, m + 1)."""
    m = len(sums.numbers)
    if number:
        one = np.eye(m + 1)[[sums.numbers.index(outcome) + 1]]
        return (outcome,), np.broadcast_to(one, (len(sums), 1, m + 1))
    known = np.flatnonzero(inside)
    answers = sums.codes(outcome).of_rows(known)
    by = np.zeros((len(sums), len(answers), m + 1))
    by[known, answers.codes, 0] = 1.0
    labels = labels_of(answers)
    return tuple(label if alone else f"{outcome}: {label}" for label in labels), by


def _sizes(sums: GroupSums, population: str, strata: Codes, drawn: Floats) -> Floats:
    try:
        values = np.array([float(one) for one in sums.labels(population)])
    except ValueError:
        raise DataError("scan_not_numbers", column=population, argument="population", kind="text") from None
    sizes = np.empty(len(strata))
    sizes[strata.codes] = values
    varies = sizes[strata.codes] != values
    if varies.any():
        group = int(np.argmax(varies))
        stratum = int(strata.codes[group])
        raise DesignError(
            "survey_population_differs", column=population, stratum=strata.levels[stratum], one=f"{values[group]:g}", other=f"{sizes[stratum]:g}"
        )  # fmt: skip
    if (sizes < drawn).any():
        stratum = int(np.argmax(sizes < drawn))
        raise DesignError(
            "survey_population_small", column=population, stratum=strata.levels[stratum], size=f"{sizes[stratum]:g}", drawn=int(drawn[stratum])
        )  # fmt: skip
    return sizes


def _lonely(stage: Stage, drawn: Floats) -> Rows:
    return np.asarray((drawn < 2) & (stage.fractions < 1.0))


def _refuse_lonely(stage: Stage, drawn: Floats, asked: Question, rows: int) -> None:
    alone = _lonely(stage, drawn)
    if asked.lonely != "error" or not alone.any():
        return
    if len(drawn) == 1:
        raise DesignError("survey_one_unit", rows=rows)
    names = [stage.names[cell] for cell in np.flatnonzero(alone)]
    raise DesignError("survey_lonely_unit", strata=", ".join(names[:10]), count=len(names))


def _told_lonely(found: Summed, lonely: str) -> Notices:
    alone = _lonely(found.stage, found.drawn)
    return lonely_cells(lonely, [[found.stage.names[cell] for cell in np.flatnonzero(alone)]])


def _weighing(found: Summed, asked: Question) -> Weighing:
    """Kish's design effect and the largest weight, over all rows; a file does not tell the largest, which is the effect at least."""
    sums = found.sums
    if sums.weights:
        total, squares = (float(sum(sums.totals(power=power))) for power in (1, 2))
        effect = sums.rows * squares / total**2
        return Weighing(sums.rows, effect, max(sums.heaviest * sums.rows / total, effect))
    weights = np.ones(len(sums)) if asked.population is None else found.implied[found.strata]
    total, squares = (float((sums.counts * weights**power).sum()) for power in (1, 2))
    return Weighing(sums.rows, sums.rows * squares / total**2, float(weights.max()) * sums.rows / total)


def _domains(sums: GroupSums, asked: Question) -> tuple[list[Domain], Notices]:
    """Return the domains, and the notice on rows that are left out of them because they lack an answer."""
    rows = np.ones(len(sums), dtype=bool)
    for column, wanted in (asked.where or {}).items():
        codes = [wanted] if isinstance(wanted, str) or not isinstance(wanted, Sequence) else list(wanted)
        kept = among(np.array(sums.labels(column), dtype=object), codes)
        if not kept.any():
            raise DataError("survey_no_such_domain", column=column, values=", ".join(map(label_of, codes)))
        rows &= kept
    known = np.array(sums.labels(ANSWERED), dtype=bool) if ANSWERED in sums.keys else np.ones(len(sums), dtype=bool)
    lost, inside = int(sums.counts[rows & ~known].sum()), int(sums.counts[rows].sum())
    outcomes = ", ".join(asked.outcomes)
    if lost and asked.missing == "error":
        raise DataError("scan_missing", column=outcomes, argument="outcome", count=lost, rows=inside)
    left, rows = left_out(outcomes, lost, inside), rows & known
    if not rows.any():
        raise DataError("survey_empty_domain", outcome=outcomes, rows=sums.rows)
    if asked.by is None:
        return [Domain("", rows)], left
    groups = sums.codes(asked.by)
    cells = ((name, rows & (groups.codes == code)) for code, name in enumerate(labels_of(groups)))
    return [Domain(name, cell) for name, cell in cells if cell.any()], left
