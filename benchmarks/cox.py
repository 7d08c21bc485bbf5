"""Cox's model with ties by Efron: persons with times in whole days, five covariates.

python benchmarks/cox.py 100000
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import contest
import numpy as np
import pandas as pd

SIZE = 100_000
CONTESTANTS = ("ebpm", "ebpm_robust", "lifelines", "scikit_survival", "statsmodels")
COLUMNS = ["arm", "x1", "x2", "x3", "x4"]


def persons(size: int) -> pd.DataFrame:
    """Draw survival times in days, about half of them censored; some 700 distinct times."""
    rng = np.random.default_rng(20190401)
    frame = pd.DataFrame(rng.normal(size=(size, 5)), columns=COLUMNS)
    frame["arm"] = (frame["arm"] > 0).astype(float)
    hazard = np.exp(frame[COLUMNS].to_numpy() @ [0.3, 0.2, -0.1, 0.0, 0.1]) / 400
    event, end = np.ceil(rng.exponential(1 / hazard)), np.ceil(rng.uniform(0, 730, size))
    return frame.assign(days=np.minimum(event, end), happened=(event <= end).astype(int))


def ebpm(size: int) -> Callable[[], object]:
    from ebpm import cohort

    data = persons(size)
    return lambda: _said(cohort.cox(data, "days", event="happened", covariates=COLUMNS).estimates)


def ebpm_robust(size: int) -> Callable[[], object]:
    from ebpm import cohort

    data = persons(size)
    return lambda: _said(cohort.cox(data, "days", event="happened", covariates=COLUMNS, errors="robust").estimates)


def lifelines(size: int) -> Callable[[], object]:
    from lifelines import CoxPHFitter

    data = persons(size)

    def job() -> str:
        found = CoxPHFitter().fit(data, "days", "happened")
        return f"{found.params_['arm']:.6f} ({found.standard_errors_['arm']:.6f})"

    return job


def scikit_survival(size: int) -> Callable[[], object]:
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    data = persons(size)
    X, y = data[COLUMNS].to_numpy(), Surv.from_arrays(data["happened"].astype(bool), data["days"])
    return lambda: f"{CoxPHSurvivalAnalysis(ties='efron').fit(X, y).coef_[0]:.6f} (no standard error)"


def statsmodels(size: int) -> Callable[[], object]:
    from statsmodels.duration.hazard_regression import PHReg

    data = persons(size)

    def job() -> str:
        found = PHReg(data["days"], data[COLUMNS], status=data["happened"], ties="efron").fit()
        return f"{found.params[0]:.6f} ({found.bse[0]:.6f})"

    return job


def _said(estimates: object) -> str:
    one = estimates["arm"]  # type: ignore[index]
    return f"{one.estimate:.6f} ({one.std_error:.6f})"


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else SIZE
    contest.race(__file__, CONTESTANTS, size, "Cox's model with ties by Efron, 5 covariates")
