"""Synthetic difference in differences (Arkhangelsky et al. 2021): donors and periods weighted so that trends are parallel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.group_time.averages import KINDS
from ebpm.did.joint import OVERALL, Reading
from ebpm.did.synthetic.average import Parts
from ebpm.did.synthetic.checks import diagnose
from ebpm.did.synthetic.draws import Draws, bootstraps, jackknives, placebos, whole_draws
from ebpm.did.synthetic.fit import Synthetic, Weighting
from ebpm.did.synthetic.sample import Study, read_study
from ebpm.did.synthetic.words import Pictured, draws_said, period_weights, untested
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, one_of
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices
from ebpm.stats.inference import level, t_estimate
from ebpm.table import Table
from ebpm.texts import coined, method

INFERENCES = ("placebo", "jackknife", "bootstrap", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticDid(Pictured):
    """Cohorts beside their synthetic paths.

    Parameters
    ----------
    study : the panel.
    fit : gaps, weights of donors and periods, one row a cohort.
    draws : the estimator on redrawn data, or why there are none.
    reading : method, rows, level, notices.
    """

    study: Study
    fit: Synthetic
    draws: Draws | Unavailable
    reading: Reading

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.reading.notices

    @property
    def estimates(self) -> Estimates:
        """The effects by time since treatment, and their mean over all treated unit-periods, the headline "overall"."""
        return self.aggregate("event")

    def aggregate(self, kind: str = "event") -> Estimates:
        """Average the gaps, each treated unit alike.

        Parameters
        ----------
        kind : "simple" (all treated unit-periods), "group" (by cohort), "calendar" (by period) or "event" (by periods since treatment;
            before it the gaps less their mean weighted by period).

        Returns
        -------
        The averages in order, then the term "overall", whatever the kind the mean over all treated unit-periods: cohorts weigh by
        their units times their treated periods. Normal intervals, one by one; the joint covariance is that of the draws.

        Raises
        ------
        DataError : an unknown `kind`.
        """
        found = Parts.of(one_of(kind, KINDS, "kind"), self.fit.starts, self.study.periods)
        values = found.averages(self.fit.gaps[None], self.fit.counts[None])[0][0]
        rows = self._deviations(found)
        covariance = rows if isinstance(rows, Unavailable) else rows.T @ rows
        items = tuple(
            self._item(
                term, float(value), covariance if isinstance(covariance, Unavailable) else covariance[place, place]
            )
            for place, (term, value) in enumerate(zip([*map(str, found.positions), OVERALL], values, strict=True))
        )
        return Estimates(
            items=items, headline_term=OVERALL, notices=self.notices, kind="coefficients" if kind == "simple" else kind,
            positions=tuple(map(float, found.positions)), covariance=covariance,
            critical_value=Unavailable("synthetic_no_band"),
        )  # fmt: skip

    def _deviations(self, parts: Parts) -> Floats | Unavailable:
        if isinstance(self.draws, Unavailable):
            return self.draws
        return self.draws.deviations(*parts.averages(self.draws.gaps, self.draws.counts))

    def _item(self, term: str, value: float, variance: float | Unavailable) -> Estimate:
        what: dict[str, Any] = {
            "term": term, "name": coined(term), "n": self.reading.rows, "estimand": "att", "method": self.reading.method,
        }  # fmt: skip
        if not isinstance(variance, Unavailable):
            return t_estimate(value, math.sqrt(variance), conf_level=self.reading.conf_level, **what)
        return untested(value, variance, conf_level=self.reading.conf_level, **what)

    def time_weights(self, lang: str | None = None) -> Table:
        """Return the periods that carry weight: cohort, period, weight.

        Parameters
        ----------
        lang : "ja" or "en"; the language in use where None.
        """
        return period_weights(self.fit, self.study, lang)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the average effect, and where its standard error comes from."""
        return [self.aggregate("simple").headline.sentence(lang), draws_said(self.draws, lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the effects by time since treatment, and the weights."""
        caption = method(self.reading.method, lang)
        return self.estimates.table(caption), self.unit_weights(lang), self.time_weights(lang)


def synthetic_did(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    inference: str = "placebo",
    gaps: str = "refuse",
    draws: int = 500,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> SyntheticDid:
    """Compare treated units with donors, weighted so that they move in parallel before treatment, and with weighted periods.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period, every unit in every period; the order of its rows does not matter.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last period where it is
        never treated. Units never treated are the donors.
    covariates : columns that vary over time; what they explain of the untreated outcomes beside unit and period effects is taken
        out first ("projected", Kranz 2022), anew on every draw.
    inference : "placebo" gives the treatment to donors (any number of treated units; errors are as variable among donors as among the
        treated); "jackknife" and "bootstrap" leave out or redraw units (many treated units; not for one); "none".
    gaps : "refuse" a table in which units miss periods, or "drop_units" that do, counted in notice D208.
    draws : of placebos or bootstraps; fewer placebos are all gone through where there are no more.
    seed : of the numpy Generator.
    conf_level : level of the normal intervals.

    Returns
    -------
    SyntheticDid. `estimates` holds the effects by time since treatment and "overall".

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort that changes within a unit, an unknown choice.
    DesignError : no treated unit, fewer than two donors, fewer than two periods before a treatment, missing periods, a number of draws
        below two.

    Formula: for a cohort of N units treated from period T_pre on for T_post periods, unit weights minimise
    sum_t (w0 + sum_j w_j Y_jt - mean Y_t)^2 + zeta^2 T_pre |w|^2 and period weights sum_j (l0 + sum_t l_t Y_jt - mean Y_j,post)^2
    (with a penalty of 1e-6 of the noise), both on the simplex and solved exactly; zeta = (N T_post)^(1/4) times the standard
    deviation of the donors' changes. The effect is the weighted double difference. Cohorts are estimated apart, each against the
    donors, and weighed by N T_post.

    Assumptions: with the weights the untreated outcomes of the treated move as those of the synthetic unit (a factor structure),
    no anticipation, donors untouched by the treatment. The placebo variance takes treated and donors to be equally variable.

    Source: Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111(12), algorithms 1-4 and appendix A;
    Clarke, Pailanir, Athey and Imbens (2024), Stata Journal 24(4).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> paths = {"a": [1, 2, 3, 9], "b": [1, 2, 3, 4], "c": [5, 6, 7, 8], "d": [0, 3, 2, 5]}
    >>> rows = [(city, year, y, 4 if city == "a" else 0) for city, path in paths.items() for year, y in enumerate(path, start=1)]
    >>> table = pd.DataFrame(rows, columns=["city", "year", "y", "start"])
    >>> found = did.synthetic_did(table, "y", unit="city", time="year", first_treated="start")
    >>> round(found.estimates.headline.estimate, 3)
    5.0
    """
    one_of(inference, INFERENCES, "inference")
    study = read_study(
        data,
        outcome,
        unit=unit,
        time=time,
        first_treated=first_treated,
        covariates=named_columns(covariates, "covariates"),
        gaps=gaps,
    )
    weighting = Weighting()
    fit = weighting.fit(study.sample)
    redrawn = _redrawn(study, weighting, fit, inference=inference, draws=whole_draws(draws), seed=seed)
    reading = Reading(
        method="did.synthetic_did", rows=int(study.sample.paths.size), clusters=len(study.sample.paths), df=np.inf, conf_level=level(conf_level),
        notices=diagnose(study, fit, redrawn, conf_level=conf_level, levels=False),
    )  # fmt: skip
    return SyntheticDid(study=study, fit=fit, draws=redrawn, reading=reading)


def _redrawn(
    study: Study, weighting: Weighting, fit: Synthetic, *, inference: str, draws: int, seed: int
) -> Draws | Unavailable:
    if inference == "placebo":
        return placebos(study.sample, weighting.fit, draws=draws, seed=seed)
    if inference == "bootstrap":
        return bootstraps(study.sample, weighting.fit, draws=draws, seed=seed)
    return jackknives(study.sample, fit) if inference == "jackknife" else Unavailable("synthetic_not_asked")
