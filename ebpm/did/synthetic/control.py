"""Synthetic control (Abadie, Diamond and Hainmueller 2010): the treated unit beside a weighted mean of donors that resembles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ebpm.did.synthetic.draws import whole_draws
from ebpm.did.synthetic.matching import read_matching
from ebpm.did.synthetic.result import Request, SyntheticControl
from ebpm.did.synthetic.sample import read_study
from ebpm.moments.frame import one_of
from ebpm.moments.naming import named_columns
from ebpm.stats.inference import level

INFERENCES = ("placebo", "conformal", "none")


def synthetic_control(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    predictors: Sequence[str] = (),
    lags: Sequence[int] = (),
    importance: str | Mapping[str, float] = "equal",
    penalty: float = 0.0,
    inference: str = "placebo",
    gaps: str = "refuse",
    draws: int = 500,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> SyntheticControl:
    """Compare each treated unit with the weighted mean of donors that was most like it before treatment.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period, every unit in every period; the order of its rows does not matter.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last period where it is
        never treated. Units never treated are the donors.
    predictors : columns matched by their mean over the periods before treatment.
    lags : periods before treatment whose outcome is matched too. Without predictors and lags every outcome before treatment is matched.
    importance : of predictors and lags, each in units of its standard deviation over donors and the treated unit: "equal"; "nested",
        sought so that the outcomes before treatment fit best (no convex problem: a local minimum from equal importance on, slow
        with placebos); or a mapping from name or period to a number, zero for those that it does not name.
    penalty : weight of the squared distance of each donor from the treated unit (Abadie and L'Hour 2021), zero or more.
    inference : "placebo" gives the treatment to the donors; "conformal" permutes residuals over time (one starting period); "none".
    gaps : "refuse" a table in which units miss periods, or "drop_units" that do, counted in notice D208.
    draws : of placebos, where more than so many sets of donors could take the place of the treated; all are gone through otherwise.
    seed : of the numpy Generator.
    conf_level : level of the intervals.

    Returns
    -------
    SyntheticControl. `estimates` holds the gaps by time since treatment and "overall", their mean over all treated unit-periods.
    It carries no standard error. Its p value is the place of RMSPE after / RMSPE before treatment among those of the placebos, of
    which the interval is the inversion over constant effects; by period it is the place of |gap| / RMSPE before treatment.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort that changes within a unit, an unknown choice,
        a lag that is no period before treatment, a negative penalty or importance.
    DesignError : no treated unit, fewer than two donors, fewer than two periods before a treatment, missing periods, a number of draws
        below two.

    Formula: w = argmin over w >= 0, sum w = 1 of |x_1 - X_0 w|^2 (in the metric of the importance), solved exactly; where several w
    fit as well, the most even is taken and notice D237 gives the range of effects. Gaps are y_1t - sum_j w_j y_jt. Several
    treated units have a control each.

    Assumptions: the untreated outcome of the treated unit lies within reach of the donors' (no extrapolation; donors far from it in
    opposite directions interpolate badly), no anticipation, donors untouched by the treatment (no spillover) and by events of
    their own. Placebo p values take every unit to be as likely to be treated.

    Source: Abadie, Diamond and Hainmueller (2010), Journal of the American Statistical Association 105(490); Firpo and Possebom
    (2018), Journal of Causal Inference 6(2); Chernozhukov, Wuthrich and Zhu (2021), Journal of the American Statistical
    Association 116(536); Abadie and L'Hour (2021), Journal of the American Statistical Association 116(536).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> paths = {"a": [1, 2, 3, 9], "b": [0, 1, 2, 3], "c": [4, 5, 6, 7], "d": [9, 3, 2, 5]}
    >>> rows = [(city, year, y, 4 if city == "a" else 0) for city, path in paths.items() for year, y in enumerate(path, start=1)]
    >>> table = pd.DataFrame(rows, columns=["city", "year", "y", "start"])
    >>> found = did.synthetic_control(table, "y", unit="city", time="year", first_treated="start")
    >>> round(found.estimates.headline.estimate, 6)
    5.0
    """
    one_of(inference, INFERENCES, "inference")
    study = read_study(
        data,
        outcome,
        unit=unit,
        time=time,
        first_treated=first_treated,
        covariates=named_columns(predictors, "predictors"),
        gaps=gaps,
    )
    matching = read_matching(
        predictors, lags, importance=importance, penalty=penalty, periods=study.periods,
        first=int(study.sample.cohorts[0]),
    )  # fmt: skip
    request = Request(matching, inference, whole_draws(draws), seed, level(conf_level))
    return SyntheticControl.of(study, request)
