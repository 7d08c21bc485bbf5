"""Numbers of units that several effects need, at several chances of finding them: a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.notices import Notices
from ebpm.rct.planning.power import sample_size
from ebpm.rct.planning.power_curve import power_curve
from ebpm.rct.planning.trial_design import TrialDesign
from ebpm.shown import Shown
from ebpm.stats.given import several
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEYOND, STEPS = 1.6, 40


@dataclass(frozen=True, slots=True)
class SizeTable(Shown):
    """Units that are needed.

    Parameters
    ----------
    effects : true effects.
    chances : power that is wanted.
    designs : one row an effect, one design a chance, with the units that it needs.
    """

    effects: tuple[float, ...]
    chances: tuple[float, ...]
    designs: tuple[tuple[TrialDesign, ...], ...]

    @property
    def notices(self) -> Notices:
        """None."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:  # noqa: ARG002
        """Return none: the table holds every number."""
        return []

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an effect and chance."""
        records = [
            {
                "effect": effect,
                "chance": chance,
                "units": sum(one.per_arm),
                "per_arm": " + ".join(map(str, one.per_arm)),
            }
            for effect, row in zip(self.effects, self.designs, strict=True)
            for chance, one in zip(self.chances, row, strict=True)
        ]
        return (Table.of(records, label("rct_size_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw power over numbers of units, a curve an effect."""
        most = BEYOND * max(one.units for row in self.designs for one in row)
        units = [most * step / STEPS for step in range(STEPS // 10, STEPS + 1)]
        return power_curve(self.designs[0][0], self.effects, units=units).plot(ax, lang=lang)


def size_table(
    design: TrialDesign,
    effects: Sequence[float],
    *,
    chances: Sequence[float] = (0.8, 0.9),
    conf_level: float = 0.95,
    reference: str = "t",
) -> SizeTable:
    """Return how many units a trial needs, effect by effect and chance by chance.

    Parameters
    ----------
    design : the trial; its units are left out of account.
    effects : true effects, in the unit of the outcome.
    chances : power that is wanted.
    conf_level, reference : as in `power`.

    Raises
    ------
    DesignError : as `sample_size`.

    Assumptions: as `power`.

    Source: as `sample_size`.

    Examples
    --------
    >>> print(size_table(TrialDesign(), [0.5, 0.25], chances=[0.8]).tables()[0].to_text("en"))
    Effect  Power  Units  By arm
       0.5   0.80    128  64 + 64
      0.25   0.80    506  253 + 253
    """
    designs = tuple(
        tuple(
            sample_size(design, one, chance=chance, conf_level=conf_level, reference=reference)
            for chance in several(chances, "chances")
        )
        for one in several(effects, "effects")
    )
    return SizeTable(tuple(map(float, effects)), tuple(map(float, chances)), designs)
