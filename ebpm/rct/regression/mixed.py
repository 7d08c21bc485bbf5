"""Random-intercept models of trials by cluster, or of trials in several sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame, one_of
from ebpm.notices import Notice, Notices
from ebpm.rct.cautions import share_notices
from ebpm.rct.checks import design_notices
from ebpm.rct.cluster_estimands import size_notices
from ebpm.rct.regression.adjusted import arm_estimates
from ebpm.rct.regression.pooled import Pooled, read_pooled
from ebpm.shown import Shown
from ebpm.stats.regression.covariance import Covariance
from ebpm.stats.regression.mixed import random_intercept
from ebpm.table import Table, rounded
from ebpm.texts import label, method

LIKELIHOODS = ("REML", "ML")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed(Shown):
    """Effects in a random-intercept model, and how the outcome varies.

    Parameters
    ----------
    estimates : one a non-control arm.
    between, within : variances of the clusters' intercepts and of the rows about them, in the squared unit of the outcome.
    log_likelihood : restricted where the fit is.
    """

    estimates: Estimates
    between: float
    within: float
    log_likelihood: float

    @property
    def icc(self) -> float:
        """Share of the variance, given the covariates, that lies between clusters."""
        return self.between / (self.between + self.within)

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline and the variances in sentences."""
        more = label(
            "rct_mixed_more", lang, between=rounded(self.between), within=rounded(self.within), icc=f"{self.icc:.3g}"
        )
        return [self.estimates.headline.sentence(lang), more]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the table of the effects."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)


def mixed(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    cluster: str,
    covariates: Sequence[str] = (),
    control: object = None,
    strata: str | None = None,
    likelihood: str = "REML",
    conf_level: float = 0.95,
) -> Mixed:
    """Compare arms in a model in which each cluster has an intercept of its own, drawn from a normal distribution.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    cluster : column of the clusters; where arms differ within them they are sites, and people were assigned.
    covariates : columns measured before assignment.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    strata : column of the strata within which units were assigned; dummies enter.
    likelihood : "REML" or "ML".
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `ancova`; if every cluster is one row, or the covariates fit the outcome exactly.

    Formula and source: `ebpm.stats.regression.mixed.random_intercept`; t intervals with Satterthwaite's df.

    Assumptions: intercepts and errors are normal and of equal variance in the arms; neither outcome nor effect goes with the size
    of the cluster: where it does (R115) the estimate is neither the mean over participants nor that over clusters.

    Source: Laird and Ware (1982), Biometrics 38(4); Kahan, Li, Copas and Harhay (2023), International Journal of Epidemiology
    52(1), on informative sizes.

    Examples
    --------
    >>> import pandas as pd
    >>> kwh, school = [1.0, 2, 2, 3, 5, 6, 6, 8, 2, 9], [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]
    >>> trial = pd.DataFrame({"kwh": kwh, "school": school, "arm": [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]})
    >>> found = mixed(trial, "kwh", treatment="arm", cluster="school")
    >>> round(found.estimates.headline.estimate, 2), round(found.icc, 2)
    (5.0, 0.5)
    """
    restricted = one_of(likelihood, LIKELIHOODS, "likelihood") == "REML"
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    one = read_pooled(Frame.of(data), outcome, covariates, columns, across=True)
    fit = random_intercept(
        one.design, one.trial.outcome, codes=one.clusters.codes, contrasts=one.contrasts, restricted=restricted,
        names=one.names,
    )  # fmt: skip
    found = arm_estimates(
        one.trial, fit.coefficients, Covariance(fit.covariance, fit.df, likelihood),
        method=f"rct.mixed_{likelihood.lower()}", conf_level=conf_level, clusters=len(one.clusters),
    )  # fmt: skip
    notices = model_notices(one, outcome, conf_level)
    if fit.between == 0.0:
        notices += Notices((Notice("R118", cluster, MappingProxyType({"clusters": len(one.clusters)})),))
    return Mixed(
        estimates=found.with_notices(notices), between=fit.between, within=fit.within, log_likelihood=fit.log_likelihood
    )


def model_notices(one: Pooled, outcome: str, conf_level: float) -> Notices:
    """Return what a model of clusters must say of its design: R101 ..., R114, R115.

    Parameters
    ----------
    one : trial and columns.
    outcome : name of the outcome.
    conf_level : level of the interval of the difference between estimands.
    """
    trial = one.trial
    alone = trial.clustered and not trial.paired and bool((trial.unit_cells < 2).any())
    sizes = Notices() if alone or np.ptp(np.bincount(trial.unit)) == 0 else size_notices(trial, outcome, conf_level)
    shares = share_notices(trial.unit_cells, trial.arms, outcome)
    return design_notices(trial, outcome, covariates=one.extra) + shares + sizes
