"""Group-time effects given covariates, over a table that stays where it is: every step of every fit is one aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
from scipy.special import expit

from ebpm.did.group_time.adjust import Adjusted
from ebpm.did.group_time.arms import Arm
from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.effects import contrast
from ebpm.did.group_time.fits import LeftOut, Overlap
from ebpm.did.group_time.streamed_cohorts import Cohorts
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.streamed.logit import STEEP, Logit, linear, streamed_logits, within
from ebpm.moments.scans.units.table import UnitTable
from ebpm.moments.scans.whole_sums import Summand, collected, grouped, totals
from ebpm.stats.newton import Peak

COLLINEAR = 1e-7


@dataclass(frozen=True, slots=True)
class Block:
    """The cells of one cohort with one comparison group, which share a fit."""

    cohort: int
    comparison: tuple[float, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A block that was estimated."""

    block: Block
    found: Adjusted
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class Streamed:
    """The fits of all blocks, the cells that could not be estimated, and the sums of weights and of their squares by cohort, shape (H,)."""

    fits: tuple[Fit, ...]
    left_out: tuple[LeftOut, ...]
    masses: Floats
    squares: Floats

    @property
    def stakes(self) -> Floats:
        """What a unit of each cohort adds to the cohort shares, over its weight, shape (H, H)."""
        whole = self.masses.sum()
        return np.asarray((np.eye(len(self.masses)) - self.masses / whole) / whole)


def fit_blocks(cells: Sequence[Cell], table: UnitTable, cohorts: Cohorts, method: str) -> Streamed:
    """Return the effects of all cells.

    Parameters
    ----------
    cells : K cells.
    table : of the units.
    cohorts : of the units that take part.
    method : "reg", "ipw" or "dr".

    Raises
    ------
    DesignError : if no cell from treatment on can be estimated.

    Formula, assumptions and source: `adjusted`, of which every sum over rows is an aggregation of the table.
    """
    blocks = list(_blocks(cells))
    sums = _Sums.of(table, cohorts)
    scores = {} if method == "reg" else _propensities(blocks, table, cohorts)
    weighted = _weighted(blocks, table, cohorts, {at: one for at, one in scores.items() if isinstance(one, Peak)})
    fits: list[Fit] = []
    failed: dict[int, DesignError] = {}
    for at, block in enumerate(blocks):
        try:
            fits.append(
                _Fitting(block, cells, table.times(), sums, cohorts).fit(method, scores.get(at), weighted.get(at))
            )
        except DesignError as error:
            failed |= dict.fromkeys(block.places, error)
    kept = [cell for place, cell in enumerate(cells) if place not in failed]
    if failed and not any(cell.event_time >= 0 and not cell.is_reference for cell in kept):
        raise next(iter(failed.values()))
    left_out = tuple(LeftOut(cells[place], error) for place, error in failed.items())
    return Streamed(tuple(fits), left_out, sums.products[:, 0, 0], sums.squares)


def _blocks(cells: Sequence[Cell]) -> list[Block]:
    found: dict[tuple[int, tuple[float, ...]], list[int]] = {}
    for place, cell in enumerate(cells):
        if not cell.is_reference:
            found.setdefault((cell.cohort, cell.comparison), []).append(place)
    return [Block(cohort, comparison, tuple(places)) for (cohort, comparison), places in found.items()]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over the units of each cohort: X'WX, shape (H, k, k), X'Wy, shape (H, k, T), and of squared weights, with the largest, shape (H,)."""

    products: Floats
    cross: Floats
    squares: Floats
    largest: Floats

    @classmethod
    def of(cls, table: UnitTable, cohorts: Cohorts) -> _Sums:
        k, T, H = len(table.columns), len(table.periods), len(cohorts.starts)
        asked = _moments(table, nw.col("w"), 1.0, "") | {"ww": Summand(nw.col("w") * nw.col("w"), 1.0, table.rows)}
        found = collected([grouped(part, ["cohort"], asked) for part in table.parts], "cohort", asked)
        place = {code: at for at, codes in enumerate(cohorts.codes) for code in codes}
        products, cross, squares = np.zeros((H, k, k)), np.zeros((H, k, T)), np.zeros(H)
        for code, values in zip(found.keys, found.values, strict=True):
            if int(code) in place:
                at, own = place[int(code)], _unpacked(values[:-1], k, T)
                products[at] += own[0]
                cross[at] += own[1]
                squares[at] += values[-1]
        return cls(products, cross, squares, _largest(table, cohorts, place))


def _largest(table: UnitTable, cohorts: Cohorts, place: dict[int, int]) -> Floats:
    """Return the largest weight of a unit of each cohort, shape (H,)."""
    largest = np.zeros(len(cohorts.starts))
    for part in table.parts:
        for code, value in part.group_by("cohort").agg(nw.col("w").max()).select("cohort", "w").collect().iter_rows():
            if int(code) in place:
                largest[place[int(code)]] = max(largest[place[int(code)]], float(value))
    return largest


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Sums over the comparison units weighted by v, their weight times their odds of treatment, and the largest log odds of a treated unit."""

    products: Floats
    cross: Floats
    squares: float
    largest: float
    highest: float


def _moments(table: UnitTable, weight: nw.Expr, bound: float, name: str) -> dict[str, Summand]:
    """Return the sums of w x x' and w x y'."""
    x, k = [nw.col(column) for column in table.columns], len(table.columns)
    pairs = [(i, j) for i in range(k) for j in range(i, k)]
    found = {f"{name}xx{i}_{j}": Summand(weight * x[i] * x[j], bound, table.rows) for i, j in pairs}
    return found | {
        f"{name}xy{i}_{t}": Summand(weight * x[i] * nw.col(f"y{t}"), bound * table.spread, table.rows)
        for i in range(k) for t in range(len(table.periods))
    }  # fmt: skip


def _unpacked(values: Floats, k: int, periods: int) -> tuple[Floats, Floats]:
    products, upper = np.zeros((k, k)), np.triu_indices(k)
    products[upper] = values[: len(upper[0])]
    products.T[upper] = values[: len(upper[0])]
    return products, values[len(upper[0]) :].reshape(k, periods)


def _propensities(blocks: Sequence[Block], table: UnitTable, cohorts: Cohorts) -> dict[int, Peak | DesignError]:
    asked = {
        at: Logit(
            within(cohorts.inside([block.cohort]), nw.lit(1.0)),
            cohorts.inside([block.cohort, *block.comparison]),
            nw.col("w"),
        )
        for at, block in enumerate(blocks)
    }
    return streamed_logits(table.parts, table.columns, asked, rows=table.rows)


def _weighted(
    blocks: Sequence[Block], table: UnitTable, cohorts: Cohorts, scores: dict[int, Peak]
) -> dict[int, _Weighted]:
    asked: dict[str, Summand] = {}
    most: dict[str, nw.Expr] = {}
    staged: list[nw.Expr] = []
    for at, peak in scores.items():
        block, steepest = blocks[at], min(float(np.abs(peak.coefficients).sum()), STEEP)
        log_odds = linear(table.columns, peak.coefficients)
        odds = log_odds.clip(-STEEP, STEEP).exp() * nw.col("w")
        staged.append(within(cohorts.inside(block.comparison), odds).alias(f"v{at}"))
        odds = nw.col(f"v{at}")
        asked |= _moments(table, odds, float(np.exp(steepest)), f"b{at}_")
        asked[f"b{at}_vv"] = Summand(odds * odds, float(np.exp(min(2 * steepest, STEEP))), table.rows)
        most[f"b{at}_most"] = odds
        most[f"b{at}_high"] = nw.when(cohorts.inside([block.cohort])).then(log_odds)
    if not scores:
        return {}
    parts = [part.with_columns(*staged) for part in table.parts]
    found, largest = totals(parts, asked), dict.fromkeys(most, -np.inf)
    for part in parts:
        row = part.select(*(one.max().alias(name) for name, one in most.items())).collect().rows(named=True)[0]
        largest = {
            name: max(known, -np.inf if row[name] is None else float(row[name])) for name, known in largest.items()
        }
    k, T, width = len(table.columns), len(table.periods), len(asked) // len(scores) - 1
    values = np.array(list(found.values())).reshape(len(scores), width + 1)
    return {
        at: _Weighted(*_unpacked(own[:-1], k, T), float(own[-1]), largest[f"b{at}_most"], float(expit(largest[f"b{at}_high"])))
        for at, own in zip(scores, values, strict=True)
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fitting:
    """The sums from which one block is fitted."""

    block: Block
    cells: Sequence[Cell]
    periods: Ints
    sums: _Sums
    cohorts: Cohorts

    def fit(self, method: str, scores: Peak | DesignError | None, weighted: _Weighted | None) -> Fit:
        """Return the effects of the block, adjusted as `adjusted` does."""
        changes = np.array([contrast(self.cells[place], self.periods) for place in self.block.places]).T
        sides = [self.cohorts.places(cohorts) for cohorts in ([self.block.cohort], self.block.comparison)]
        own, other = ((self.sums.products[at].sum(axis=0), self.sums.cross[at].sum(axis=0)) for at in sides)
        units, compared = (int(self.cohorts.counts[at].sum()) for at in sides)
        mass = own[0][0, 0]
        k, m = len(own[0]), changes.shape[1]
        if isinstance(scores, DesignError):
            raise DesignError("did_no_overlap", treated=units, units=units + compared, cause=scores.what()) from scores
        beta = np.zeros((k, m)) if method == "ipw" else self._line(other, compared) @ (other[1] @ changes)
        kept = (own[1][0] @ changes - own[0][0] @ beta) / mass
        lost, reach, learnt, scale = np.zeros(m), np.zeros(k), np.zeros((k, m)), 0.0
        if scores is not None and weighted is not None:
            total = weighted.products[0, 0]
            lost = (weighted.cross[0] @ changes - weighted.products[0] @ beta) / total
            reach, scale = weighted.products[0] / total, -1.0 / total
            left = weighted.cross @ changes - weighted.products @ beta - np.outer(weighted.products[0], lost)
            learnt = np.linalg.inv(scores.curvature) @ left / total
        pull = np.zeros(k) if method == "ipw" else self._line(other, compared) @ (own[0][0] / mass - reach)
        first, gamma = np.eye(k)[0] / mass, np.zeros(k) if scores is None else scores.coefficients
        arms = (
            Arm(beta=beta, slope=first, linear=-np.outer(first, kept), centre=np.zeros(m), score=-learnt, propensity=gamma, treated=True),
            Arm(beta=beta, slope=-pull, linear=np.zeros((k, m)), scale=scale, centre=lost, score=-learnt, propensity=gamma, treated=False),
        )  # fmt: skip
        squares, largest = self.sums.squares[sides[1]].sum(), self.sums.largest[sides[1]].max(initial=0.0)
        even = _Weighted(other[0], other[1], squares, largest, 0.0) if weighted is None else weighted
        total = even.products[0, 0]
        overlap = Overlap(
            self.block.cohort, even.highest, total**2 / even.squares, compared, even.largest / total, units
        )
        return Fit(self.block, Adjusted(kept - lost, arms, even.highest, np.empty(0)), overlap)

    def _line(self, compared: tuple[Floats, Floats], units: int) -> Floats:
        """Return (X'X)^-1 of the comparison units.

        Raises
        ------
        DesignError : if there are no more of them than columns, or columns are collinear.
        """
        products = compared[0]
        scale = 1.0 / np.sqrt(np.maximum(np.diag(products), np.finfo(float).tiny))
        values, vectors = np.linalg.eigh(products * scale * scale[:, None])
        if units <= len(products) or values[0] <= COLLINEAR**2 * values[-1]:
            raise DesignError("did_regression_rank", units=units, columns=len(products))
        return np.asarray(scale[:, None] * ((vectors / values) @ vectors.T) * scale)
