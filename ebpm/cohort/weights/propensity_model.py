"""The chance of being treated given covariates, fitted by logistic regression, and the weights that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.cohort.subjects import Subjects
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, one_of
from ebpm.stats.regression.glm import GLMFit, logit
from ebpm.stats.regression.stacked import Nuisance, Weights

ESTIMANDS = ("ate", "att", "atc", "ato")


def _ones(chances: Any) -> Any:
    return chances * 0.0 + 1.0


def _zeros(chances: Any) -> Any:
    return chances * 0.0


@dataclass(frozen=True, slots=True)
class Tilt:
    """The population that an estimand is about: h(e), the chance e of treatment, which weighs each person of the sample; e as an array or as
    an expression of a column.

    Parameters
    ----------
    treated, untreated : weights h / e of the treated and h / (1 - e) of the untreated.
    d_treated, d_untreated : derivatives of their logarithms by the linear predictor of e.
    target : g, equal to h in expectation, known of each person: 1, the treatment A, 1 - A, or e (1 - e).
    d_target : derivative of g by the linear predictor.

    Source: Li, Morgan and Zaslavsky (2018), Journal of the American Statistical Association 113(521), table 1.
    """

    treated: Callable[[Any], Any]
    untreated: Callable[[Any], Any]
    d_treated: Callable[[Any], Any]
    d_untreated: Callable[[Any], Any]
    target: Callable[[Any, Any], Any]
    d_target: Callable[[Any], Any]


TILTS = MappingProxyType({
    "ate": Tilt(
        lambda e: 1.0 / e, lambda e: 1.0 / (1.0 - e), lambda e: e - 1.0, lambda e: e, lambda e, _: _ones(e), _zeros,
    ),
    "att": Tilt(_ones, lambda e: e / (1.0 - e), _zeros, _ones, lambda _, treated: treated, _zeros),
    "atc": Tilt(
        lambda e: (1.0 - e) / e, _ones, lambda e: 0.0 - _ones(e), _zeros, lambda _, treated: 1.0 - treated, _zeros,
    ),
    "ato": Tilt(
        lambda e: 1.0 - e, lambda e: e, lambda e: 0.0 - e, lambda e: 1.0 - e, lambda e, _: e * (1.0 - e),
        lambda e: e * (1.0 - e) * (1.0 - 2.0 * e),
    ),
})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PropensityModel:
    """Fitted chances of treatment.

    Parameters
    ----------
    subjects : those in the fit, n of them.
    kept : who of the N given is among them, shape (N,).
    fit : the logistic regression of the treatment on a constant and the covariates.
    all_chances : of all N before anybody was left out, shape (N,).
    """

    subjects: Subjects
    kept: NDArray[np.bool_]
    fit: GLMFit
    all_chances: Floats

    @property
    def chances(self) -> Floats:
        """Of those in the fit, shape (n,)."""
        return self.fit.fitted

    @property
    def influence(self) -> Floats:
        """Of each row on the coefficients, shape (n, k)."""
        return self.fit.scores @ self.fit.bread

    def weights(self, estimand: str, *, stabilised: bool = False, truncate: float = 0.0) -> Weights:
        """Return the weights of an estimand, without the sampling weights.

        Parameters
        ----------
        estimand : "ate", "att", "atc" or "ato" (the overlap population).
        stabilised : whether the weights of each arm are multiplied by its share; this changes no mean of an arm.
        truncate : share of the weights at either end that are set to the quantile there; below one half.
        """
        tilt, chances, treated = TILTS[one_of(estimand, ESTIMANDS, "estimand")], self.chances, self.subjects.treated
        values = np.where(treated == 1.0, tilt.treated(chances), tilt.untreated(chances))
        slope = np.where(treated == 1.0, tilt.d_treated(chances), tilt.d_untreated(chances))
        if truncate:
            low, high = np.quantile(values, [truncate, 1.0 - truncate])
            slope = np.where((values < low) | (values > high), 0.0, slope)
            values = np.clip(values, low, high)
        found = Weights(values, (Nuisance(slope[:, None] * self.subjects.terms.design, self.influence),))
        return found.times(self._shares()) if stabilised else found

    def _shares(self) -> Weights:
        treated, base = self.subjects.treated, self.subjects.base
        share = float(base @ treated / base.sum())
        sensitivity = np.where(treated == 1.0, 1.0 / share, -1.0 / (1.0 - share))[:, None]
        influence = (base * (treated - share) / base.sum())[:, None]
        return Weights(np.where(treated == 1.0, share, 1.0 - share), (Nuisance(sensitivity, influence),))


def fit_propensity(subjects: Subjects, *, trim: float = 0.0) -> PropensityModel:
    """Fit the chances of treatment, and once more without those whose chance lies outside [trim, 1 - trim].

    Parameters
    ----------
    subjects : who was treated, with which covariates.
    trim : least chance of being treated, and of not being treated; below one half.

    Raises
    ------
    DesignError : if covariates are collinear or tell exactly who was treated, or if trimming leaves too few.

    Source: Crump, Hotz, Imbens and Mitnik (2009), Biometrika 96(1); fitting again after Li, Thomas and Li (2019), American Journal
    of Epidemiology 188(1).
    """
    first = _fitted(subjects)
    kept = np.ones(subjects.n, dtype=np.bool_)
    if not trim:
        return PropensityModel(subjects, kept, first, first.fitted)
    kept = (first.fitted >= trim) & (first.fitted <= 1.0 - trim)
    left = subjects.treated[kept]
    if min(left.sum(), len(left) - left.sum()) < 2:
        raise DesignError(
            "cohort_trimmed_away", trim=trim, treated=int(left.sum()), untreated=int(len(left) - left.sum())
        )
    inside = subjects.of_rows(kept)
    return PropensityModel(inside, kept, _fitted(inside), first.fitted)


def _fitted(subjects: Subjects) -> GLMFit:
    try:
        return logit(subjects.treated, subjects.terms.design, weights=subjects.base)
    except DesignError as error:
        if error.code == "glm_separation":
            raise DesignError("cohort_separation", covariates=", ".join(subjects.terms.names)) from error
        if error.code == "glm_collinear":
            place = int(str(error.facts["column"])) - 2
            name = subjects.terms.names[place] if place >= 0 else "1"
            raise DesignError("cohort_collinear", column=name, columns=", ".join(subjects.terms.names)) from error
        raise
