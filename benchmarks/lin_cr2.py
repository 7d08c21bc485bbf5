"""Lin's regression with CR2 and Satterthwaite's degrees of freedom, end to end: six covariates, 1,000 clusters (and one for ten rows).

Run `python benchmarks/lin_cr2.py [rows]`. The yardstick of the same run is `numpy.linalg.lstsq` on the same design matrix, which
gives the coefficients alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from contest import race

COVARIATES = [f"x{j}" for j in range(6)]
CLUSTERS = 1_000
ROWS = 1_000_000
WHAT = "Lin's adjustment with CR2, 6 covariates"
Job = Callable[[], str]


def trial(rows: int, clusters: int) -> pd.DataFrame:
    """Return a synthetic trial whose clusters were assigned."""
    rng = np.random.default_rng(20190401)
    cluster = rng.integers(0, clusters, rows)
    data = pd.DataFrame(rng.standard_normal((rows, len(COVARIATES))), columns=COVARIATES)
    data["cluster"], data["arm"] = cluster, cluster % 2
    shared = rng.standard_normal(clusters)[cluster]
    data["y"] = 100 + 0.1 * data.arm + data[COVARIATES].sum(axis=1) + shared + rng.standard_normal(rows)
    return data


def _lin(rows: int, clusters: int) -> Job:
    from ebpm import rct

    data = trial(rows, clusters)

    def job() -> str:
        found = rct.lin(data, "y", treatment="arm", covariates=COVARIATES, cluster="cluster").headline
        return f"{found.estimate:.10f} ({found.std_error:.10f}), df {found.df:.3f}"

    return job


def ebpm(rows: int) -> Job:
    return _lin(rows, CLUSTERS)


def ebpm_many_clusters(rows: int) -> Job:
    return _lin(rows, rows // 10)


def lstsq(rows: int) -> Job:
    data = trial(rows, CLUSTERS)
    covariates, y = data[COVARIATES].to_numpy(), data.y.to_numpy()
    centred, arm = covariates - covariates.mean(axis=0), data.arm.to_numpy()[:, None]
    design = np.hstack([np.ones((rows, 1)), arm, centred, arm * centred])
    return lambda: f"{np.linalg.lstsq(design, y, rcond=None)[0][1]:.10f}"


def main(rows: int = ROWS) -> None:
    race(__file__, ["ebpm", "lstsq"], rows, f"{WHAT}, {CLUSTERS:,} clusters")
    race(__file__, ["ebpm_many_clusters", "lstsq"], rows, f"{WHAT}, a cluster for ten rows")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
