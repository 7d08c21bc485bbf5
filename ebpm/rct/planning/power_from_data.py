"""Power from data that are there already: the assignment drawn again and again, the effect added, the test made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame
from ebpm.notices import Notices
from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.assignment.rolls import Roll, coins, lots, roll_of
from ebpm.rct.planning.trial_design import out_of_range
from ebpm.shown import Shown
from ebpm.stats.given import generator, made_by, number, numbers, whole
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import level, quantile
from ebpm.stats.redrawn.permutation import Codes8, Redraws, block_sizes
from ebpm.stats.redrawn.redrawn_means import Units
from ebpm.table import Table, rounded
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFromData(Shown):
    """Chances of finding effects, by arm.

    Parameters
    ----------
    arms : labels of the arms that are compared with control.
    effects : true effects, in the unit of the outcome.
    powers : one row an arm, one value an effect.
    size : share of tests that reject where there is no effect, one an arm; it should be the level of the test.
    detectable : the smallest effect that is found with the chance wanted, one an arm.
    chance : that chance.
    draws : assignments that were drawn.
    """

    arms: tuple[str, ...]
    effects: tuple[float, ...]
    powers: tuple[tuple[float, ...], ...]
    size: tuple[float, ...]
    detectable: tuple[float, ...]
    chance: float
    draws: int

    @property
    def notices(self) -> Notices:
        """None."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the smallest effect that is found, and how often no effect is found to be one."""
        return [
            label(
                "rct_power_data", lang, arm=arm, detectable=rounded(least), chance=f"{100 * self.chance:g}",
                size=f"{100 * size:.1f}", draws=f"{self.draws:,}",
            )
            for arm, least, size in zip(self.arms, self.detectable, self.size, strict=True)
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm and effect."""
        records = [
            {
                "term": arm,
                "effect": effect,
                "power": value,
                "power_error": float(np.sqrt(value * (1 - value) / self.draws)),
            }
            for arm, row in zip(self.arms, self.powers, strict=True)
            for effect, value in zip(self.effects, row, strict=True)
        ]
        return (Table.of(records, label("rct_power_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw power over effects, a curve an arm."""
        from ebpm.figures.power import draw_power_from_data

        return draw_power_from_data(self, ax, lang=lang)


def power_from_data(
    data: Any,
    outcome: str,
    *,
    assignment: Assignment,
    effects: Sequence[float],
    chance: float = 0.8,
    draws: int = 2000,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> PowerFromData:
    """Say what a trial would find, had it been run under a declared assignment on data of the past.

    Parameters
    ----------
    data : any frame that Narwhals knows: last year's people, with the columns that the assignment names.
    outcome : column of the outcome as it was, which stands for the outcome without treatment.
    assignment : the declaration.
    effects : true effects, alike for everybody, in the unit of the outcome.
    chance : power for which the smallest effect is sought.
    draws : assignments to draw.
    seed : of the draws.
    conf_level : one less the level of the test; shared out over the arms that are compared with control.

    Raises
    ------
    DesignError : if a stratum has too few units for two an arm (one, in pairs), or a number is out of range.

    Formula: share of the drawn assignments with |d + effect| >= critical x se, d and se those of `difference_in_means` on the data
    as they were; critical values of t with units less two a stratum, or pairs less one. An effect alike for everybody leaves se
    as it is, so that one set of draws serves all effects. A draw that leaves an arm with one unit finds nothing.

    Assumptions: next year's people are like last year's.

    Source: Gerber and Green (2012), Field Experiments, 3.6 and 4.5.

    Examples
    --------
    >>> import pandas as pd
    >>> kwh = [8.0, 9, 10, 11, 12, 7, 9, 11] * 10
    >>> found = power_from_data(pd.DataFrame({"kwh": kwh}), "kwh", assignment=Assignment(), effects=[0.5, 1.0])
    >>> [round(value, 1) for value in found.powers[0]]
    [0.3, 0.8]
    """
    if not 0.0 < number(chance, "chance") < 1.0 or whole(draws, "draws") < 1:
        raise out_of_range("draws", f"{chance}, {draws}")
    frame = Frame.of(data)
    roll = roll_of(frame, cluster=made_by(assignment, Assignment, "assignment").cluster, strata=assignment.strata)
    paired = _paired(roll, assignment)
    units = _units(roll, frame.numbers(outcome, "outcome"), paired=paired)
    compared = len(assignment.arms) - 1
    error = (1.0 - level(conf_level)) / compared
    blocks = [_compared(units, block, compared) for block in _blocks(frame, roll, assignment, draws, seed)]
    values, spreads = (np.concatenate(parts, axis=1) for parts in zip(*blocks, strict=True))
    thresholds = np.array([_critical(roll, assignment, arm, error, paired=paired) for arm in range(1, compared + 1)])
    halves = thresholds[:, None] * spreads

    def power(arm: int, effect: float) -> float:
        return float((np.abs(values[arm] + effect) >= halves[arm]).mean())

    needed = np.sort(np.where(np.isnan(halves), np.inf, halves - values), axis=1)[:, math.ceil(chance * draws) - 1]
    every = range(compared)
    return PowerFromData(
        arms=assignment.arms[1:], effects=tuple(map(float, numbers(effects, "effects"))), chance=chance, draws=draws,
        powers=tuple(tuple(power(arm, effect) for effect in effects) for arm in every),
        size=tuple(power(arm, 0.0) for arm in every), detectable=tuple(map(float, needed)),
    )  # fmt: skip


def _paired(roll: Roll, assignment: Assignment) -> bool:
    """Whether strata are pairs; refuse those too small for two units an arm."""
    two = len(assignment.arms) == 2 and assignment.scheme == "complete" and len(roll.strata) > 1
    if two and bool((roll.sizes == 2).all()) and np.allclose(assignment.portions, 0.5):
        return True
    least = np.floor(roll.sizes[:, None] * assignment.portions + 1e-9).min(axis=1)
    if assignment.scheme == "complete" and (least < 2).any():
        place = int(np.argmax(least < 2))
        raise DesignError("rct_power_thin", stratum=roll.strata[place] or "-", units=int(roll.sizes[place]))
    return False


def _units(roll: Roll, outcome: Floats, *, paired: bool) -> Units:
    order = np.argsort(roll.stratum, kind="stable")
    sizes = np.bincount(roll.unit).astype(np.float64)
    shares = np.bincount(roll.stratum, sizes) / sizes.sum()
    return Units(
        totals=group_sums((outcome - outcome.mean())[:, None], roll.unit, groups=len(roll.units)), sizes=sizes,
        members=tuple(np.split(order, np.cumsum(roll.sizes)[:-1])), shares=shares, paired=paired,
    )  # fmt: skip


def _blocks(frame: Frame, roll: Roll, assignment: Assignment, draws: int, seed: int) -> Iterator[Codes8]:
    numbers = roll.sizes[:, None] * assignment.portions
    whole = np.rint(numbers)
    if assignment.scheme == "complete" and np.allclose(numbers, whole):
        arms = np.empty(len(roll.units), dtype=np.int64)
        parts = [np.repeat(np.arange(len(row)), row) for row in whole.astype(np.int64)]
        arms[np.argsort(roll.stratum, kind="stable")] = np.concatenate(parts)
        yield from Redraws(arms, roll.stratum).drawn(draws, seed)
        return
    rng = generator(seed)
    chances = np.empty((len(roll.units), len(assignment.arms)))
    chances[roll.unit] = assignment.probabilities(frame)
    for count in block_sizes(draws, len(roll.units)):
        drawn = [
            coins(chances, rng) if assignment.scheme == "simple" else lots(roll, assignment.portions, rng)
            for _ in range(count)
        ]
        yield np.array(drawn, dtype=np.int8)


def _compared(units: Units, block: Codes8, compared: int) -> tuple[Floats, Floats]:
    """Differences from control and their standard errors, shapes (arms compared, draws); NaN where an arm has one unit only."""
    if units.paired:
        value, variance = units.effects(block)
        return value.T, np.sqrt(variance.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = [units.chosen(np.asarray(block == arm, dtype=np.float64)) for arm in range(compared + 1)]
    value = np.stack([mean[:, 0] - means[0][0][:, 0] for mean, _ in means[1:]])
    return value, np.sqrt(np.stack([spread[:, 0] + means[0][1][:, 0] for _, spread in means[1:]]))


def _critical(roll: Roll, assignment: Assignment, arm: int, error: float, *, paired: bool) -> float:
    pairs = assignment.portions[[0, arm]].sum() * len(roll.units)
    df = len(roll.strata) - 1.0 if paired else pairs - 2.0 * len(roll.strata)
    return quantile(1.0 - error / 2.0, df)
