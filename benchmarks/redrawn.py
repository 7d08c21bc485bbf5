"""Inference that draws again: randomisation tests, the wild cluster bootstrap and step-down tests, against peers.

Run `python benchmarks/redrawn.py`. `permutations` is the yardstick of the same run: drawing the assignments and nothing else.
pyfixest's randomisation test draws 100 times here, a hundredth of ours, and its seconds are of these; it wants the arm as a float
where clusters are given. statspai's, which draws as often as ours, gives no interval.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from contest import race

DRAWS = 10_000
WILD = 9_999
Job = Callable[[], str]


def persons(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(20190401)
    arm = rng.permutation(np.arange(rows) % 2)
    return pd.DataFrame({"y": rng.standard_normal(rows) + 0.03 * arm, "arm": arm, "cluster": np.arange(rows) % 100})


def schools(rows: int, clusters: int) -> pd.DataFrame:
    rng = np.random.default_rng(20190401)
    cluster = np.arange(rows) % clusters
    arm = rng.permutation(np.arange(clusters) % 2)[cluster]
    y = 0.3 * rng.standard_normal(clusters)[cluster] + rng.standard_normal(rows) + 0.1 * arm
    return pd.DataFrame({"y": y, "arm": arm, "cluster": cluster})


def permutations(rows: int) -> Job:
    arm = np.arange(rows) % 2

    def job() -> str:
        rng = np.random.default_rng(1)
        return str(sum(int(rng.permutation(arm)[0]) for _ in range(DRAWS)))

    return job


def randomisation_ebpm(rows: int) -> Job:
    from ebpm import rct

    data = persons(rows)

    def job() -> str:
        found = rct.randomisation_test(data, "y", treatment="arm", draws=DRAWS)
        return f"p {found.headline.estimate.p_value:.4f}"

    return job


def randomisation_difference_ebpm(rows: int) -> Job:
    from ebpm import rct

    data = persons(rows)

    def job() -> str:
        found = rct.randomisation_test(data, "y", treatment="arm", statistic="difference", draws=DRAWS)
        return f"p {found.headline.estimate.p_value:.4f}"

    return job


def randomisation_clusters_ebpm(rows: int) -> Job:
    from ebpm import rct

    data = schools(rows, 100)

    def job() -> str:
        found = rct.randomisation_test(data, "y", treatment="arm", cluster="cluster", draws=DRAWS)
        return f"p {found.headline.estimate.p_value:.4f}"

    return job


def randomisation_every_ebpm(rows: int) -> Job:
    from ebpm import rct

    data = schools(rows, 20)

    def job() -> str:
        found = rct.randomisation_test(data, "y", treatment="arm", cluster="cluster")
        return f"p {found.headline.estimate.p_value:.4f}, {found.headline.draws:,} assignments"

    return job


def _ritest(data: pd.DataFrame, *, cluster: str | None, kind: str) -> Job:
    import pyfixest

    rows = data.assign(arm=data.arm.astype(float))
    fit = pyfixest.feols("y ~ arm", rows, vcov="HC1" if cluster is None else {"CRV1": cluster})

    def job() -> str:
        rng = np.random.default_rng(1)
        found = fit.ritest("arm", cluster=cluster, reps=DRAWS // 100, type=kind, rng=rng)
        return f"p {found['Pr(>|t|)']:.4f} (a hundredth of the draws)"

    return job


def randomisation_pyfixest_t(rows: int) -> Job:
    return _ritest(persons(rows), cluster=None, kind="randomization-t")


def randomisation_pyfixest_c(rows: int) -> Job:
    return _ritest(persons(rows), cluster=None, kind="randomization-c")


def randomisation_clusters_pyfixest_t(rows: int) -> Job:
    return _ritest(schools(rows, 100), cluster="cluster", kind="randomization-t")


def randomisation_clusters_pyfixest_c(rows: int) -> Job:
    return _ritest(schools(rows, 100), cluster="cluster", kind="randomization-c")


def _statspai(data: pd.DataFrame, *, cluster: str | None, statistic: str) -> Job:
    import statspai

    def job() -> str:
        found = statspai.ri_test(data, "y", "arm", stat=statistic, n_perms=DRAWS, cluster=cluster, seed=1)
        return f"p {found['p_value']:.4f}, no interval"

    return job


def randomisation_statspai_t(rows: int) -> Job:
    return _statspai(persons(rows), cluster=None, statistic="t")


def randomisation_difference_statspai(rows: int) -> Job:
    return _statspai(persons(rows), cluster=None, statistic="diff_means")


def randomisation_clusters_statspai_t(rows: int) -> Job:
    return _statspai(schools(rows, 100), cluster="cluster", statistic="t")


def wild_ebpm(rows: int) -> Job:
    from ebpm import rct

    data = schools(rows, 50)

    def job() -> str:
        found = rct.wild_cluster(data, "y", treatment="arm", cluster="cluster", draws=WILD).headline
        return f"p {found.p_value:.4f}, with interval"

    return job


def wild_pyfixest(rows: int) -> Job:
    import pyfixest

    fit = pyfixest.feols("y ~ arm", schools(rows, 50), vcov={"CRV1": "cluster"})
    return lambda: f"p {fit.wildboottest(reps=WILD, param='arm', seed=1)['Pr(>|t|)']:.4f}, no interval"


def wild_wildboottest(rows: int) -> Job:
    import statsmodels.formula.api as smf
    from wildboottest.wildboottest import wildboottest

    data = schools(rows, 50)
    model = smf.ols("y ~ arm", data)

    def job() -> str:
        found = wildboottest(model, param="arm", cluster=data.cluster, B=WILD, seed=1, show=False)
        return f"p {float(found['p-value'].iloc[0]):.4f}, no interval"

    return job


def romano_wolf_ebpm(rows: int) -> Job:
    from ebpm import rct

    data = persons(rows)
    rng = np.random.default_rng(2)
    names = [f"y{j}" for j in range(16)]
    data = pd.concat([data, pd.DataFrame(rng.standard_normal((rows, 16)), columns=names)], axis=1)

    def job() -> str:
        found = rct.step_down(data, names[0], also=names[1:], treatment="arm", draws=DRAWS)
        return f"p {found.headline.p_value:.4f}, 16 outcomes"

    return job


if __name__ == "__main__":
    studentised = ["randomisation_ebpm", "permutations", "randomisation_pyfixest_t", "randomisation_statspai_t"]
    race(__file__, studentised, 10_000, "Randomisation test, studentised, 10,000 draws")
    names = [
        "randomisation_difference_ebpm",
        "permutations",
        "randomisation_pyfixest_c",
        "randomisation_difference_statspai",
    ]
    race(__file__, names, 10_000, "Randomisation test, difference in means, 10,000 draws")
    clusters = [f"randomisation_clusters_{one}" for one in ("ebpm", "pyfixest_t", "pyfixest_c", "statspai_t")]
    race(__file__, clusters, 10_000, "Randomisation test of 100 clusters, 10,000 draws")
    race(__file__, ["randomisation_every_ebpm"], 1_000, "Randomisation test, all assignments of 20 clusters")
    wild = ["wild_ebpm", "wild_pyfixest", "wild_wildboottest"]
    race(__file__, wild, 100_000, "Wild cluster bootstrap, 50 clusters, 9,999 draws")
    race(__file__, ["romano_wolf_ebpm"], 1_000, "Romano-Wolf, 16 outcomes, 10,000 draws")
