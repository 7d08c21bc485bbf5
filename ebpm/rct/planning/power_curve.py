"""Power over numbers of units: a table and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ebpm.rct.planning.power import power
from ebpm.rct.planning.trial_design import TrialDesign
from ebpm.records import carrying
from ebpm.stats.given import made_by, numbers
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """Power over numbers of units, a curve an effect.

    Parameters
    ----------
    design : the trial, whose units vary.
    units : units assigned in all.
    effects : one a curve.
    powers : one row an effect, one value a number of units.
    """

    design: TrialDesign
    units: tuple[float, ...]
    effects: tuple[float, ...]
    powers: tuple[tuple[float, ...], ...]

    def table(self, caption: str = "") -> Table:
        """Return one row an effect and number of units."""
        rows = [(units, effect, value) for effect, row in zip(self.effects, self.powers, strict=True)
                for units, value in zip(self.units, row, strict=True)]  # fmt: skip
        return Table(("units", "effect", "power"), tuple(rows), caption)

    def tidy(self) -> pd.DataFrame:
        """Return one row an effect and number of units, at full precision."""
        return self.table().to_frame()

    def plot(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the curves, with a line at 80 per cent."""
        from ebpm.figures.power import draw_power

        return carrying(ax, lambda: draw_power(self, ax, lang=lang), self.table().to_lines)

    def __str__(self) -> str:
        return self.table().to_text()

    def _repr_html_(self) -> str:
        return self.table(label("rct_power_caption"))._repr_html_()


def power_curve(
    design: TrialDesign,
    effects: Sequence[float],
    *,
    units: Sequence[float],
    conf_level: float = 0.95,
    reference: str = "t",
) -> PowerCurve:
    """Return the power of a trial over numbers of units, for each of some effects.

    Parameters
    ----------
    design : the trial; its units are left out of account.
    effects : true effects, in the unit of the outcome.
    units : units assigned in all.
    conf_level, reference : as in `power`.

    Raises
    ------
    DesignError : as `power`.

    Assumptions: as `power`.

    Source: as `power`.

    Examples
    --------
    >>> from ebpm.rct.planning.trial_design import TrialDesign
    >>> [round(value, 2) for value in power_curve(TrialDesign(), [0.5], units=[64, 128]).powers[0]]
    [0.5, 0.8]
    """
    made_by(design, TrialDesign, "design")
    powers = tuple(
        tuple(
            power(replace(design, units=one), effect, conf_level=conf_level, reference=reference)
            for one in numbers(units, "units")
        )
        for effect in numbers(effects, "effects")
    )
    return PowerCurve(design, tuple(units), tuple(effects), powers)
