"""Poisson regression with unit and period effects on a table that stays where it is: one aggregation a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import narwhals as nw
import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.units.counts import UnitCounts
from ebpm.moments.scans.whole_sums import Summand, collected, grouped, totals
from ebpm.stats.inference import rounding
from ebpm.stats.newton import Curve, Peak, maximise
from ebpm.stats.regression.least_squares import solve

STEEP, VANISHED, ABSORBED = 300.0, 1e-6, 1e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A fitted regression, and the units that it rests on.

    Parameters
    ----------
    coefficients : of the k regressors.
    bread : inverse of their curvature given both effects, shape (k, k).
    products : sum over clusters, or over rows, of the outer products of their scores, shape (k, k); zeros where these are rounding.
    clusters, treated : how many have an outcome above zero, and of these a row in which the first regressor is above zero.
    units, rows : with an outcome above zero.
    largest_share : of one unit in the sum of the outcomes of rows in which the first regressor is above zero.
    """

    coefficients: Floats
    bread: Floats
    products: Floats
    clusters: int
    treated: int
    units: int
    rows: int
    largest_share: float


@dataclass(frozen=True)
class StreamedPoisson:
    """A regression whose unit effects are taken out of the likelihood.

    Parameters
    ----------
    table : units by period.
    names : of the k regressors.
    """

    table: UnitCounts
    names: tuple[str, ...]

    @cached_property
    def terms(self) -> list[str]:
        """Means by unit of the k regressors and of the dummies of all told periods but the first, as columns."""
        return [f"m{j}" for j in range(len(self.names))] + [f"p{t}" for t in range(1, self.table.periods)]

    def fit(self, *, by_row: bool = False) -> Counted:
        """Return the fit.

        Parameters
        ----------
        by_row : whether rows are independent, or clusters are.

        Raises
        ------
        DesignError : a regressor that does not vary beyond the effects, collinear regressors, separation.

        Formula: given b and the period effects the effect of a unit is the log of Y / S, Y = sum of w y and S = sum of w e exp(x'b); what
        remains to be maximised is the sum of w y x'b - Y log S, with slope (w y - Y p) x and curvature Y (sum p x x' - (sum p x)(sum p x)'),
        p = w e exp(x'b) / S, x with the dummies of periods.

        Source: Hausman, Hall and Griliches (1984), Econometrica 52(4).
        """
        last = np.zeros(len(self.terms))
        first = self._curve(last)
        self._refuse_absorbed(first.curvature)

        def evaluate(at: Mapping[int, Floats]) -> dict[int, Curve]:
            nonlocal last
            last = at[0]
            return {0: self._curve(last) if last.any() else first}

        peak = maximise({0: last}, evaluate)[0]
        if isinstance(peak, DesignError):
            facts = {"treatment": ", ".join(self.names), "steps": peak.facts["iterations"]}
            raise DesignError("did_separated", rows=self._vanished(last), **facts)
        return self._counted(peak, by_row=by_row)

    def _refuse_absorbed(self, curvature: Floats) -> None:
        left, scale = self._given_periods(curvature)[0], float(np.trace(curvature))
        for j, name in enumerate(self.names):
            if left[j, j] <= ABSORBED * scale:
                raise DesignError("did_absorbed", column=name)
        solve(left, np.zeros(len(left)), names=self.names)

    def _given_periods(self, curvature: Floats) -> tuple[Floats, Floats]:
        """Return the curvature of the regressors given the effects of periods, and these effects on them, shape (T - 1, k)."""
        k = len(self.names)
        effects = np.linalg.pinv(curvature[k:, k:], hermitian=True) @ curvature[k:, :k]
        return curvature[:k, :k] - curvature[:k, k:] @ effects, effects

    def _at(self, coefficients: Floats) -> list[Table]:
        """Return the units with their gain g and, by period, shares p and surprises r; and the means m of their regressors."""
        k, length = len(self.names), self.table.periods
        own, effects = coefficients[:k], np.concatenate([[0.0], coefficients[k:]])
        eta = [
            _sum([nw.lit(float(effects[t])), *(nw.col(f"x{j}_{t}") * float(own[j]) for j in range(k))])
            for t in range(length)
        ]
        raw = [nw.col(f"u{t}") * nw.col(f"e{t}").clip(-STEEP, STEEP).exp() for t in range(length)]
        means = [_sum([nw.col(f"p{t}") * nw.col(f"x{j}_{t}") for t in range(length)]).alias(f"m{j}") for j in range(k)]
        gain = _sum([nw.col(f"v{t}") * nw.col(f"e{t}") for t in range(length)]) - nw.col("whole") * nw.col("size").log()
        return [
            part.with_columns(*(one.alias(f"e{t}") for t, one in enumerate(eta)))
            .with_columns(*(one.alias(f"a{t}") for t, one in enumerate(raw)))
            .with_columns(_sum([nw.col(f"a{t}") for t in range(length)]).alias("size"))
            .with_columns(gain.alias("g"), *((nw.col(f"a{t}") / nw.col("size")).alias(f"p{t}") for t in range(length)))
            .with_columns(*means, *((nw.col(f"v{t}") - nw.col("whole") * nw.col(f"p{t}")).alias(f"r{t}") for t in range(length)))
            for part in self.table.parts
        ]  # fmt: skip

    def _curve(self, coefficients: Floats) -> Curve:
        """Return the likelihood, its slope and its curvature."""
        k, length, size = len(self.names), self.table.periods, len(self.terms)
        far = float(np.abs(coefficients[:k]).sum() + np.abs(coefficients[k:]).max(initial=0.0))
        slopes = [_sum([nw.col(f"r{t}") * nw.col(f"x{j}_{t}") for t in range(length)]) for j in range(k)]
        slopes += [nw.col(f"r{t}") for t in range(1, length)]
        pairs = [(i, j) for i in range(size) for j in range(i, size)]
        asked = {"g": self._summand(nw.col("g"), 2 * (far + self.table.spread) + 1)}
        asked |= {f"s{i}": self._summand(one, 2.0) for i, one in enumerate(slopes)}
        asked |= {f"c{i}_{j}": self._summand(self._crossed(i, j), 2.0) for i, j in pairs}
        found = totals(self._at(coefficients), asked)
        curvature = np.zeros((size, size))
        for i, j in pairs:
            curvature[i, j] = curvature[j, i] = found[f"c{i}_{j}"]
        return Curve(found["g"], np.array([found[f"s{i}"] for i in range(size)]), curvature)

    def _crossed(self, i: int, j: int) -> nw.Expr:
        """Return Y times the covariance of two terms under the shares of a unit's periods."""
        k, length = len(self.names), self.table.periods
        apart = nw.col(self.terms[i]) * nw.col(self.terms[j])
        if j < k:
            own = _sum([nw.col(f"p{t}") * nw.col(f"x{i}_{t}") * nw.col(f"x{j}_{t}") for t in range(length)])
            return nw.col("whole") * (own - apart)
        if i < k:
            return nw.col("whole") * (nw.col(f"p{j - k + 1}") * nw.col(f"x{i}_{j - k + 1}") - apart)
        return nw.col("whole") * (nw.col(self.terms[i]) - apart if i == j else apart * -1.0)

    def _summand(self, value: nw.Expr, bound: float) -> Summand:
        """Return a value of units that does not exceed so many times their outcomes."""
        return Summand(value, bound * self.table.most, self.table.units)

    def _vanished(self, coefficients: Floats) -> int:
        """Return the rows of zeros whose fitted value is next to nothing."""
        gone = _sum([
            nw.when((nw.col(f"v{t}") <= 0.0) & (nw.col(f"s{t}") == 1) & (nw.col(f"p{t}") < VANISHED)).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
            for t in range(self.table.periods)
        ])  # fmt: skip
        asked = {"gone": Summand(gone, float(self.table.periods), self.table.units)}
        return round(totals(self._at(coefficients), asked)["gone"])

    def _counted(self, peak: Peak, *, by_row: bool) -> Counted:
        k = len(self.names)
        left, effects = self._given_periods(peak.curvature)
        taken = np.vstack([np.zeros((1, k)), effects])
        bread, scale = np.linalg.inv(left), self.table.halves
        far = 2.0 * (1.0 + float(np.abs(taken).max()))
        parts = self._scored(peak.coefficients, taken)
        products, clusters, treated = self._clustered(parts, far)
        whole, shrunk = self._whole(parts), 1.0 / scale
        if by_row:
            products = self._of_rows(parts, far)
        if whole.settled:
            products = np.zeros_like(products)
        return Counted(
            coefficients=peak.coefficients[:k] * shrunk, bread=bread * shrunk * shrunk[:, None], products=products * scale * scale[:, None],
            clusters=clusters, treated=treated, units=whole.units, rows=whole.rows, largest_share=whole.largest_share,
        )  # fmt: skip

    def _scored(self, coefficients: Floats, taken: Floats) -> list[Table]:
        """Return the units at the maximum, with their score q and, by period, regressors z less both effects.

        Parameters
        ----------
        taken : effects of periods on the regressors, shape (T, k).
        """
        k, length = len(self.names), self.table.periods
        found = self.table.ranges[self.table.request.regressors[0]]
        zero = -(found.low + found.high) / 2 / float(self.table.halves[0])  # of the first regressor, within -1 .. 1
        on = [nw.when(nw.col(f"f{t}")).then(nw.col(f"y{t}")).otherwise(nw.lit(0.0)) for t in range(length)]
        less = {(j, t): nw.col(f"x{j}_{t}") - float(taken[t, j]) for j in range(k) for t in range(length)}
        means = [_sum([nw.col(f"p{t}") * less[j, t] for t in range(length)]).alias(f"n{j}") for j in range(k)]
        scores = [_sum([nw.col(f"r{t}") * nw.col(f"z{j}_{t}") for t in range(length)]).alias(f"q{j}") for j in range(k)]
        flags = [((nw.col(f"x0_{t}") > zero) & (nw.col(f"s{t}") == 1)).alias(f"f{t}") for t in range(length)]
        counts = {"on": [f"f{t}" for t in range(length)], "rows": [f"s{t}" for t in range(length)]}
        return [
            part.with_columns(*means, *flags)
            .with_columns(*((one - nw.col(f"n{j}")).alias(f"z{j}_{t}") for (j, t), one in less.items()))
            .with_columns(*scores, _sum(on).alias("size"))
            .with_columns(*(_sum([nw.col(one).cast(nw.Float64) for one in many]).alias(name) for name, many in counts.items()))
            for part in self._at(coefficients)
        ]  # fmt: skip

    def _of_rows(self, parts: Sequence[Table], far: float) -> Floats:
        """Return the outer products of the scores of rows."""
        k, places = len(self.names), range(self.table.periods)
        pairs = {
            f"h{i}_{j}": Summand(
                _sum([(nw.col(f"r{t}") * nw.col(f"z{i}_{t}")) * (nw.col(f"r{t}") * nw.col(f"z{j}_{t}")) for t in places]),
                len(places) * (2.0 * far * self.table.most) ** 2, self.table.units,
            )
            for i in range(k) for j in range(i, k)
        }  # fmt: skip
        return _square(totals(parts, pairs), "h", k)

    def _clustered(self, parts: Sequence[Table], far: float) -> tuple[Floats, int, int]:
        """Return the outer products of the scores of clusters, and how many clusters there are, and with a treated row."""
        k, units = len(self.names), self.table.units
        scores = {f"q{j}": self._summand(nw.col(f"q{j}"), far) for j in range(k)}
        treated = Summand((nw.col("on") > 0).cast(nw.Float64), 1.0, units)
        if self.table.request.cluster:
            found = collected(
                [grouped(part, ["cluster"], scores | {"on": treated}) for part in parts],
                "cluster",
                scores | {"on": treated},
            )
            own = found.values[:, :k]
            return own.T @ own, len(own), int(np.count_nonzero(found.values[:, k]))
        largest = (far * self.table.most) ** 2
        pairs = {
            f"q{i}_{j}": Summand(nw.col(f"q{i}") * nw.col(f"q{j}"), largest, units)
            for i in range(k)
            for j in range(i, k)
        }
        whole = totals(
            parts,
            pairs | {"on": treated, "units": Summand(nw.lit(1.0) * (nw.col("rows") > 0).cast(nw.Float64), 1.0, units)},
        )
        return _square(whole, "q", k), round(whole["units"]), round(whole["on"])

    def _whole(self, parts: Sequence[Table]) -> _Whole:
        """Return what is said of all units."""
        units, places, request = self.table.units, range(self.table.periods), self.table.request
        largest = len(places) * self.table.most**2
        found = totals(parts, {
            "units": Summand((nw.col("rows") > 0).cast(nw.Float64), 1.0, units), "rows": Summand(nw.col("rows"), float(len(places)), units),
            "size": Summand(nw.col("size"), len(places) * self.table.ranges[request.outcome].high, units),
            "errors": Summand(_sum([nw.col(f"r{t}") * nw.col(f"r{t}") for t in places]), largest, units),
            "outcomes": Summand(_sum([nw.col(f"v{t}") * nw.col(f"v{t}") for t in places]), largest, units),
        })  # fmt: skip
        means = [
            nw.when(nw.col(f"s{t}") == 1).then(nw.col("whole") * nw.col(f"p{t}")).otherwise(nw.lit(1.0)) for t in places
        ]
        ends = [nw.col("size").max(), nw.max_horizontal(*(one.log().abs() for one in means)).max().alias("predictor")]
        most = [part.select(*ends).collect().rows(named=True)[0] for part in parts]
        size, predictor = (max(float(one[name] or 0.0) for one in most) for name in ("size", "predictor"))
        weights = self.table.ranges.get(request.weights)
        predictor += float(np.abs(np.log([weights.low, weights.high])).max()) if weights else 0.0
        finest = rounding(np.array([1.0, predictor]))
        return _Whole(
            round(found["units"]), round(found["rows"]), size / found["size"] if found["size"] > 0 else 0.0,
            found["errors"] <= finest**2 * found["outcomes"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Whole:
    """Units, rows, the share of one unit in the treated outcomes, and whether errors are rounding of the linear predictor."""

    units: int
    rows: int
    largest_share: float
    settled: bool


def _square(whole: Mapping[str, float], stem: str, k: int) -> Floats:
    return np.array([[whole[f"{stem}{min(i, j)}_{max(i, j)}"] for j in range(k)] for i in range(k)])


def _sum(terms: Sequence[nw.Expr]) -> nw.Expr:
    return reduce(lambda left, right: left + right, terms)
