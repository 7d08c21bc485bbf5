"""How an engine walks a panel whose paths it sums, and the sizes of treated outcomes by which the largest unit is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations_with_replacement
from operator import add

import narwhals as nw

from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.paths.request import PathRequest
from ebpm.moments.scans.paths.weighed import Weighed
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.words import multiplied

HALF, RUN = 26, 5


@dataclass(frozen=True, slots=True)
class Plan:
    """How the table is walked: its periods, its steps, and how many parts keep sums within a word.

    `bits` are those of the outcome in its steps, and of the weight in its own.
    """

    table: Table
    request: PathRequest
    periods: tuple[int, ...]
    fixed: Fixed
    parts: int
    never: float
    bits: tuple[int, int]
    weights: Fixed = field(default_factory=lambda: Weighed.none().fixed)

    @property
    def halves(self) -> list[range]:
        """Places of periods, cut so that their bits fit a word."""
        return [range(start, min(start + 31, len(self.periods))) for start in range(0, len(self.periods), 31)]

    @property
    def words(self) -> list[str]:
        """Names of the columns of a unit's path, one a period and word."""
        return [f"w{t}_{limb}" for t in range(len(self.periods)) for limb in range(self.fixed.limbs)]

    def sizes(self, name: str) -> list[str]:
        """Return the names of columns of a unit's treated outcomes, one a period; none where treatment is not by cohort."""
        return [f"{name}{t}" for t in range(len(self.periods))] if self.request.first_treated else []

    def halved(self, name: str) -> list[str]:
        """Return the names of columns of halves of treated outcomes, which are summed where some outcome is negative."""
        return [] if self.positive else self.sizes(name)

    @property
    def positive(self) -> bool:
        """Whether no outcome is negative, so that sums of sizes are sums of outcomes."""
        return self.fixed.shift >= -1

    @property
    def clusters(self) -> list[str]:
        """Names of the columns of a unit's cluster, the least and the greatest of its rows; none where units are independent."""
        return ["cluster", "cluster_high"] if self.request.cluster else []

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Columns whose products are summed; those of the weight alone where clusters are kept apart."""
        own = self.weighed[: self.limbs[0]] if self.request.cluster else self.weighed
        every = [[] if self.request.cluster else self.words, own]
        return [pair for words in every for pair in combinations_with_replacement(words, 2)]

    @property
    def limbs(self) -> tuple[int, int]:
        """Words of a weight, and of its product with an outcome; none where all units count alike."""
        if not self.request.weights:
            return 0, 0
        own, both = (-(-bits // self.fixed.width) for bits in (self.bits[1], sum(self.bits)))
        return own, both

    @property
    def weighed(self) -> list[str]:
        """Names of the columns of a unit's weight, and of its path times the weight, one a period and word."""
        own, both = self.limbs
        return [
            *(f"g_{limb}" for limb in range(own)),
            *(f"u{t}_{limb}" for t in range(len(self.periods)) for limb in range(both)),
        ]


def sized(units: Table, plan: Plan) -> Table:
    """Return the units with |y| in steps of their treated periods, in halves, and added up to each period."""
    sizes = plan.sizes("size")
    if not sizes:
        return units
    units = units.with_columns(*(_treated_size(plan, t).alias(name) for t, name in enumerate(sizes)))
    if not plan.positive:
        small = [nw.col(name) % 2**HALF for name in sizes]
        great = [(nw.col(size) - one) // 2**HALF for size, one in zip(sizes, small, strict=True)]
        names = [*plan.halved("small"), *plan.halved("great")]
        units = units.with_columns(*(one.alias(name) for one, name in zip([*small, *great], names, strict=True)))
    runs = [range(start, min(start + RUN, len(sizes))) for start in range(0, len(sizes), RUN)]
    within = plan.sizes("run")  # in two steps, of few terms each: an engine compiles every one of them
    units = units.with_columns(*(_added(sizes[run.start : t + 1]).alias(within[t]) for run in runs for t in run))
    whole = [within[run[-1]] for run in runs]
    return units.with_columns(
        *(_added([*whole[:at], within[t]]).alias(f"most{t}") for at, run in enumerate(runs) for t in run)
    )


def _added(names: Sequence[str]) -> nw.Expr:
    return reduce(add, map(nw.col, names))


def _treated_size(plan: Plan, t: int) -> nw.Expr:
    """Return |y| in steps of a unit in a period in which it is seen, where its steps are above zero, and treated; else 0."""
    steps = nw.sum_horizontal(
        *(nw.col(f"w{t}_{limb}") * 2 ** (limb * plan.fixed.width) for limb in range(plan.fixed.limbs))
    )
    on = (steps > 0) & (nw.col("low") != int(plan.never)) & (nw.col("low") <= plan.periods[t])
    return nw.when(on).then((steps + plan.fixed.shift).abs()).otherwise(nw.lit(0))


def weighted(units: Table, plan: Plan) -> Table:
    """Return the units with the words of their weight and of its products with their path, and whether the weight changes within them."""
    own, both = plan.limbs
    if not own:
        return units.with_columns(nw.lit(0).alias("moved"))
    width, steps = plan.fixed.width, plan.weights.encoded("weight_high")
    rows = units.with_columns(
        steps.alias("g"), (nw.col("weight") != nw.col("weight_high")).cast(nw.Int64).alias("moved")
    )
    for limb in range(own):
        rows = rows.with_columns((nw.col("g") % 2**width).alias(f"g_{limb}"))
        rows = rows.with_columns(((nw.col("g") - nw.col(f"g_{limb}")) // 2**width).alias("g"))
    paths = {f"u{t}": tuple(f"w{t}_{limb}" for limb in range(plan.fixed.limbs)) for t in range(len(plan.periods))}
    return multiplied(rows, tuple(f"g_{limb}" for limb in range(own)), paths, width, most=both)
