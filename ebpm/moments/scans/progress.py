"""How far a scan is: told twice a second within a read, and after each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from unicodedata import east_asian_width

from ebpm.texts import label

EVERY, INSTANT = 0.5, 0.05  # seconds between two lines; within which a pass was kept, not read
COLUMNS = 78  # which every line fills, so that nothing is left of a longer one
Progress = Callable[[float, int], None]


@dataclass(slots=True)
class Reading:
    """One read of a table, of several.

    Parameters
    ----------
    progress : what is told; None where nobody asked.
    done, passes : reads before this one, and all.
    rows : that it reads.
    """

    progress: Progress | None
    done: int
    passes: int
    rows: int
    seen: int = 0
    said: float = 0.0

    def read(self, rows: int) -> None:
        """Tell of so many rows more."""
        self.seen += rows
        now = monotonic()
        self.said = self.said or now
        if self.progress is not None and now - self.said >= EVERY and self.seen < self.rows:
            self.said = now
            self.progress(self.done + self.seen / self.rows, self.passes)


@dataclass(slots=True)
class _Clock:
    """When a scan began, as far as its lines tell."""

    begun: float = 0.0
    last: float = 0.0
    first: float = 0.0
    done: float = 0.0
    passes: int = 0

    def left(self, done: float, passes: int) -> int | None:
        """Return about how many seconds are left; None at the first line, and after passes that were kept."""
        now = monotonic()
        if passes != self.passes or done <= self.done or now - self.last < INSTANT:
            self.begun, self.first = now, done
        self.last, self.done, self.passes = now, done, passes
        gone = done - self.first
        return round((passes - done) * (now - self.begun) / gone) if gone > 0 else None


_CLOCK = _Clock()


def show_progress(done: float, passes: int) -> None:
    """Write how far a scan is on one line of the error stream; for `progress`.

    Parameters
    ----------
    done, passes : reads of the table that are done, with the share of the one that is under way, and all.

    Examples
    --------
    >>> from ebpm import moments
    >>> moments.show_progress(1, 3)
    """
    left = _CLOCK.left(done, passes)
    line = label("scan_progress", percent=int(100 * done / passes), done=int(done), passes=passes)
    if done < passes:
        line += " " if left is None else label("scan_left", left=f"{left // 60}:{left % 60:02d}")
    line += " " * (COLUMNS - sum(2 if east_asian_width(char) in "WF" else 1 for char in line))
    sys.stderr.write(f"\r{line}" if done < passes else f"\r{line}\n")
    sys.stderr.flush()
