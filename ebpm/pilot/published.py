"""Published numbers beside ours, for the twins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ebpm.estimate import Number, Unavailable
from ebpm.pilot.result import Result
from ebpm.pilot.spec import Published

NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """A published number and ours."""

    published: Published
    ours: Number

    @property
    def difference(self) -> Number:
        """Ours less theirs."""
        return self.ours if isinstance(self.ours, Unavailable) else self.ours - self.published.value

    @property
    def shown_difference(self) -> Number | str:
        """The difference, but for rounding in the last digits, which is another on every processor."""
        difference = self.difference
        noise = not isinstance(difference, Unavailable) and abs(difference) < NOISE
        return f"< {NOISE:.0e}" if noise else difference

    @property
    def reproduced(self) -> bool:
        """Whether the difference is within the tolerance that the pilot declares."""
        difference = self.difference
        return not isinstance(difference, Unavailable) and abs(difference) <= self.published.tolerance


def compared(published: Iterable[Published], results: Iterable[Result]) -> tuple[Comparison, ...]:
    """Return each published number beside ours; an analysis that failed leaves its numbers unavailable."""
    by_id = {result.analysis.id: result.estimates for result in results}
    return tuple(
        Comparison(
            one, getattr(by_id[one.analysis][one.term], one.column) if one.analysis in by_id else Unavailable("not_run")
        )
        for one in published
    )
