"""Whether hazard ratios stay the same over time, as a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.survival.cox import CoxFit
from ebpm.stats.survival.schoenfeld import CLOCKS, SchoenfeldTest, schoenfeld_test
from ebpm.table import Table, rounded
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProportionalHazards(Shown):
    """Tests of constant hazard ratios, one a column and one of all.

    Parameters
    ----------
    test : statistics, p values and scaled Schoenfeld residuals.
    names : of the columns.
    """

    test: SchoenfeldTest
    names: tuple[str, ...]

    @property
    def notices(self) -> Notices:
        """None: the model that was tested carries them."""
        return Notices()

    @property
    def p_value(self) -> float:
        """Of all columns together."""
        return self.test.overall_p

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the test of all columns together."""
        test = self.test
        facts = {"statistic": rounded(test.overall), "df": test.df, "p": rounded(test.overall_p, "p")}
        return [label("survival_proportional", lang, **facts)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a column, and one of all together."""
        test = self.test
        rows = zip(self.names, test.statistics.tolist(), [1] * len(self.names), test.p_values.tolist(), strict=True)
        last = (label("survival_all_terms", lang), test.overall, test.df, test.overall_p)
        caption = label("survival_proportional_caption", lang)
        return (Table(("term", "chi_square", "df", "p_value"), (*rows, last), caption),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the scaled Schoenfeld residuals of the first column against time."""
        from ebpm.figures.schoenfeld import draw_schoenfeld

        return draw_schoenfeld(self, ax, lang=lang)


def proportional_hazards(fit: CoxFit, names: tuple[str, ...], *, clock: str = "km") -> ProportionalHazards:
    """Return the tests of a fitted model.

    Parameters
    ----------
    fit : the model.
    names : of its columns.
    clock : function of time: "km", "rank", "identity" or "log".
    """
    one_of(clock, CLOCKS, "clock")
    return ProportionalHazards(test=schoenfeld_test(fit, clock=clock), names=names)
