"""One million rows, 1,000 (and 100,000) clusters, six covariates: Lin's regression with CR2 and Satterthwaite's df, end to end.

Run `python benchmarks/lin_cr2.py [rows]`. The yardstick of the same run is `numpy.linalg.lstsq` on the same design matrix, which
gives the coefficients alone. Peak memory is that of the process, before and after.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter

import numpy as np
import pandas as pd

from ebpm import rct

COVARIATES = [f"x{j}" for j in range(6)]
REPEATS = 3


def trial(rows: int, clusters: int) -> pd.DataFrame:
    rng = np.random.default_rng(20190401)
    cluster = rng.integers(0, clusters, rows)
    data = pd.DataFrame(rng.standard_normal((rows, len(COVARIATES))), columns=COVARIATES)
    data["cluster"], data["arm"] = cluster, cluster % 2
    shared = rng.standard_normal(clusters)[cluster]
    data["y"] = 100 + 0.1 * data.arm + data[COVARIATES].sum(axis=1) + shared + rng.standard_normal(rows)
    return data


def lstsq(data: pd.DataFrame) -> float:
    covariates = data[COVARIATES].to_numpy()
    centred, arm = covariates - covariates.mean(axis=0), data.arm.to_numpy()[:, None]
    design = np.hstack([np.ones((len(data), 1)), arm, centred, arm * centred])
    return best(lambda: np.linalg.lstsq(design, data.y.to_numpy(), rcond=None))


def best(call: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(rows: int, clusters: int) -> None:
    data = trial(rows, clusters)
    before = peak()
    call = partial(rct.lin, data, "y", treatment="arm", covariates=COVARIATES, cluster="cluster")
    seconds, after, yardstick = best(call), peak(), lstsq(data)
    print(call().headline.sentence("en"))
    print(
        f"{rows:,} rows, {clusters:,} clusters: {seconds:.2f} s; lstsq {yardstick:.2f} s; ratio {seconds / yardstick:.2f}"
    )
    print(f"peak memory: {before:.0f} MB with the data, {after:.0f} MB after rct.lin")


def main(rows: int = 1_000_000) -> None:
    measure(rows, 1_000)
    measure(rows, rows // 10)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
