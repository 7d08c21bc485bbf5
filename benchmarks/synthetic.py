"""200 placebos of synthetic difference in differences on California's 39 states x 31 years, and the estimate alone, beside diff-diff.

Run `python benchmarks/synthetic.py`. diff-diff is timed in the same run where it is installed. CPU seconds, the best of several turns.
Ours solves every quadratic programme exactly; with one treated unit there are 38 different placebos, so that "all placebos" leaves
nothing to chance. "200 drawn" gives the treatment to two states, so that no placebo comes twice.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

from ebpm import did

DATA = Path(__file__).parents[1] / "tests" / "reference" / "did10_synthdid_prop99" / "data.csv"
COLUMNS = {"unit": "State", "time": "Year", "first_treated": "first"}
TURNS = 5


def states(*treated: str) -> pd.DataFrame:
    data = pd.read_csv(DATA)
    treat = data.State.isin(treated).astype(int)
    return data.assign(first=1989 * treat, treat=treat, post=(data.Year >= 1989).astype(int))


def best(call: Callable[[], object]) -> float:
    times = []
    for _ in range(TURNS):
        start = process_time()
        call()
        times.append(process_time() - start)
    return min(times)


def ours(data: pd.DataFrame, **options: object) -> Callable[[], object]:
    return lambda: did.synthetic_did(data, "PacksPerCapita", **COLUMNS, **options).aggregate("simple").headline


def theirs(data: pd.DataFrame, placebos: int) -> Callable[[], object]:
    from diff_diff import SyntheticDiD

    def fit() -> object:
        model = SyntheticDiD(variance_method="placebo", n_bootstrap=placebos, seed=1)
        return model.fit(
            data, outcome="PacksPerCapita", treatment="treat", unit="State", time="Year",
            post_periods=list(range(1989, 2001)),
        )  # fmt: skip

    return fit


def main() -> None:
    one, two = states("California"), states("California", "Colorado")
    rows = [
        ("one treated, all 38 placebos / their 200", one, {"draws": 200}),
        ("two treated, 200 drawn", two, {"draws": 200, "seed": 1}),
    ]
    peer = find_spec("diff_diff") is not None
    for name, data, options in rows:
        seconds = best(ours(data, **options))
        said = f"{name:42s} ebpm {seconds:.3f} s"
        if peer:
            other = best(theirs(data, 200))
            said += f"   diff-diff {other:.3f} s   ratio {other / seconds:.1f}"
        print(said)
    print(f"{'the estimate alone':42s} ebpm {best(ours(one, inference='none')):.4f} s")
    print(did.synthetic_did(one, "PacksPerCapita", **COLUMNS).aggregate("simple").headline.sentence("en"))
    if peer:
        result = theirs(one, 200)()
        print(f"diff-diff: {result.att:.5f}, standard error {result.se:.3f}")
    size = 500
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(size), 40), "time": np.tile(np.arange(1, 41), size)})
    frame["y"] = rng.normal(size=len(frame)) + np.repeat(rng.normal(size=size), 40)
    frame["first"] = np.where(frame.unit < 5, 31, 0)
    columns = {"unit": "unit", "time": "time", "first_treated": "first"}
    seconds = best(lambda: did.synthetic_did(frame, "y", **columns, inference="none"))
    print(f"{f'{size} units x 40 periods, the estimate alone':42s} ebpm {seconds:.3f} s")


if __name__ == "__main__":
    main()
