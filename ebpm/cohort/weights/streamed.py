"""Inverse probability of treatment weighting of a table that stays where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from scipy.special import expit as chance_of

from ebpm.cohort.weights.balance import CovariateBalance
from ebpm.cohort.weights.checks import LEAST_CHANCE, Overlap, balance_notices
from ebpm.cohort.weights.effects import JointMeans, joint_effects
from ebpm.cohort.weights.propensity_model import ESTIMANDS, TILTS
from ebpm.cohort.weights.streamed_result import StreamedWeighted, SummedPropensity
from ebpm.cohort.weights.streamed_subjects import Named, StreamedSubjects, read_streamed_subjects, streamed_propensity
from ebpm.cohort.weights.weighting import ArmWeights, SummedWeights
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, one_of
from ebpm.moments.scans.opening import scan_of
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.size import fits, refuse_large
from ebpm.moments.scans.streamed.logit import expit, linear, within
from ebpm.moments.scans.whole_sums import collected, grouped, totals
from ebpm.stats.newton import Peak
from ebpm.stats.regression.stacked import influence_covariance

POWERS = {"HC2": 0.5, "HC3": 1.0}
FLAGS = ("outside", "beyond")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of the weights: estimand, form, errors and level, as `iptw` takes them."""

    estimand: str
    form: str
    errors: str
    conf_level: float

    @property
    def means(self) -> bool:
        """Whether arms are compared by weighted means, not by sums."""
        return self.form == "hajek"


def streamed_iptw(data: Any, named: Named, wanted: Wanted, *, records: Mapping[str, object]) -> StreamedWeighted | None:
    """Return the comparison of a table beyond its budget of memory; None of any other.

    Parameters
    ----------
    data : what the caller gave.
    named : its columns.
    wanted : estimand, form and errors.
    records : arguments that need the records, by name; false where they were not given.

    Raises
    ------
    DataError, DesignError : as `iptw`; DesignError where the records are needed, with the size of the table.

    Formula: that of `iptw`. Newton's steps for the chances, then three aggregations: the ends of the log odds in each arm; the sums of
    weights, weighted outcomes and d w / d alpha; the squares of the influences, which these make known row by row.
    """
    scan = scan_of(data)
    if scan is None or fits(scan):
        return None
    if asked := ", ".join(name for name, value in records.items() if value):
        refuse_large(scan, asked)
    one_of(wanted.estimand, ESTIMANDS, "estimand")
    if wanted.estimand == "ato" and not wanted.means:
        raise DesignError("cohort_no_sum_form", estimand=wanted.estimand)
    subjects = read_streamed_subjects(scan, named)
    return _Comparing.of(subjects, wanted, streamed_propensity(subjects)).result(clustered=named.cluster is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ArmSums:
    """Sums over one arm.

    Parameters
    ----------
    weights, squares, outcomes : of w, w^2 and w y.
    outside, beyond : persons with a chance near 0 or 1, and with one outside the range of the other arm.
    slopes, crossed : of d w / d alpha and y d w / d alpha, shape (k,).
    plain, spread, weighted : of x, x^2 and w x, shape (k,).
    """

    weights: float
    squares: float
    outcomes: float
    outside: int
    beyond: int
    slopes: Floats
    crossed: Floats
    plain: Floats
    spread: Floats
    weighted: Floats

    @classmethod
    def of(cls, row: Floats, columns: int) -> _ArmSums:
        """Return the sums from their values in order."""
        weights, squares, outcomes, outside, beyond = row[:5].tolist()
        slopes, crossed, plain, spread, weighted = row[5:].reshape(columns, 5).T
        return cls(
            weights=weights, squares=squares, outcomes=outcomes, outside=round(outside), beyond=round(beyond),
            slopes=slopes, crossed=crossed, plain=plain, spread=spread, weighted=weighted,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparing:
    """Persons with their weights.

    Parameters
    ----------
    subjects : the persons.
    wanted : what is asked.
    peak : the regression of the treatment on the scaled covariates.
    table : of the persons, with log odds l, chance e, weight w, its logarithm's derivative d, and y less `shift` as z.
    ends : least and largest log odds of each arm, shape (2, 2).
    shift : the middle of the outcomes where means are compared, else 0.
    """

    subjects: StreamedSubjects
    wanted: Wanted
    peak: Peak
    table: Table
    ends: Floats
    shift: float

    @classmethod
    def of(cls, subjects: StreamedSubjects, wanted: Wanted, peak: Peak) -> _Comparing:
        """Return the persons with their weights."""
        tilt, shift = TILTS[wanted.estimand], sum(subjects.reach) / 2 if wanted.means else 0.0
        rows = subjects.table.with_columns(
            linear(subjects.columns, peak.coefficients).alias("l"), (nw.col("y") - shift).alias("z")
        )
        rows = rows.with_columns(expit(nw.col("l")).alias("e"))
        treated, chance = nw.col("arm") == 1, nw.col("e")
        rows = rows.with_columns(
            nw.when(treated).then(tilt.treated(chance)).otherwise(tilt.untreated(chance)).alias("w"),
            nw.when(treated).then(tilt.d_treated(chance)).otherwise(tilt.d_untreated(chance)).alias("d"),
        )
        asked = {
            f"{end}{arm}": getattr(nw.when(nw.col("arm") == arm).then(nw.col("l")), end)()
            for arm in (0, 1)
            for end in ("min", "max")
        }
        row = rows.select(*(one.alias(name) for name, one in asked.items())).collect().rows(named=True)[0]
        ends = np.array([[float(row[f"{end}{arm}"]) for end in ("min", "max")] for arm in (0, 1)])
        return cls(subjects=subjects, wanted=wanted, peak=peak, table=rows, ends=ends, shift=shift)

    @property
    def largest(self) -> tuple[float, float]:
        """The largest weight of each arm: weights rise or fall with the chance."""
        tilt = TILTS[self.wanted.estimand]
        untreated, treated = chance_of(self.ends)
        return float(np.max(tilt.untreated(untreated))), float(np.max(tilt.treated(treated)))

    @property
    def size(self) -> float:
        """The largest outcome, less the shift, in absolute value."""
        return max(abs(end - self.shift) for end in self.subjects.reach)

    def result(self, *, clustered: bool) -> StreamedWeighted:
        """Return the effects, and what shows whether the weights did their work."""
        sums, subjects, wanted = self._sums(), self.subjects, self.wanted
        totals_of = np.array([one.weights for one in sums] if wanted.means else [self._target()] * 2)
        means = np.array([one.outcomes for one in sums]) / totals_of
        covariance, df, clusters = self._covariance(sums, totals_of, means, clustered=clustered)
        found = joint_effects(
            JointMeans(means + self.shift, covariance, df, subjects.arms, subjects.n, clusters), estimand=wanted.estimand,
            method="cohort.iptw" if wanted.errors == "stacked" else "cohort.iptw_known", binary=subjects.binary, conf_level=wanted.conf_level,
        )  # fmt: skip
        propensity = SummedPropensity(subjects.terms, subjects.unscaled(self.peak.coefficients), self._overlap(sums))
        weighting = SummedWeights(tuple(self._arm(arm, one) for arm, one in enumerate(sums)))
        return StreamedWeighted.of(found, propensity, self._balance(sums), weighting, clusters=clusters)

    def _sums(self) -> list[_ArmSums]:
        subjects, largest = self.subjects, max(self.largest)
        asked = {"w": (("w",), largest), "ww": (("w", "w"), largest**2), "wz": (("w", "z"), largest * self.size)}
        asked |= {name: ((name,), 1.0) for name in FLAGS}
        for j, x in enumerate(subjects.columns):
            asked |= {f"dx{j}": (("w", "d", x), largest), f"dxz{j}": (("w", "d", x, "z"), largest * self.size)}
            asked |= {f"x{j}": (("here", x), 1.0), f"xx{j}": (("here", x, x), 1.0), f"wx{j}": (("w", x), largest)}
        summands = {
            f"s{arm}_{name}": subjects.product([f"{factors[0]}{arm}", *factors[1:]], bound)
            for arm in (0, 1)
            for name, (factors, bound) in asked.items()
        }
        rows = np.array(list(totals([self._by_arm()], summands).values())).reshape(2, len(asked))
        return [_ArmSums.of(row, len(subjects.columns)) for row in rows]

    def _by_arm(self) -> Table:
        """Return the persons with their weight, flags and a one, zero in the other arm."""
        values = {"w": nw.col("w"), "here": nw.lit(1.0), **self._flags()}
        return self.table.with_columns(
            *(within(nw.col("arm") == arm, one).alias(f"{name}{arm}") for arm in (0, 1) for name, one in values.items())
        )

    def _target(self) -> float:
        """Return how many persons the estimand is about."""
        untreated, treated = self.subjects.counts
        return float({"ate": untreated + treated, "att": treated, "atc": untreated}[self.wanted.estimand])

    def _covariance(
        self, sums: list[_ArmSums], scale: Floats, means: Floats, *, clustered: bool
    ) -> tuple[Floats, float, int]:
        """Return the covariance of the two means, its degrees of freedom, and the clusters."""
        rows, bounds = self._influences(sums, scale, means)
        if clustered:
            asked = {f"u{arm}": self.subjects.product([f"i{arm}"], bounds[arm]) for arm in (0, 1)}
            by = collected([grouped(rows, ["cluster"], asked)], "cluster", asked)
            return *influence_covariance(by.values, np.arange(len(by.keys))), len(by.keys)
        asked = {
            f"u{i}{j}": self.subjects.product([f"i{i}", f"i{j}"], bounds[i] * bounds[j])
            for i, j in ((0, 0), (0, 1), (1, 1))
        }
        low, cross, high = totals([rows], asked).values()
        return np.array([[low, cross], [cross, high]]), float("inf"), 0

    def _influences(self, sums: list[_ArmSums], scale: Floats, means: Floats) -> tuple[Table, tuple[float, float]]:
        """Return the persons with what each adds to the two means, i0 and i1, and bounds of these."""
        means_of = means if self.wanted.means else np.zeros(2)
        surprise, target = nw.col("a") - nw.col("e"), TILTS[self.wanted.estimand].target(nw.col("e"), nw.col("a"))
        found, bounds = [], []
        for arm, own in enumerate(sums):
            centre, total = float(means_of[arm]), float(scale[arm])
            value = nw.col("w") * (nw.col("z") - centre) / total * self._inflation(own)
            inflated = within(nw.col("arm") == arm, value)
            bound = self.largest[arm] * (self.size + abs(centre)) / total * self._most(arm, own)
            if self.wanted.errors == "stacked":
                pull = np.asarray(
                    np.linalg.solve(self.peak.curvature, (own.crossed - centre * own.slopes) / total), dtype=np.float64
                )
                inflated = inflated + surprise * linear(self.subjects.columns, pull)
                bound += float(np.abs(pull).sum())
            if not self.wanted.means:
                inflated = inflated - target * float(means[arm] / total)
                bound += abs(float(means[arm])) / total
            found.append(inflated.alias(f"i{arm}"))
            bounds.append(bound)
        return self.table.with_columns(*found), (bounds[0], bounds[1])

    def _inflation(self, own: _ArmSums) -> nw.Expr:
        if self.wanted.errors in POWERS:
            return (1.0 - nw.col("w") / own.weights) ** -POWERS[self.wanted.errors]
        return nw.lit(self._constant)

    def _most(self, arm: int, own: _ArmSums) -> float:
        power = POWERS.get(self.wanted.errors, 0.0)
        return float((1.0 - self.largest[arm] / own.weights) ** -power) * self._constant

    @property
    def _constant(self) -> float:
        n = self.subjects.n
        return float(np.sqrt(n / (n - 2.0))) if self.wanted.errors == "HC1" else 1.0

    def _flags(self) -> dict[str, nw.Expr]:
        low, high = float(self.ends[:, 0].max()), float(self.ends[:, 1].min())
        odds, chance = nw.col("l"), nw.col("e")
        flags = [(chance < LEAST_CHANCE) | (chance > 1.0 - LEAST_CHANCE), (odds < low) | (odds > high)]
        return {name: within(flag, nw.lit(1.0)) for name, flag in zip(FLAGS, flags, strict=True)}

    def _overlap(self, sums: list[_ArmSums]) -> Overlap:
        return Overlap(
            n=self.subjects.n, outside=sum(one.outside for one in sums), beyond=sum(one.beyond for one in sums),
            low=float(chance_of(self.ends.min())), high=float(chance_of(self.ends.max())), smaller=min(self.subjects.counts),
            columns=len(self.subjects.terms),
        )  # fmt: skip

    def _arm(self, arm: int, own: _ArmSums) -> ArmWeights:
        count, most = self.subjects.counts[arm], self.largest[arm]
        return ArmWeights(
            self.subjects.arms[arm], count, own.weights**2 / own.squares, own.weights / count, most, most / own.weights
        )

    def _balance(self, sums: list[_ArmSums]) -> CovariateBalance:
        """Return the standardised differences, as `standardised` does."""
        counts = self.subjects.counts
        plain = [one.plain[1:] / count for one, count in zip(sums, counts, strict=True)]
        weighted = [one.weighted[1:] / one.weights for one in sums]
        spreads = [
            (one.spread[1:] - count * mean**2) / (count - 1.0)
            for one, count, mean in zip(sums, counts, plain, strict=True)
        ]
        variance = {"att": spreads[1], "atc": spreads[0]}.get(self.wanted.estimand, (spreads[0] + spreads[1]) / 2.0)
        before, after = (
            np.divide(high - low, np.sqrt(variance), out=np.zeros(len(variance)), where=variance > 0)
            for low, high in (plain, weighted)
        )
        found = CovariateBalance(self.subjects.terms, before, after)
        return CovariateBalance(found.covariates, before, after, balance_notices(found))
