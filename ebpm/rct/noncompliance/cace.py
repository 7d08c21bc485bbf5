"""The effect of taking part on those who took part because they were assigned to: two-stage least squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats, Frame
from ebpm.notices import Notice, Notices
from ebpm.rct.cautions import correction_notices
from ebpm.rct.checks import design_notices
from ebpm.rct.regression.adjusted import error_kind, row_covariance
from ebpm.rct.regression.pooled import exogenous
from ebpm.rct.trial import Trial, read_trial
from ebpm.shown import Shown
from ebpm.stats.inference import level, quantile, t_estimate
from ebpm.stats.regression.covariance import clustered
from ebpm.stats.regression.least_squares import Fit, least_squares
from ebpm.table import Table, rounded
from ebpm.texts import label, method

if TYPE_CHECKING:
    import pandas as pd

WEAK = 10.0
NOTHING = 1e-10
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cace(Shown):
    """The effect on compliers and what it rests on.

    Parameters
    ----------
    effect : of one unit of the treatment received, on those whom assignment moved.
    itt : of assignment on the outcome, by the same regression.
    first_stage : of assignment on the treatment received.
    anderson_rubin : the values of the effect that the Anderson-Rubin test does not reject, as one interval or two.
    notices : what the guard rails found.
    """

    effect: Estimate
    itt: Estimate
    first_stage: Estimate
    anderson_rubin: tuple[Interval, ...]
    notices: Notices

    @property
    def first_stage_f(self) -> float:
        """Robust F of the first stage."""
        return float(self.first_stage.statistic) ** 2  # type: ignore[arg-type]

    @property
    def estimates(self) -> Estimates:
        """The effect on compliers, and the effect of assignment."""
        return Estimates(items=(self.effect, self.itt), headline_term=self.effect.term, notices=self.notices)

    def tidy(self) -> pd.DataFrame:
        """Return the effect on compliers, that of assignment, and the first stage, one a row."""
        return self._three.tidy()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return effect, first stage, and the interval that weak instruments do not hurt."""
        spans = label("rct_or", lang).join(f"[{_end(low)}, {_end(high)}]" for low, high in self.anderson_rubin)
        more = label(
            "rct_cace_more", lang, share=f"{self.first_stage.estimate:.3g}", f=f"{self.first_stage_f:,.1f}", spans=spans,
            level=f"{100 * self.effect.conf_level:g}",
        )  # fmt: skip
        return [self.effect.sentence(lang), self.itt.sentence(lang), more]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the effect on compliers, that of assignment, and the first stage."""
        return (self._three.table(method(self.effect.method, lang)),)

    @property
    def _three(self) -> Estimates:
        return replace(self.estimates, items=(self.effect, self.itt, self.first_stage))


def cace(
    data: Any,
    outcome: str,
    *,
    delivered: str,
    assigned: str,
    covariates: Sequence[str] = (),
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    errors: str = "design",
    conf_level: float = 0.95,
) -> Cace:
    """Estimate the effect of the treatment received on those who received it because they were assigned to it.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    delivered : column of the treatment received: 1 and 0, or a dose.
    assigned : column of the assigned arm, of two arms.
    covariates : columns measured before assignment; they enter both stages as they are.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned; dummies enter both stages.
    errors : as in `lin`: "design" is HC2 with n - k df; clustered, CR2 with Satterthwaite's df.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : if there are more than two arms, if assignment did not move what was received, and as `difference_in_means`.

    Formula: two-stage least squares; residuals y - Xb, leverages of the projected regressors, HC2 with n - k df, or CR2 with
    Satterthwaite's df. First-stage F: the square of its t, with the same errors; of one instrument this is the effective F of
    Montiel Olea and Pflueger. The Anderson-Rubin set holds the effects b for
    which assignment does not move y - b d at the level: (r - b p)^2 <= t^2 Var(r - b p), r and p the effects on y and d.

    Assumptions: assignment was random and acts on the outcome through the treatment alone (exclusion); it moves nobody away from
    the treatment (monotonicity).

    Source: Angrist, Imbens and Rubin (1996), JASA 91(434); Anderson and Rubin (1949), Annals of Mathematical Statistics 20(1);
    Staiger and Stock (1997), Econometrica 65(3), and Montiel Olea and Pflueger (2013), JBES 31(3), for weak instruments.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"y": [3.0, 4, 8, 9, 2, 4, 3, 5], "got": [0, 0, 1, 1, 0, 0, 0, 0], "arm": [1, 1, 1, 1, 0, 0, 0, 0]})
    >>> round(cace(trial, "y", delivered="got", assigned="arm").effect.estimate, 6)
    5.0
    """
    frame = Frame.of(data)
    trial = read_trial(frame, outcome, treatment=assigned, control=control, cluster=cluster, strata=strata)
    if len(trial.arms) > 2:
        raise DesignError("rct_two_arms_only", column=assigned, arms=", ".join(trial.arms))
    received = frame.numbers(delivered, "delivered")
    extra, names = exogenous(trial, frame.matrix(covariates, "covariates"), covariates)
    kind = error_kind(trial, "HC2" if errors == "design" and not trial.clustered else errors)
    stages = _stages(trial, received, extra, (assigned, *names), kind)
    if abs(stages.first.value) <= NOTHING * float(np.abs(received).max(initial=0.0)):
        raise DesignError("rct_no_first_stage", delivered=delivered, assigned=assigned)
    effect = _second(trial, received, stages.fitted, extra, names=(delivered, *names), kind=kind)
    about = _About(trial, kind, conf_level)
    return Cace(
        effect=about.estimate(effect, delivered, "late"),
        itt=about.estimate(stages.reduced, assigned, "itt"),
        first_stage=about.estimate(stages.first, assigned, "take_up"),
        anderson_rubin=_accepted(stages, quantile(0.5 + level(conf_level) / 2, stages.first.df)),
        notices=design_notices(trial, outcome, covariates=extra.shape[1] - 1)
        + _weak(stages.first, delivered, assigned)
        + correction_notices(trial, kind, strata),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A coefficient, its standard error and degrees of freedom."""

    value: float
    error: float
    df: float


@dataclass(frozen=True, slots=True)
class _About:
    """What the three estimates share."""

    trial: Trial
    kind: str
    conf_level: float

    def estimate(self, part: _Part, term: str, estimand: str) -> Estimate:
        """Return a coefficient with its interval."""
        method = "cace" if estimand == "late" else "assigned"
        return t_estimate(
            part.value, part.error, df=part.df, conf_level=self.conf_level, term=term, n=self.trial.n,
            clusters=self.trial.units if self.trial.clustered else 0, estimand=estimand, method=f"rct.{method}_{self.kind.lower()}",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Stages:
    """Assignment in the regressions of the outcome and of the treatment received, their covariance, the fitted treatment."""

    reduced: _Part
    first: _Part
    covariance: float
    fitted: Floats


def _stages(trial: Trial, received: Floats, exogenous: Floats, names: tuple[str, ...], kind: str) -> _Stages:
    design = np.column_stack([(trial.arm == 1).astype(np.float64), exogenous])
    spread, dose = float(trial.outcome.std()), float(received.std()) or 1.0
    outcome, treatment = (trial.outcome - trial.outcome.mean()) / spread, received / dose
    fits = [least_squares(design, column, names=names) for column in (outcome, treatment, outcome + treatment)]
    parts = [_part(trial, fit, unit, kind) for fit, unit in zip(fits, (spread, dose, 1.0), strict=True)]
    shares = (parts[0].error / spread) ** 2, (parts[1].error / dose) ** 2, parts[2].error ** 2
    covariance = (shares[2] - shares[0] - shares[1]) / 2 * spread * dose
    return _Stages(parts[0], parts[1], covariance, fits[1].fitted * dose)


def _second(
    trial: Trial, received: Floats, fitted: Floats, exogenous: Floats, *, names: tuple[str, ...], kind: str
) -> _Part:
    outcome = trial.outcome - trial.outcome.mean()
    fit = least_squares(np.column_stack([fitted, exogenous]), outcome, names=names)
    residuals = outcome - np.column_stack([received, exogenous]) @ fit.coefficients
    return _part(trial, replace(fit, residuals=residuals), 1.0, kind)


def _part(trial: Trial, fit: Fit, unit: float, kind: str) -> _Part:
    first = np.eye(1, len(fit.coefficients))
    if trial.clustered:
        found = clustered(fit, trial.unit, kind=kind, contrasts=first)
    else:
        found = row_covariance(fit, kind, first)
    return _Part(float(fit.coefficients[0]) * unit, float(found.std_errors[0]) * unit, float(found.df[0]))


def _weak(first: _Part, delivered: str, assigned: str) -> Notices:
    f = (first.value / first.error) ** 2 if first.error > 0 else math.inf
    facts = {"f": f"{f:.1f}", "least": f"{WEAK:g}", "delivered": delivered}
    return Notices((Notice("R113", assigned, MappingProxyType(facts)),)) if f < WEAK else Notices()


def _accepted(stages: _Stages, critical: float) -> tuple[Interval, ...]:
    """The roots of (r - b p)^2 = critical^2 (Var r - 2 b Cov + b^2 Var p), and on which side of them the set lies."""
    reduced, first = stages.reduced, stages.first
    square = first.value**2 - (critical * first.error) ** 2
    middle = reduced.value * first.value - critical**2 * stages.covariance
    spread = middle**2 - square * (reduced.value**2 - (critical * reduced.error) ** 2)
    if square == 0.0 or spread <= 0.0:
        return ((-math.inf, math.inf),)
    low, high = sorted((middle + sign * math.sqrt(spread)) / square for sign in (-1.0, 1.0))
    return ((low, high),) if square > 0.0 else ((-math.inf, low), (high, math.inf))


def _end(value: float) -> str:
    return rounded(value)
