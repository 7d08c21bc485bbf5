"""Interrupted time series: what a structural forecast costs beside CausalPy, tfcausalimpact and statsmodels, and all methods on one series.

Run `python benchmarks/its.py`. Peers that are not installed in the environment are left out; each has environments of its own needs, so
that they are run one by one: `python benchmarks/its.py causalpy`. CPU seconds, the best of three after one that does not count.
The series is one of 200 points with one control, 140 before the intervention, as the peers' papers have it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from time import process_time

import numpy as np
import pandas as pd

BEFORE, POINTS, TURNS = 140, 200, 3


def series() -> pd.DataFrame:
    """Return a synthetic series: a control that wanders, and an effect of 1.2 from period 140 on."""
    rng = np.random.default_rng(20190401)
    control = 100.0 + np.cumsum(rng.normal(size=POINTS)) * 0.3
    y = 20.0 + 1.2 * control + rng.normal(size=POINTS) + 1.2 * (np.arange(POINTS) >= BEFORE)
    return pd.DataFrame({"t": np.arange(POINTS), "y": y, "x": control})


def best(call: Callable[[], object], turns: int = TURNS) -> float:
    times = []
    for _ in range(turns + (turns > 1)):
        start = process_time()
        call()
        times.append(process_time() - start)
    return min(times[turns > 1 :])


def methods(data: pd.DataFrame) -> dict[str, Callable[[], object]]:
    from ebpm import its

    given = {"time": "t", "intervention": BEFORE}
    errors = (
        "ols",
        "newey_west",
        "newey_west_satterthwaite",
        "prais_winsten",
        "cochrane_orcutt",
        "reml",
        "reml_averaged",
    )
    fits: dict[str, Callable[[], object]] = {
        f"segmented, {one}": lambda one=one: its.segmented(data, "y", errors=one, **given).estimates for one in errors
    }
    counts = data.assign(y=np.round(data.y))
    for family in ("poisson", "negative_binomial"):
        fits[f"segmented, {family}"] = lambda family=family: (
            its.segmented(counts, "y", family=family, **given).estimates
        )
    return fits | {
        "moving blocks, 1,999": lambda: its.segmented(data, "y", errors="ols", **given).bootstrap(),
        "arima (1, 0, 0)": lambda: its.arima(data, "y", covariates=["x"], **given).estimates,
        "structural, one control": lambda: its.structural(data, "y", controls=["x"], **given).estimates,
        "change point, 999": lambda: its.change_point(data, "y", **given),
    }


def statsmodels(data: pd.DataFrame) -> Callable[[], object]:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    def fit() -> object:
        model = UnobservedComponents(data.y[:BEFORE].to_numpy(), "llevel", exog=data.x[:BEFORE].to_numpy())
        return model.fit(disp=0).get_forecast(POINTS - BEFORE, exog=data.x[BEFORE:].to_numpy()).conf_int()

    return fit


def causalpy(data: pd.DataFrame) -> Callable[[], object]:
    import causalpy as cp

    def fit() -> object:
        model = cp.pymc_models.LinearRegression(
            sample_kwargs={"random_seed": 1, "progressbar": False, "chains": 2, "cores": 1}
        )
        return cp.InterruptedTimeSeries(data[["y", "x"]], BEFORE, formula="y ~ 1 + x", model=model)

    return fit


def tfcausalimpact(data: pd.DataFrame) -> Callable[[], object]:
    from causalimpact import CausalImpact

    return lambda: CausalImpact(data[["y", "x"]], [0, BEFORE - 1], [BEFORE, POINTS - 1])


PEERS = {
    "statsmodels": ("statsmodels", statsmodels, TURNS),
    "causalpy": ("causalpy", causalpy, 1),
    "tfcausalimpact": ("causalimpact", tfcausalimpact, 1),
}


def peers(data: pd.DataFrame, wanted: list[str]) -> None:
    for name, (module, made, turns) in PEERS.items():
        if find_spec(module) is not None and (not wanted or name in wanted):
            print(f"{name:28s} {best(made(data), turns):9.4f} s")


def main() -> None:
    data = series()
    if find_spec("ebpm") is not None:
        from ebpm import its

        found = {name: best(call) for name, call in methods(data).items()}
        for name, seconds in found.items():
            print(f"{name:28s} {seconds:9.4f} s")
        print(f"{'all of them':28s} {sum(found.values()):9.4f} s")
        print(
            its.structural(data, "y", time="t", intervention=BEFORE, controls=["x"]).estimates.headline.sentence("en")
        )
        design = its.SeriesDesign(periods=POINTS, autocorrelation=0.3)
        start = process_time()
        its.power(design, 1.0)
        print(f"{'power, 1,000 series':28s} {process_time() - start:9.4f} s")
    peers(data, sys.argv[1:])


if __name__ == "__main__":
    main()
