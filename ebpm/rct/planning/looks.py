"""Looks at a trial on the way, planned beforehand: critical values that hold the level over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import quantile, two_sided_p
from ebpm.stats.looks import Looks, repeated_looks
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class LookPlan(Shown):
    """Looks after equal shares of the data.

    Parameters
    ----------
    bounds : size of unplanned looks, and the critical values that hold the level.
    """

    bounds: Looks

    @property
    def notices(self) -> Notices:
        """None: `peeking` raises R125 where nobody planned the looks."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what looking does to the level."""
        level = 100.0 * (1.0 - self.bounds.conf_level)
        size = f"{100.0 * self.bounds.size:.1f}"
        return [
            label(
                "rct_looks_line", lang, looks=self.bounds.looks, level=f"{level:g}", size=size, kept=f"{level:g}"
            )
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a look, with critical values and the p values below which it stops."""
        records = [
            {
                "look": place + 1, "information": (place + 1) / self.bounds.looks, "pocock": self.bounds.pocock,
                "pocock_p": self.bounds.nominal, "obrien_fleming": value, "obrien_fleming_p": two_sided_p(value),
            }
            for place, value in enumerate(self.bounds.obrien_fleming)
        ]  # fmt: skip
        return (Table.of(records, label("rct_looks_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the critical values over the share of the data."""
        from ebpm.figures.looks import draw_looks

        return draw_looks(self.bounds, ax, once=quantile(0.5 + self.bounds.conf_level / 2.0), lang=lang)


def looks(number: int, *, conf_level: float = 0.95) -> LookPlan:
    """Return critical values for looks at accumulating data that hold the level over all of them.

    Parameters
    ----------
    number : equally spaced looks, 1 to 30, the one at the end among them.
    conf_level : one less the level of the whole.

    Raises
    ------
    DesignError : if the number of looks is out of range.

    Formula and assumptions: `ebpm.stats.looks.repeated_looks`.

    Source: Pocock (1977), Biometrika 64(2); O'Brien and Fleming (1979), Biometrics 35(3).

    Examples
    --------
    >>> [round(value, 3) for value in looks(3).bounds.obrien_fleming]
    [3.471, 2.454, 2.004]
    """
    return LookPlan(repeated_looks(number, conf_level=conf_level))
