"""What came of one analysis: a result with its estimates, or a failure with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ebpm.errors import DesignError, EbpmError
from ebpm.estimate import Estimates
from ebpm.notices import Notices
from ebpm.pilot.naming import averaged
from ebpm.pilot.spec import Analysis
from ebpm.shown import Shown
from ebpm.texts import Words, calling

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BARRED = MappingProxyType({"I308": "pilot_short_newey_west"})
"""Notices that no primary analysis may raise, and the error that says so."""


@dataclass(frozen=True)
class Result:
    """An analysis of the plan and what it gave.

    Parameters
    ----------
    analysis : its declaration.
    estimates : the estimates, labelled with their unit.
    value : what the routine returned, with its own figures and methods.
    names : what readers call the arms and columns of the value.
    """

    analysis: Analysis
    estimates: Estimates
    value: Any
    names: Mapping[str, Words] = field(default_factory=dict)

    @property
    def notices(self) -> Notices:
        """What the routine raised, each notice about this analysis."""
        raised = self.value.notices + self.estimates.notices
        return Notices(tuple(replace(one, within=self.analysis.id) for one in raised))

    def in_its_role(self) -> Result:
        """Return the result.

        Raises
        ------
        DesignError : if it is a primary analysis and raised a notice that bars it, such as Newey-West errors on a short series.
        """
        raised = self.notices if self.analysis.role == "primary" else Notices()
        for one in raised:
            if one.code in BARRED:
                raise DesignError(BARRED[one.code], analysis=self.analysis.id, **one.facts)
        return self

    @property
    def drawn(self) -> Estimates:
        """The estimates of the figure: by event time where the headline is an average over group-time effects."""
        if self.analysis.aggregate == "simple" and not isinstance(self.value, Estimates):
            by_time: Estimates = self.value.aggregate("event")
            return averaged(by_time).in_unit(self.estimates.headline.unit)
        return self.estimates

    @property
    def has_figure(self) -> bool:
        """Whether there is more to draw than one number."""
        return not isinstance(self.value, Estimates) or len(self.estimates) > 1

    def plot(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the routine's own figure, or the estimates where it has none or an aggregate was asked for."""
        if isinstance(self.value, Estimates) or self.analysis.aggregate or type(self.value).draw is Shown.draw:
            margin = self.analysis.margin.value if self.analysis.margin else None
            return self.drawn.plot(ax, lang=lang, margin=margin)
        with calling(self.names):
            axes: Axes = self.value.plot(ax, lang=lang)
        return axes


@dataclass(frozen=True)
class Failure:
    """An analysis that the data could not support."""

    analysis: Analysis
    error: EbpmError
