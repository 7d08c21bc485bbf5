"""The result of a test that redraws which units have which dates of treatment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import label, method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn(Shown):
    """An effect with the p value and the interval that redrawing gives.

    Parameters
    ----------
    estimate : the effect; its interval holds the effects, the same for all, that are not rejected.
    null : effect that the null states.
    statistic : observed, studentised or in the unit of the outcome.
    p_greater, p_less : one-sided p values.
    monte_carlo_error : standard error of the p value from drawing; zero where all allocations were gone through.
    draws : number of allocations that were compared.
    possible : number that there are.
    distribution : statistic of each of them under the null.
    studentised : whether it is divided by its standard error.
    notices : what the guard rails found.
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
    studentised: bool
    notices: Notices = field(default_factory=Notices)

    @property
    def exact(self) -> bool:
        """Whether every possible allocation was gone through."""
        return self.draws == self.possible

    @property
    def estimates(self) -> Estimates:
        """The effect, its p value and interval by redrawing."""
        return Estimates(items=(self.estimate,), headline_term=self.estimate.term, notices=self.notices)

    def noting(self, notices: Notices) -> Redrawn:
        """Return the same result with more notices."""
        return replace(self, notices=self.notices + notices)

    @property
    def headline(self) -> Redrawn:
        return self

    def sentence(self, lang: str | None = None) -> str:
        """Return the test in words."""
        how = label("did_redrawn_exact", lang, possible=f"{self.possible:,}")
        if not self.exact:
            how = label("did_redrawn_drawn", lang, draws=f"{self.draws:,}", error=f"{self.monte_carlo_error:.4f}")
        return label(
            "did_redrawn_sentence", lang, null=f"{self.null:g}", p=f"{self.estimate.p_value:.4f}",
            interval=self.estimate.interval(lang), level=f"{100 * self.estimate.conf_level:g}", how=how,
        )  # fmt: skip

    def tidy(self) -> pd.DataFrame:
        """Return one row with the glossary's columns."""
        return self.estimates.tidy()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the test in words."""
        return [self.sentence(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row: estimate, interval, statistic, p values."""
        names = ("estimate", "conf_low", "conf_high", "conf_level", "p_value")
        record = {"term": self.estimate.called(lang)} | {name: getattr(self.estimate, name) for name in names}
        others = ("statistic", "p_greater", "p_less", "monte_carlo_error", "draws")
        record |= {name: getattr(self, name) for name in others} | {"n": self.estimate.n}
        return (Table.of([record], method(self.estimate.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the distribution of the statistic over the redrawn allocations, and the observed one."""
        from ebpm.figures.randomisation import draw_randomisation

        axes = draw_randomisation(self, ax, lang=lang)
        kind = "studentised" if self.studentised else "difference"
        axes.set_xlabel(label(f"did_redrawn_axis_{kind}", lang))
        return axes
