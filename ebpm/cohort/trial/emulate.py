"""A target trial analysed as it was declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.trial.declaration import TargetTrial, read_trial
from ebpm.cohort.trial.person_time import PersonTime, person_time
from ebpm.cohort.trial.weighted_time import cloned, switching
from ebpm.cohort.weights.effects import ratio_sentence
from ebpm.cohort.weights.iptw_survival import iptw_survival
from ebpm.cohort.weights.survival_effects import RATIOS
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
from ebpm.moments.naming import named_column
from ebpm.moments.terms import columns_of, terms_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import LANGUAGES, Words, label, speaking

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class Emulation(Shown):
    """An emulated trial.

    Parameters
    ----------
    person_time : the declaration, the flow of persons, and their person-time.
    estimates : effects of the strategies.
    curves : weighted cumulative incidence under either, the untreated first; none where treatment varies in time.
    diagnostics : what shows whether the weights did their work: balance, weights.
    """

    person_time: PersonTime = field(repr=False)
    estimates: Estimates
    curves: tuple[Curve, ...] = field(repr=False, default=())
    diagnostics: tuple[Shown, ...] = field(repr=False, default=())

    @property
    def quantity(self) -> str:
        """What the curves show."""
        return "risk"

    @property
    def horizon(self) -> float:
        """Days from the beginning of the comparison to the end of follow-up."""
        return float(self.person_time.trial.horizon)

    @property
    def time(self) -> str:
        """What the curves run over."""
        return label("cohort_days")

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what it is, the flow, the headline, the ratios, and what the weights did."""
        ratios = [ratio_sentence(self.estimates[term], lang) for term in RATIOS if term in self.estimates.terms]
        parts = [line for one in self.diagnostics for line in one.lines(lang)]
        head = [label("cohort_not_a_trial", lang), *self.person_time.lines(lang)]
        return [*head, self.estimates.headline.sentence(lang), *ratios, *parts]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the estimates, the flow, the protocol, and those of the weights."""
        parts = tuple(table for one in self.diagnostics for table in one.tables(lang))
        estimates = self.estimates.table(label("cohort_estimates_caption", lang))
        return estimates, *self.person_time.tables(lang), *parts

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the risks of both strategies; where there are none, the flow."""
        from ebpm.figures.survival import draw_horizon

        if not self.curves:
            return self.person_time.draw(ax, lang)
        arms = zip(self.curves, self.person_time.trial.arms, strict=True)
        named = replace(self, curves=tuple(replace(curve, label=arm.words(lang)) for curve, arm in arms))
        with speaking(lang):
            return draw_horizon(named, ax, lang=lang)


def emulate(
    data: Any,
    outcome: str,
    *,
    trial: TargetTrial | Mapping[str, Any] | str | Path,
    covariates: str | Sequence[str],
    cluster: str | None = None,
    trim: float = 0.0,
    truncate: float = 0.0,
    conf_level: float = 0.95,
) -> Emulation:
    """Analyse a target trial as declared: person-time from dates, weights from covariates, effects at the end of follow-up.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person, with dates.
    outcome : column of the date of the outcome, that of the declaration.
    trial : the declaration, its parts as a mapping, or the path of a YAML file.
    covariates : columns known at time zero that explain who begins treatment; "age^2", "C(ward)" and "age:sex" are understood.
    cluster : column of clusters of persons (hospitals).
    trim, truncate : as in `iptw`; only for the landmark and the naive analysis.
    conf_level : level of the intervals.

    Returns
    -------
    Emulation : landmark and clones: risk difference at the end of follow-up (the headline), log risk ratio, difference in
        restricted mean times, log hazard ratio, risks and mean times of both strategies; treatment that varies in time: the
        log hazard ratio. Times in days since the comparison begins.

    Raises
    ------
    SpecError : with everything that is wrong in the declaration.
    DataError, DesignError : as `person_time` and `iptw_survival`; also if the outcome is not that of the declaration, if the
        beginning of treatment cannot be modelled, or if weights are to be trimmed that follow a history.

    Landmark (and naive): `iptw_survival` on the arms by that day. Clones: a pooled logistic regression of beginning treatment in
    steps of time on covariates gives h; a clone that shall not begin weighs 1 / product of (1 - h) over its past steps, one that
    shall begin weighs 1, and 1 / h if she begins in the last step of the grace period. Varying treatment: the inverse chance of one's
    own history, stabilised by the same model without covariates, in a Cox regression on treatment alone. Where `lost` is weighted, both
    also weigh 1 / product of (1 - c) over past steps, c the chance of leaving in a step given covariates and whether treatment had
    begun, stabilised by treatment alone where it varies. `changes` enter h and c as 0 or 1, as they were when the step began.
    Standard errors stack the scores of all these models and sum over persons (clusters).

    Assumptions: no unmeasured confounding of the beginning of treatment given covariates at time zero and `changes`; everybody could
    begin and wait; observation ends regardless of the outcome given the strategy, or where `lost` is weighted given all these too;
    steps are short enough that what happens within one does not matter.

    Source: Hernán and Robins (2016), American Journal of Epidemiology 183(8); Hernán (2018), BMJ 360:k182; Cain et al. (2010),
    International Journal of Biostatistics 6(2); Hernán, Brumback and Robins (2000), Epidemiology 11(5); Robins and Finkelstein (2000),
    Biometrics 56(3).

    Examples
    --------
    >>> import pandas as pd
    >>> patients = pd.DataFrame({
    ...     "pid": range(16), "day": [0] * 16, "rehab": [5, 9, None, None] * 4, "old": [0, 1] * 8,
    ...     "back": [90, None, 40, 120, None, 200, 300, None] * 2,
    ... })
    >>> trial = {
    ...     "person": "pid", "time_zero": "day", "follow_up": {"days": 365}, "outcome": {"date": "back", "text": "readmission"},
    ...     "treatment": {"started": "rehab", "handling": "landmark", "days": 30, "treated": "yes", "untreated": "no"},
    ... }
    >>> found = emulate(patients, "back", trial=trial, covariates=["old"])
    >>> round(found.estimates["risk_difference"].estimate, 6)
    -0.25
    """
    declared, frame = read_trial(trial), Frame.of(data)
    if outcome != declared.outcome.date:
        raise DesignError("cohort_other_outcome", outcome=outcome, declared=declared.outcome.date)
    used = [] if cluster is None else [named_column(cluster, "cluster")]
    keep = tuple(dict.fromkeys([*columns_of(frame, covariates), *used]))
    built = person_time(frame, declared, keep=[name for name in keep if name != declared.person])
    handling = declared.treatment.handling
    if handling in {"landmark", "naive"}:
        return _at_one_time(built, covariates, cluster=cluster, trim=trim, truncate=truncate, conf_level=conf_level)
    if trim or truncate:
        raise DesignError("cohort_no_trimming", handling=handling, trim=trim, truncate=truncate)
    inside = frame.rows(np.isin(np.arange(len(frame)), built.timeline.rows))
    terms = terms_of(inside, covariates)
    clusters = None if cluster is None else inside.codes(cluster, "cluster").codes
    if handling == "time_varying":
        return Emulation(built, _said(switching(built, terms, clusters, conf_level=conf_level), built))
    found, curves, weighting = cloned(built, terms, clusters, conf_level=conf_level)
    return Emulation(built, _said(found, built), curves, (weighting,))


def _at_one_time(
    built: PersonTime,
    covariates: str | Sequence[str],
    *,
    cluster: str | None,
    trim: float,
    truncate: float,
    conf_level: float,
) -> Emulation:
    trial = built.trial
    kinds = {1: "outcome", 2: "competing"} if (built.spells.event == 2).any() else {1: "outcome"}
    arms = tuple(arm.words() for arm in trial.arms)
    found = iptw_survival(
        built.frame.assign(treated=built.frame["treated"].map(dict(enumerate(arms)))), "stop", event="event", events=kinds,
        cause="outcome", treatment="treated", control=arms[0], covariates=covariates, horizon=trial.horizon, estimand=trial.estimand, cluster=cluster, trim=trim, truncate=truncate, conf_level=conf_level,
        loss_steps=float(trial.follow_up.interval) if trial.follow_up.lost == "weighted" else 0.0,
    )  # fmt: skip
    method = f"cohort.{trial.treatment.handling}"
    estimates = replace(found.estimates, items=tuple(replace(one, method=method) for one in found.estimates))
    parts = (found.weighted.balance, replace(found.weighted.weighting, arms=trial.arms))
    return Emulation(built, _said(estimates, built), found.curves, parts)


def _said(estimates: Estimates, built: PersonTime) -> Estimates:
    """With what the dates say against the analysis, and the means by the names of the strategies."""
    arms = dict(zip(("untreated", "treated"), built.trial.arms, strict=True))
    named: dict[str, Words] = {
        f"{kind}_{arm}": {lang: label(f"cohort_{kind}_{arm}", lang, arm=name.words(lang)) for lang in LANGUAGES}
        for kind in ("risk", "rmst") for arm, name in arms.items()
    }  # fmt: skip
    units: dict[str, Words] = {"log": _words("cohort_unit_log"), "rmst": _words("cohort_unit_days")}
    items = tuple(replace(one, unit=units.get(one.term.partition("_")[0], one.unit)) for one in estimates.named(named))
    return replace(estimates, items=items).with_notices(built.notices)


def _words(code: str) -> dict[str, str]:
    return {str(lang): label(code, lang) for lang in LANGUAGES}
