"""The result of `did.att_gt`: group-time effects, their averages, and what the guard rails found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.group_time.averages import KINDS, averages
from ebpm.did.group_time.cells import Cell, CellDesign
from ebpm.did.group_time.effects import Effects
from ebpm.did.group_time.fits import Fitted, unfitted
from ebpm.did.group_time.pretrend import PreTrend, after_test, cell_test, event_test
from ebpm.did.joint import OVERALL, settled
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.table import Table
from ebpm.texts import coined, method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

EVERYTHING = (-np.inf, np.inf)
FEWEST_DRAWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTime(Shown):
    """All ATT(g, t) of a staggered design with their joint covariance.

    Parameters
    ----------
    effects : effects, joint covariance, cohort sizes.
    design : comparison group, base period, anticipation.
    method : entry `method.<code>` of the texts.
    rows : rows used.
    conf_level : level of the intervals.
    notices : what the guard rails found.
    floor : standard errors up to it are rounding.
    refit : fits the sample again, for what each cluster adds to the errors; not saved with the result.
    """

    effects: Effects
    design: CellDesign
    method: str
    rows: int
    conf_level: float
    notices: Notices = field(default_factory=Notices)
    floor: float = 0.0
    refit: Callable[[], Fitted] = field(default=unfitted, repr=False, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        """Return what is saved: everything but the sample that `refit` reads."""
        kept = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "refit"}
        return _restored, (kept,)

    @property
    def cells(self) -> tuple[Cell, ...]:
        return self.effects.cells

    @property
    def estimates(self) -> Estimates:
        """The cells as estimates, terms "cohort:period"; the headline is the first cell from treatment on."""
        head = next(cell for cell in self.cells if cell.event_time >= 0)
        reasons = [self._reason([place]) for place in range(len(self.cells))]
        df = self.effects.by_arm.df(np.eye(len(self.cells), len(self.cells) + len(self.effects.shares)))
        numbers = zip(self.effects.att, np.diag(self.effects.covariance), df, strict=True)
        items = tuple(
            self._estimate(cell.name, number, reason, rows=int(rows), units=int(groups[2]))
            for cell, number, reason, rows, groups in zip(
                self.cells, numbers, reasons, self.effects.rows, self.effects.groups, strict=True
            )
        )
        return Estimates(
            items=items, headline_term=head.name, notices=self.notices, covariance=self.effects.covariance,
            critical_value=self._critical(self.effects.covariance, reasons, df),
        )  # fmt: skip

    def aggregate(
        self, kind: str = "event", *, balance: int | None = None, window: tuple[float, float] = EVERYTHING
    ) -> Estimates:
        """Average the cells.

        Parameters
        ----------
        kind : "simple" (all cells from treatment on, by cohort size), "group" (by cohort), "calendar" (by period) or
            "event" (by periods since treatment).
        balance : for "event": keep the cohorts that are seen at least so many periods after treatment begins, and event times up to it,
            so that the composition stays the same from event time 0 on; None keeps all.
        window : for "event": smallest and largest event time.

        Returns
        -------
        The averages in order, then the term "overall", which is the headline: the mean over event times from 0 on, over
        periods, or over cohorts by their size. Joint covariance of all; the critical value is that of the simultaneous band over the parts.

        Raises
        ------
        DataError : an unknown `kind`; `balance` or `window` with another kind than "event".
        DesignError : no cell from treatment on is left.
        """
        if one_of(kind, KINDS, "kind") != "event" and (balance is not None or window != EVERYTHING):
            raise DataError("did_event_only", kind=kind, balance=balance, window=window)
        chosen = self._places(kind, balance=balance, window=window)
        if not any(self.cells[place].event_time >= 0 for place in chosen):
            raise DesignError("did_nothing_to_average", balance=balance, low=window[0], high=window[1])
        found = averages(self.effects, kind, chosen)
        after = [place for place in chosen if self.cells[place].event_time >= 0]
        reasons = [*(self._reason(part.cells) for part in found.parts), self._reason(after)]
        names = [*(str(part.position) for part in found.parts), OVERALL]
        df, units = self.effects.by_arm.df(found.gradients), self.effects.clusters[1]
        covariance = settled(found.covariance, self.floor)
        numbers = zip(found.values, np.diag(covariance), df, strict=True)
        items = tuple(
            self._estimate(name, number, reason, rows=self.rows, units=units)
            for name, number, reason in zip(names, numbers, reasons, strict=True)
        )
        return Estimates(
            items=items, headline_term=OVERALL, notices=self.notices, kind="coefficients" if kind == "simple" else kind,
            positions=tuple(float(part.position) for part in found.parts), covariance=covariance,
            critical_value=self._critical(covariance, reasons[:-1], df),
        )  # fmt: skip

    def pretrend(self, by: str = "event") -> PreTrend | Unavailable:
        """Test that all effects before treatment and its anticipation are zero.

        Parameters
        ----------
        by : "event" tests the averages by event time with Hotelling's F reference; "cell" tests every cell with the chi-square.
        """
        test = event_test if one_of(by, ("event", "cell"), "by") == "event" else cell_test
        return test(self.effects, self.design.anticipation)

    def effect_test(self, by: str = "event") -> PreTrend | Unavailable:
        """Test that all effects from treatment on are zero.

        Parameters
        ----------
        by : "event" tests the averages by event time with Hotelling's F reference; "cell" tests every cell with the chi-square.
        """
        return after_test(self.effects, one_of(by, ("event", "cell"), "by"))

    def multiplier_band(
        self, kind: str = "cells", *, draws: int = 999, seed: int = 20190401, **choices: Any
    ) -> Estimates:
        """Return the estimates with the critical value of a multiplier bootstrap: a check of the analytic one.

        Parameters
        ----------
        kind : "cells", or a kind of `aggregate`.
        draws : of the bootstrap, 100 or more.
        seed : of the numpy Generator.
        choices : `balance` and `window` of `aggregate`.

        Raises
        ------
        DataError, DesignError : what `aggregate` refuses; too few draws; errors for few clusters, whose band is that of t; a result that was
            saved and read again, which holds no records to fit again.

        Formula: each cluster's influence is multiplied by 1 or -1 at random; the critical value is the quantile over the draws of the
        largest absolute error over its standard error.

        Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), algorithm 1.
        """
        if self.effects.by_arm.corrected:
            raise DesignError("did_multiplier_corrected")
        if draws < FEWEST_DRAWS or draws != int(draws):
            raise DesignError("did_bad_draws", value=draws)
        found = (
            self.estimates if one_of(kind, ("cells", *KINDS), "kind") == "cells" else self.aggregate(kind, **choices)
        )
        if kind == "cells":
            slopes = np.eye(len(self.cells), len(self.cells) + len(self.effects.shares))
        else:
            slopes = averages(self.effects, kind, self._places(kind, **choices)).gradients
        spread = np.array([0.0 if isinstance(item.std_error, Unavailable) else item.std_error for item in found])
        kept = [at for at in range(len(found.positions) or len(found)) if spread[at] > 0]
        if not kept:
            return found
        errors = self.refit().contributions.draws(int(draws), seed) @ slopes[kept].T
        largest = np.abs(errors / spread[kept]).max(axis=1)
        return replace(found, critical_value=float(np.quantile(largest, self.conf_level)))

    def tidy(self) -> pd.DataFrame:
        """Return one row a cell, with the glossary's columns."""
        return self.estimates.tidy()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the overall average."""
        return [self.aggregate("group").headline.sentence(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a cell."""
        return (self.estimates.table(method(self.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the effects of each cohort over the periods."""
        from ebpm.figures.group_time import CohortPath, draw_group_time

        estimates = self.estimates
        bands, sizes = estimates.bands(), self.effects.sizes()
        cohorts = sorted({cell.cohort for cell in self.cells})
        places = {
            cohort: [place for place, cell in enumerate(self.cells) if cell.cohort == cohort] for cohort in cohorts
        }
        paths = [
            CohortPath(
                cohort, sizes[cohort], tuple(self.cells[place].period for place in found),
                tuple(estimates.items[place] for place in found), tuple(bands[place] for place in found),
            )
            for cohort, found in places.items()
        ]  # fmt: skip
        return draw_group_time(paths, ax, lang=lang)

    def _places(self, kind: str, *, balance: int | None = None, window: tuple[float, float] = EVERYTHING) -> list[int]:
        """Return the places of the cells that an average takes."""
        if kind != "event":
            return list(range(len(self.cells)))
        last, limit = max(cell.period for cell in self.cells), window[1]
        long_enough = -np.inf if balance is None else balance
        limit = limit if balance is None else min(limit, balance)
        return [
            place for place, cell in enumerate(self.cells)
            if window[0] <= cell.event_time <= limit and last - cell.cohort >= long_enough
        ]  # fmt: skip

    def _reason(self, places: Sequence[int]) -> str:
        """Return why these cells have no standard error; empty where they have one."""
        used = [place for place in places if not self.cells[place].is_reference]
        if not used:
            return "did_reference"
        if (self.effects.groups[used, :2].min(axis=1) >= 2).any():
            return ""
        alone = self.effects.clusters[1] >= self.effects.counts.sum()
        return "did_single_unit" if alone else "did_single_cluster"

    def _estimate(
        self, name: str, number: tuple[float, float, float], reason: str, *, rows: int, units: int
    ) -> Estimate:
        value, variance, df = map(float, number)
        what: dict[str, Any] = {
            "term": name, "name": coined(name), "n": rows, "clusters": units, "estimand": "att", "method": self.method,
        }  # fmt: skip
        if not reason:
            return t_estimate(
                value, float(np.sqrt(variance)), df=df, conf_level=self.conf_level, floor=self.floor, **what
            )
        none = Unavailable(reason)
        return Estimate(
            estimate=value, std_error=none, df=none, p_value=none, conf_low=none, conf_high=none,
            conf_level=self.conf_level, **what,
        )  # fmt: skip

    def _critical(self, covariance: Floats, reasons: Sequence[str], df: Floats) -> float | Unavailable:
        kept = [place for place, reason in enumerate(reasons) if not reason]
        return Arms.critical(covariance[np.ix_(kept, kept)], df[kept], self.conf_level)


def _restored(kept: dict[str, Any]) -> GroupTime:
    return GroupTime(**kept)
