"""What the analyst chooses of a segmented regression: family, season, errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.its.periods.seasons import Season
from ebpm.moments.frame import one_of

Family = Literal["gaussian", "log_gaussian", "poisson", "negative_binomial", "binomial"]
Lags = int | tuple[int, int] | Literal["automatic", "automatic_unwhitened"] | None

UNCORRECTED = ("newey_west", "newey_west_unadjusted")
CORRECTED = "newey_west_satterthwaite"
SPECTRAL = "quadratic_spectral"
KERNELS = (*UNCORRECTED, CORRECTED, SPECTRAL)
REML = ("reml", "reml_unadjusted")
LIKELIHOODS = (*REML, "ml")
AUTOMATIC = ("automatic", "automatic_unwhitened")
AVERAGED = "reml_averaged"
PRAIS_WINSTEN = ("prais_winsten", "prais_winsten_two_step", "cochrane_orcutt", "cochrane_orcutt_two_step")
ERRORS = {
    "gaussian": (*KERNELS, *LIKELIHOODS, AVERAGED, *PRAIS_WINSTEN, "robust", "ols"),
    "log_gaussian": (*KERNELS, *LIKELIHOODS, AVERAGED, *PRAIS_WINSTEN, "robust", "ols"),
    "poisson": (*KERNELS, "robust", "quasi", "likelihood"),
    "negative_binomial": (*KERNELS, "robust", "quasi", "likelihood"),
    "binomial": (*KERNELS, "robust", "quasi", "likelihood"),
}
UNCORRELATED = ("robust", "ols", "quasi", "likelihood")
COUNTS = ("poisson", "negative_binomial", "binomial")
RECOMMENDED = "recommended"
FEWEST_CORRELATED, FEWEST_RESTRICTED = 12, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the analyst chose.

    Parameters
    ----------
    season : terms of the calendar, as in `season_terms`.
    family : "gaussian" (rate), "log_gaussian" (log rate), "poisson" and "negative_binomial" (counts, log link) or "binomial" (counts
        out of an exposure, logit link).
    errors : how the covariance is estimated.
    lags : of Newey and West, by the rule of thumb where None; the order of the autoregression, 1 where None, or the orders of
        autoregression and moving average.
    """

    season: Season
    family: str
    errors: str
    lags: Lags

    def __post_init__(self) -> None:
        one_of(self.family, tuple(ERRORS), "family")
        one_of(self.errors, (RECOMMENDED, *ERRORS[self.family]), "errors")
        if isinstance(self.lags, str):
            one_of(self.lags, AUTOMATIC, "lags")
        if self.lags in AUTOMATIC and self.errors not in (*UNCORRECTED, SPECTRAL):
            raise DesignError("its_lags_chosen", errors=self.errors, lags=self.lags)
        if isinstance(self.lags, list):
            object.__setattr__(self, "lags", tuple(self.lags))
        if isinstance(self.lags, tuple):
            whole = len(self.lags) == 2 and all(_whole(one) and one >= 0 for one in self.lags)
            if self.errors not in (*LIKELIHOODS, RECOMMENDED) or not whole or not any(self.lags):
                raise DesignError("its_bad_lags", lags=self.lags, errors=self.errors, least=0)
        elif self.lags is not None and self.lags not in AUTOMATIC:
            whole, least = _whole(self.lags), int(self.errors in LIKELIHOODS)
            if not whole or int(self.lags) < least:
                raise DesignError("its_bad_lags", lags=self.lags, errors=self.errors, least=least)

    @property
    def autoregressive(self) -> bool:
        """Whether the errors are modelled as an autoregression."""
        return self.errors in (*LIKELIHOODS, AVERAGED, *PRAIS_WINSTEN)

    @property
    def order(self) -> int:
        """Order of the autoregression."""
        if isinstance(self.lags, tuple):
            return int(self.lags[0])
        return int(self.lags) if isinstance(self.lags, int | np.integer) else 1

    @property
    def moving(self) -> int:
        """Order of the moving average."""
        return int(self.lags[1]) if isinstance(self.lags, tuple) else 0

    @property
    def logarithmic(self) -> bool:
        """Whether effects are differences of logarithms, of odds for the binomial family."""
        return self.family != "gaussian"

    @property
    def counts(self) -> bool:
        """Whether outcomes are counts."""
        return self.family in COUNTS

    def chosen(self, periods: int) -> Settings:
        """Return the settings with the errors that are recommended for so many periods, where that was asked for.

        See `recommended_errors`; where an order of the autoregression above one was asked for, "reml" from 12 periods on.
        """
        if self.errors != RECOMMENDED:
            return self
        errors = CORRECTED if self.counts else recommended_errors(periods)
        longer = self.order > 1 or isinstance(self.lags, tuple)
        return replace(self, errors="reml" if errors == AVERAGED and longer else errors)


def recommended_errors(periods: int) -> str:
    """Return the errors that are recommended for a Gaussian series of so many periods.

    "ols" below 12, where no autocorrelation can be estimated; "reml_averaged" below 24; "reml" from 24 on. In simulated series of 12
    to 20 periods with autocorrelations up to 0.6, intervals of "reml" cover .92 to .97, but those of a slope change are so wide as to
    say nothing (medians of 2 to 1,000 standard deviations a period); those of "reml_averaged" cover .92 to .99, a third as wide and
    less, and notice I333 says when they cover too much and when too little. From 24 on "reml" holds its level at every autocorrelation, and is no wider where there is little of it.

    Source: Turner et al. (2021), BMC Medical Research Methodology 21, for 12; docs/coverage.md for the rest.
    """
    if periods < FEWEST_CORRELATED:
        return "ols"
    return AVERAGED if periods < FEWEST_RESTRICTED else "reml"


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def read_margin(margin: Any) -> float:
    """Return the smallest change that matters.

    Raises
    ------
    DataError : if it is not a number of zero or more.
    """
    if isinstance(margin, bool) or not isinstance(margin, int | float | np.number) or not 0.0 <= margin < math.inf:
        raise DataError("its_bad_margin", margin=margin)
    return float(margin)
