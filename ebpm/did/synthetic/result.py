"""The result of a synthetic control, and the tests that go with it: other start, one donor less, residuals permuted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.group_time.averages import KINDS
from ebpm.did.joint import Reading
from ebpm.did.synthetic.average import Parts, Tested
from ebpm.did.synthetic.checks import diagnose
from ebpm.did.synthetic.conformal import conformal_of
from ebpm.did.synthetic.draws import Draws, placebos
from ebpm.did.synthetic.fit import Synthetic
from ebpm.did.synthetic.matching import Matching
from ebpm.did.synthetic.rank import Ranks, ranked
from ebpm.did.synthetic.sample import FEWEST_DONORS, FEWEST_PERIODS, Study
from ebpm.did.synthetic.words import Pictured, heaviest, tested_said
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.table import Table
from ebpm.texts import coined, label, method


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Parameters
    ----------
    matching : what donors are weighted by.
    inference : "placebo", "conformal" or "none".
    draws, seed : of placebos.
    conf_level : level of the intervals.
    """

    matching: Matching
    inference: str
    draws: int
    seed: int
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticControl(Pictured):
    """Treated units beside their synthetic controls.

    Parameters
    ----------
    study : the panel.
    fit : gaps and weights, one row a treated unit.
    request : what was asked for.
    draws : gaps of the placebos, or why there are none.
    reading : method, rows, level, notices.
    """

    study: Study
    fit: Synthetic
    request: Request
    draws: Draws | Unavailable
    reading: Reading

    @classmethod
    def of(cls, study: Study, request: Request) -> SyntheticControl:
        """Return the synthetic controls of a study."""
        matching, sample = request.matching, study.sample
        fit = matching.fit(sample)
        draws: Draws | Unavailable = Unavailable("synthetic_not_asked")
        if request.inference == "placebo":
            draws = placebos(sample, matching.fit, draws=request.draws, seed=request.seed)
        notices = diagnose(study, fit, draws, conf_level=request.conf_level, levels=True, names=_names(study))
        reading = Reading(
            method="did.synthetic_control", rows=int(sample.paths.size), clusters=len(sample.paths), df=np.inf, conf_level=request.conf_level,
            notices=notices,
        )  # fmt: skip
        return cls(study=study, fit=fit, request=request, draws=draws, reading=reading)

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.reading.notices

    @property
    def estimates(self) -> Estimates:
        """The gaps by time since treatment, and their mean over all treated unit-periods, the headline "overall"."""
        return self.aggregate("event")

    @property
    def ranks(self) -> Ranks | Unavailable:
        """Where the treated rank among the placebos."""
        if isinstance(self.draws, Unavailable):
            return self.draws
        return Ranks.of(self.fit, self.draws, self.request.conf_level)

    @property
    def rmspe(self) -> float:
        """Root mean squared gap before treatment, in the unit of the outcome."""
        before = 1.0 - self.fit.after
        return float(np.sqrt((self.fit.gaps**2 * before).sum() / before.sum()))

    def aggregate(self, kind: str = "event") -> Estimates:
        """Average the gaps, each treated unit alike.

        Parameters
        ----------
        kind : "simple" (all treated unit-periods), "group" (by cohort), "calendar" (by period) or "event" (by periods since treatment,
            with the gaps before it, to which the weights were fitted).

        Returns
        -------
        The averages in order, then the term "overall", the mean over all treated unit-periods.

        Raises
        ------
        DataError : an unknown `kind`.
        DesignError : conformal inference on units that start in different periods.
        """
        parts = self._parts(kind)
        if self.request.inference == "conformal":
            return self.conformal(kind)
        if isinstance(self.draws, Unavailable):
            return self._estimates(kind, parts, [Tested.lacking(self.draws.reason)] * len(parts.masks))
        return self._estimates(kind, parts, ranked(self.fit, self.draws, parts, self.request.conf_level))

    def conformal(
        self, kind: str = "event", *, scheme: str = "moving_block", draws: int = 2000, seed: int = 20190401
    ) -> Estimates:
        """Test effects by permuting residuals over time, the control fitted anew to all periods under every null.

        Parameters
        ----------
        kind : "simple", "group", "calendar" or "event".
        scheme : of the test of all periods: "moving_block" shifts the residuals, which may depend on each other over time; "iid"
            rearranges them at random. One period alone is ranked among those before treatment.
        draws, seed : of random rearrangements.

        Returns
        -------
        By period the effects not rejected; "overall" the constant effects not rejected in all periods at once. Either is sought
        outwards from the gap. Donors are matched on outcomes; the mean of several treated units is taken as one.

        Raises
        ------
        DataError : an unknown choice.
        DesignError : units that start in different periods.

        Source: Chernozhukov, Wuthrich and Zhu (2021), Journal of the American Statistical Association 116(536).
        """
        parts = self._parts(kind)
        test = conformal_of(self.study, scheme=scheme, draws=draws, seed=seed, conf_level=self.request.conf_level)
        return self._estimates(kind, parts, test.tested(parts), how="did.synthetic_control.conformal")

    def in_time(self, period: int) -> SyntheticControl:
        """Return the synthetic control of the periods before treatment, as if it had begun earlier: a placebo in time.

        Parameters
        ----------
        period : the first of the periods that are taken as treated.

        Raises
        ------
        DataError : a period that is not before treatment, or that leaves fewer than two before it.

        Source: Abadie, Diamond and Hainmueller (2015), American Journal of Political Science 59(2).
        """
        first = int(self.study.sample.cohorts[0])
        known = [int(one) for one in self.study.periods[FEWEST_PERIODS:first]]
        if period not in known:
            raise DataError("synthetic_bad_start", period=period, periods=", ".join(map(str, known)) or "-")
        place = known.index(period) + FEWEST_PERIODS
        lags = tuple(lag for lag in self.request.matching.lags if lag < place)
        if len(lags) < len(self.request.matching.lags):
            raise DataError("synthetic_lag_after", period=period)
        return SyntheticControl.of(self.study.before(place), self.request)

    def leave_one_out(self) -> Estimates:
        """Return the average effect without each of the donors that carry weight, and with all, the headline "overall".

        Raises
        ------
        DesignError : if fewer than three donors are there.

        Source: Abadie, Diamond and Hainmueller (2015), American Journal of Political Science 59(2).
        """
        sample = self.study.sample
        if len(sample.donors) <= FEWEST_DONORS:
            raise DesignError("synthetic_no_donors", donors=len(sample.donors) - 1, treated=len(sample.treated))
        parts = self._parts("simple")
        fits = {"overall": self.fit}
        for place in heaviest(self.fit.unit_weights.max(axis=0)):
            rows = np.flatnonzero(np.arange(len(sample.starts)) != sample.donors[place])
            fits[self.study.donors[place]] = self.request.matching.fit(sample.of(rows, sample.starts[rows]))
        items = tuple(
            self._item(name, float(parts.averages(fit.gaps[None], fit.counts[None])[0][0, -1]),
                       Tested.lacking("synthetic_left_out"))
            for name, fit in fits.items()
        )  # fmt: skip
        return Estimates(items=items, headline_term="overall", notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the average effect, the fit before treatment, and the place among the placebos."""
        lines = [
            self.aggregate("simple").headline.sentence(lang),
            label("synthetic_rmspe", lang, rmspe=f"{self.rmspe:.4g}"),
        ]
        ranks = self.ranks
        if isinstance(ranks, Unavailable):
            return [*lines, ranks.words(lang)] if self.request.inference == "placebo" else lines
        facts = {"ratio": f"{ranks.ratios[0]:.4g}", "place": ranks.place, "count": f"{len(ranks.ratios):,}"}
        said = label("synthetic_rank", lang, **facts, p=f"{ranks.p_value:.4f}")
        return [*lines, said, tested_said(self.aggregate("simple").headline, lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the effects from treatment on with their tests, and the weights."""
        shown = [item for item in self.estimates if item.p_value != Unavailable("synthetic_fitted")]
        records = [
            {"term": item.called(lang), "estimate": item.estimate, "p_value": item.p_value, "conf_low": item.conf_low,
             "conf_high": item.conf_high} for item in shown
        ]  # fmt: skip
        return Table.of(records, method(self.reading.method, lang)), self.unit_weights(lang)

    def _parts(self, kind: str) -> Parts:
        return Parts.of(one_of(kind, KINDS, "kind"), self.fit.starts, self.study.periods)

    def _estimates(self, kind: str, parts: Parts, tested: Sequence[Tested], *, how: str = "") -> Estimates:
        values = parts.averages(self.fit.gaps[None], self.fit.counts[None])[0][0]
        terms = [*map(str, parts.positions), "overall"]
        items = tuple(
            self._item(term, float(value), one, how=how) for term, value, one in zip(terms, values, tested, strict=True)
        )
        return Estimates(
            items=items, headline_term="overall", notices=self.notices, kind="coefficients" if kind == "simple" else kind,
            positions=tuple(map(float, parts.positions)),
        )  # fmt: skip

    def _item(self, term: str, value: float, tested: Tested, *, how: str = "") -> Estimate:
        none = Unavailable("synthetic_no_error")
        return Estimate(
            term=term, name=coined(term), estimate=value, std_error=none, df=none, p_value=tested.p_value, conf_low=tested.conf_low,
            conf_high=tested.conf_high, conf_level=self.request.conf_level, n=self.reading.rows, estimand="att",
            method=how or self.reading.method,
        )  # fmt: skip


def _names(study: Study) -> tuple[str, ...]:
    sample = study.sample
    treated = sample.treated[np.argsort(sample.starts[sample.treated], kind="stable")]
    return tuple(str(study.units[row]) for row in treated)
