"""What redrawing an assignment gives: a test of each arm against control."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table, rounded
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTest:
    """The randomisation test of one arm against control.

    Parameters
    ----------
    estimate : difference in means with its p value and interval by redrawing.
    null : effect that the null states.
    statistic : observed, studentised or in the unit of the outcome, or of one's own.
    p_greater, p_less : one-sided p values.
    monte_carlo_error : standard error of the p value from drawing; zero where all assignments were gone through.
    draws : number of assignments that were compared.
    possible : number that there are.
    distribution : statistic of each of them under the null.
    """

    estimate: Estimate
    null: float
    statistic: float
    p_greater: float
    p_less: float
    monte_carlo_error: float
    draws: int
    possible: int
    distribution: Floats = field(compare=False, repr=False)

    @property
    def exact(self) -> bool:
        """Whether every possible assignment was gone through."""
        return self.draws == self.possible

    def sentence(self, lang: str | None = None) -> str:
        """Return the test in words."""
        how = label("rct_ri_drawn", lang, draws=f"{self.draws:,}", error=f"{self.monte_carlo_error:.4f}")
        if self.exact:
            how = label("rct_ri_exact", lang, possible=f"{self.possible:,}")
        own = isinstance(self.estimate.conf_low, Unavailable)
        return label(
            "rct_ri_own" if own else "rct_ri_sentence", lang, value=rounded(self.statistic), term=self.estimate.term,
            null=f"{self.null:g}", p=_p(self.estimate.p_value), estimate=rounded(self.estimate.estimate),
            interval=self.estimate.interval(lang), level=f"{100 * self.estimate.conf_level:g}", how=how,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomisationTest(Shown):
    """Tests of every arm against control.

    Parameters
    ----------
    items : one test an arm.
    statistic : "studentised", "difference" or "own".
    notices : what the guard rails found.
    """

    items: tuple[ArmTest, ...]
    statistic: str
    notices: Notices

    @property
    def studentised(self) -> bool:
        """Whether the statistic is divided by its standard error."""
        return self.statistic == "studentised"

    @property
    def estimates(self) -> Estimates:
        """The differences, their p values and intervals by redrawing."""
        return Estimates(
            items=tuple(one.estimate for one in self.items), headline_term=self.items[0].estimate.term,
            notices=self.notices,
        )  # fmt: skip

    @property
    def headline(self) -> ArmTest:
        return self.items[0]

    def lines(self, lang: str | None = None) -> list[str]:
        """Return each test in words."""
        return [one.sentence(lang) for one in self.items]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm."""
        return (
            Table.of(
                [
                    {
                        "term": one.estimate.term, "estimate": one.estimate.estimate, "conf_low": one.estimate.conf_low,
                        "conf_high": one.estimate.conf_high, "conf_level": one.estimate.conf_level, "statistic": one.statistic,
                        "p_value": one.estimate.p_value, "p_greater": one.p_greater, "p_less": one.p_less,
                        "monte_carlo_error": one.monte_carlo_error, "draws": one.draws, "n": one.estimate.n,
                    }
                    for one in self.items
                ],
                label("rct_ri_caption", lang),
            ),
        )  # fmt: skip

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the distribution of the statistic over the redrawn assignments, and the observed one."""
        from ebpm.figures.randomisation import draw_randomisation

        return draw_randomisation(self, ax, lang=lang)


def _p(value: object) -> str:
    return "<0.0001" if isinstance(value, float) and value < 0.0001 else f"{value:.4f}"
