"""What the units of a table that stays where it is add to the error of group-time effects, summed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.did.cluster_arms import Arms, ByArm
from ebpm.did.group_time.cells import Cell, CellDesign
from ebpm.did.group_time.checks import Diagnosis, check_group_time
from ebpm.did.group_time.effects import Effects, settle
from ebpm.did.group_time.result import GroupTime
from ebpm.did.group_time.sample_checks import Sampling, check_sampling
from ebpm.did.group_time.streamed import Streamed, fit_blocks
from ebpm.did.group_time.streamed_cohorts import Cohorts, cohorts_in
from ebpm.did.group_time.streamed_influence import Placed, bounds_of, influence, products_of
from ebpm.did.regression_checks import Clusters, check_clusters
from ebpm.errors import DesignError
from ebpm.moments.frame import Ints
from ebpm.moments.scans.opening import scan_of
from ebpm.moments.scans.paths.request import PathRequest
from ebpm.moments.scans.size import fits, refuse_large
from ebpm.moments.scans.streamed.logit import within
from ebpm.moments.scans.units.table import UnitTable, read_units
from ebpm.moments.scans.whole_sums import Summand, collected, grouped
from ebpm.stats.inference import rounding

Held = dict[tuple[str, float], int]


@dataclass(frozen=True, slots=True)
class StreamedDesign:
    """What is asked of group-time effects given covariates.

    Parameters
    ----------
    design : comparison group, base period, anticipation.
    method : "reg", "ipw", "dr" or "dr_improved".
    conf_level : level of the intervals.
    covariates : columns.
    gaps : what happens to units that miss a period.
    corrected : whether errors are those for few clusters.
    weights : column of sampling weights; empty where all count alike.
    """

    design: CellDesign
    method: str
    conf_level: float
    covariates: tuple[str, ...]
    gaps: str
    corrected: bool
    weights: str

    def streamed(self, data: Any, request: PathRequest) -> GroupTime | None:
        """Return the effects of a table beyond its budget of memory; None of any other, or where nothing adjusts.

        Raises
        ------
        DesignError : what needs the records of such a table, with its size.
        """
        scan = scan_of(data) if self.covariates else None
        if scan is None or fits(scan):
            return None
        records = {f"gaps={self.gaps}": self.gaps in ("pairs", "all_rows")}
        records[f"method={self.method}"] = self.method == "dr_improved"
        if asked := ", ".join(name for name, value in records.items() if value):
            refuse_large(scan, asked)
        table = read_units(scan, request, self.covariates)
        if table.changing:
            refuse_large(scan, f"covariates={', '.join(table.changing)}")
        return self.estimated(table, request)

    def estimated(self, table: UnitTable, request: PathRequest) -> GroupTime:
        """Return the effects of units.

        Raises
        ------
        DesignError : units that miss periods, no unit seen before its treatment, no comparison group, an outcome that never varies, no
            overlap in any cell.
        """
        units, design = sum(table.sizes.values()), self.design
        if table.gaps[0] and self.gaps == "refuse":
            raise DesignError("scan_gaps", count=table.gaps[0], total=table.gaps[0] + units, periods=len(table.periods))
        if not units:
            raise DesignError("panel_no_complete", total=table.gaps[0], periods=len(table.periods))
        cohorts, aside = cohorts_in(table, design)
        if table.constant([code for codes in cohorts.codes for code in codes]):
            raise DesignError("did_constant_outcome", column=request.outcome, units=units - aside, value=table.low)
        cells = design.cells(cohorts.starts, table.times())
        found = fit_blocks(cells, table, cohorts, self.method)
        effects, clusters = _effects(
            cells, found, table, cohorts, clustered=bool(request.cluster), corrected=self.corrected
        )
        floor = rounding(np.array([table.low, table.high]))
        effects, overlaps = effects.settled(floor), tuple(fit.overlap for fit in found.fits)
        diagnosis = Diagnosis(
            effects, design.anticipation, always_treated=aside, gaps=table.gaps, horizon=design.horizon(cohorts.starts),
            largest_share=table.largest_share(cohorts.treated), overlaps=overlaps if self.method != "reg" else (),
        )  # fmt: skip
        notices = check_group_time(diagnosis) + check_sampling(Sampling(overlaps, found.left_out, len(self.covariates)))
        if request.cluster:
            notices += check_clusters(replace(clusters, corrected=self.corrected))
        rows = int(cohorts.counts.sum()) * len(table.periods)
        return GroupTime(
            effects=effects, design=design, method=f"did.att_gt.{self.method}", rows=rows, conf_level=self.conf_level, notices=notices,
            floor=floor,
        )  # fmt: skip


def _effects(
    every: Sequence[Cell], found: Streamed, table: UnitTable, cohorts: Cohorts, *, clustered: bool, corrected: bool
) -> tuple[Effects, Clusters]:
    lost = {one.cell for one in found.left_out}
    cells = [cell for cell in every if cell not in lost]
    place = {cell: at for at, cell in enumerate(cells)}
    placed: list[Placed] = [
        (fit, [place[one] for one in own], own)
        for fit in found.fits
        for own in [[every[at] for at in fit.block.places]]
    ]
    K, shares = len(cells), found.masses / found.masses.sum()
    held: Held = {}
    if clustered:
        by_arm, held, clusters = _by_cluster(placed, K, table, cohorts, found)
    else:
        by_arm = _by_cohort(placed, K, table, cohorts, found)
        ever = int(cohorts.counts[np.isfinite(cohorts.starts)].sum())
        clusters = Clusters(ever, int(cohorts.counts.sum()) - ever)
    joint = by_arm.products.sum(axis=0)
    covariance, cross = joint[:K, :K].copy(), joint[:K, K:].copy()
    settle(covariance, cross)
    att, rows, groups = np.zeros(K), np.zeros(K, dtype=np.int64), np.zeros((K, 3), dtype=np.int64)
    for fit, places, _ in reversed(placed):
        sides = [cohorts.places([fit.block.cohort]), cohorts.places(fit.block.comparison)]
        like = [at for at, cell in enumerate(cells) if cell.is_reference and cell.cohort == fit.block.cohort]
        att[places] = fit.found.att
        rows[places + like] = 2 * cohorts.counts[np.concatenate(sides)].sum()
        groups[places + like] = [_distinct(cohorts, held, one) for one in (*sides, np.concatenate(sides))]
    treated = cohorts.places([cell.cohort for cell in cells])
    whole = np.arange(len(shares))
    effects = Effects(
        cells=tuple(cells), att=att, covariance=covariance, cohorts=cohorts.starts, counts=cohorts.counts, shares=shares, cross=cross,
        shares_covariance=joint[K:, K:], rows=rows, groups=groups,
        clusters=(_distinct(cohorts, held, treated), _distinct(cohorts, held, whole)),
    )  # fmt: skip
    return (effects.corrected(by_arm) if corrected else effects), clusters


def _distinct(cohorts: Cohorts, held: Held, places: Ints) -> int:
    """Return how many clusters, or units where these are independent, some cohorts have."""
    if not held:
        return int(cohorts.counts[places].sum())
    starts = set(cohorts.starts[places].tolist())
    return len({name for name, start in held if start in starts})


def _by_cohort(placed: Sequence[Placed], K: int, table: UnitTable, cohorts: Cohorts, found: Streamed) -> ByArm:
    """Return the joint covariance of effects and shares that the units of each cohort leave."""
    H, stakes = len(cohorts.starts), found.stakes
    products = np.zeros((H, K + H, K + H))
    for at, start in enumerate(cohorts.starts.tolist()):
        own, parts = influence(placed, table, cohorts, [start])
        if len(own):
            mean, products[np.ix_([at], own, own)] = products_of(own, parts, table.rows)
            products[at, own, K:] = np.outer(mean, stakes[at])
            products[at, K:, own] = np.outer(mean, stakes[at])
        products[at, K:, K:] = found.squares[at] * np.outer(stakes[at], stakes[at])
    return ByArm(products, cohorts.counts)


def _by_cluster(
    placed: Sequence[Placed], K: int, table: UnitTable, cohorts: Cohorts, fitted: Streamed
) -> tuple[ByArm, Held, Clusters]:
    """Return the joint covariance that the clusters of each arm leave, their units of each cohort, and what is to be said of them."""
    H = len(cohorts.starts)
    own, parts = influence(placed, table, cohorts, cohorts.starts.tolist())
    bounds = bounds_of(own, parts)
    asked = {f"s{one}": Summand(nw.col(f"i{one}"), bound, table.rows) for one, bound in zip(own, bounds, strict=True)}
    for h, start in enumerate(cohorts.starts.tolist()):
        for name, value in (("n", nw.lit(1.0)), ("w", nw.col("w"))):
            asked[f"{name}{h}"] = Summand(within(cohorts.inside([start]), value), 1.0, table.rows)
    found = collected([grouped(part, ["cluster"], asked) for part in parts], "cluster", asked)
    counts, masses = found.values[:, len(own) :: 2], found.values[:, len(own) + 1 :: 2]
    added = np.zeros((len(found.keys), K + H))
    added[:, own] = found.values[:, : len(own)]
    added[:, K:] = masses @ fitted.stakes
    code, cohort = np.nonzero(counts)
    arms = Arms.of(code, cohorts.starts[cohort], "satterthwaite")
    by_arm = ByArm(np.array([added[rows].T @ added[rows] for rows in arms.members()]), arms.sizes)
    held = {
        (str(found.keys[one]), float(cohorts.starts[h])): round(counts[one, h])
        for one, h in zip(code, cohort, strict=True)
    }
    alone = tuple(
        f"{start:g}" for h, start in enumerate(cohorts.starts.tolist())
        if np.isfinite(start) and cohorts.counts[h] > 1 and np.count_nonzero(counts[:, h]) == 1
    )  # fmt: skip
    return by_arm, held, replace(Clusters.of(code, np.isfinite(cohorts.starts[cohort])), alone=alone)
