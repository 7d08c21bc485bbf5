"""Interrupted time series of 200 points: all methods together, a forecast with its impact beside CausalPy and tfcausalimpact, power.

`python benchmarks/its.py`, or with some contestants alone: `python benchmarks/its.py impact_ebpm causalpy`, since CausalPy and tfcausalimpact
each need an environment of their own (ebpm goes into CausalPy's). The series has one control and 140 points before the intervention, as the peers' papers have it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count

import contest
import numpy as np
import pandas as pd

BEFORE, POINTS = 140, 200
JOBS = {
    "All methods on a series of 200 points": ("all_methods_ebpm",),
    "Impact by a structural forecast with a control, 200 points": ("impact_ebpm", "causalpy", "tfcausalimpact"),
    "Structural forecast by maximum likelihood, 200 points": ("maximum_ebpm", "statsmodels"),
    "Power of a series of 200 points, 1,000 draws": ("power_ebpm",),
}
ERRORS = (
    "ols",
    "robust",
    "newey_west",
    "newey_west_satterthwaite",
    "prais_winsten",
    "cochrane_orcutt",
    "reml",
    "reml_averaged",
)
FAMILIES = ("poisson", "negative_binomial", "binomial")
GIVEN = {"time": "t", "intervention": BEFORE}
Job = Callable[[], str]


def series(points: int) -> pd.DataFrame:
    """Return a synthetic series: a control that wanders, and an effect of 1.2 from period 140 on."""
    rng = np.random.default_rng(20190401)
    control = 100.0 + np.cumsum(rng.normal(size=points)) * 0.3
    y = 20.0 + 1.2 * control + rng.normal(size=points) + 1.2 * (np.arange(points) >= BEFORE)
    return pd.DataFrame({"t": np.arange(points), "y": y, "x": control, "count": np.round(y), "all": 500})


def all_methods_ebpm(points: int) -> Job:
    from ebpm import its

    data = series(points)

    def job() -> str:
        found = [its.segmented(data, "y", errors=one, **GIVEN) for one in ERRORS]
        found += [its.segmented(data, "count", exposure="all", family=one, **GIVEN) for one in FAMILIES]
        found += [its.arima(data, "y", covariates=["x"], likelihood=one, **GIVEN) for one in ("maximum", "restricted")]
        found += [its.structural(data, "y", controls=["x"], **GIVEN), its.structural(data, "y", **GIVEN)]
        seen = [one.estimates.headline.estimate for one in found] + [
            one.impact().estimates.headline.estimate for one in found
        ]
        found[0].bootstrap()
        its.change_point(data, "y", **GIVEN)
        return f"{len(seen)} numbers, {sum(seen):.6f}"

    return job


def impact_ebpm(points: int) -> Job:
    return _structural(points, "averaged")


def maximum_ebpm(points: int) -> Job:
    return _structural(points, "maximum")


def _structural(points: int, likelihood: str) -> Job:
    from ebpm import its

    data = series(points)

    def job() -> str:
        found = its.structural(data, "y", controls=["x"], likelihood=likelihood, **GIVEN).impact()
        found.pointwise, found.cumulative  # noqa: B018
        return found.estimates["mean_effect"].sentence("en")

    return job


def power_ebpm(points: int) -> Job:
    from ebpm import its

    design, seeds = its.SeriesDesign(periods=points, autocorrelation=0.3), count(1)
    return lambda: f"power {its.power(design, 1.0, seed=next(seeds)).powers[0]:.3f}"  # drawn series are kept for a seed


def statsmodels(points: int) -> Job:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    data = series(points)

    def job() -> str:
        model = UnobservedComponents(data.y[:BEFORE].to_numpy(), "llevel", exog=data.x[:BEFORE].to_numpy())
        found = model.fit(disp=0).get_forecast(points - BEFORE, exog=data.x[BEFORE:].to_numpy())
        found.conf_int()
        return f"mean effect {(data.y[BEFORE:] - found.predicted_mean).mean():.4f}"

    return job


def causalpy(points: int) -> Job:
    import causalpy as cp

    data = series(points)
    sampling = {"random_seed": 1, "progressbar": False, "chains": 2, "cores": 1}

    def job() -> str:
        model = cp.pymc_models.LinearRegression(sample_kwargs=sampling)
        found = cp.InterruptedTimeSeries(data[["y", "x"]], BEFORE, formula="y ~ 1 + x", model=model)
        return f"mean effect {float(found.post_impact.mean()):.4f}"

    return job


def tfcausalimpact(points: int) -> Job:
    from causalimpact import CausalImpact

    data = series(points)

    def job() -> str:
        found = CausalImpact(data[["y", "x"]], [0, BEFORE - 1], [BEFORE, points - 1])
        return f"mean effect {found.summary_data.loc['abs_effect', 'average']:.4f}"

    return job


if __name__ == "__main__":
    for what, names in JOBS.items():
        wanted = [name for name in names if name in sys.argv[1:] or not sys.argv[1:]]
        if wanted:
            contest.race(__file__, wanted, POINTS, what)
