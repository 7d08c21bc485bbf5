"""Synthetic difference in differences on California's 39 states x 31 years, beside diff-diff: with 200 placebos, and alone.

Run `python benchmarks/synthetic.py`. Ours solves every quadratic programme exactly. With one treated unit there are 38 different
placebos, so that ours goes through all and leaves nothing to chance; with two ("drawn") no placebo comes twice. `alone_large` is the
estimate alone of 500 units over 40 periods.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from contest import race

DATA = Path(__file__).parents[1] / "tests" / "reference" / "did10_synthdid_prop99" / "data.csv"
COLUMNS = {"unit": "State", "time": "Year", "first_treated": "first"}
ROWS, LARGE, PLACEBOS = 1_209, 20_000, 200
WHAT = "Synthetic difference in differences"
ONE, TWO = ("California",), ("California", "Colorado")
Job = Callable[[], str]


def states(treated: tuple[str, ...]) -> pd.DataFrame:
    """Return Abadie, Diamond and Hainmueller's table with some states treated from 1989 on."""
    data = pd.read_csv(DATA)
    treat = data.State.isin(treated).astype(int)
    return data.assign(first=1989 * treat, treat=treat, post=(data.Year >= 1989).astype(int))


def large(rows: int) -> pd.DataFrame:
    """Return a synthetic panel of 40 periods, five of whose units are treated from period 31 on."""
    rng, units = np.random.default_rng(1), rows // 40
    frame = pd.DataFrame({"State": np.repeat(np.arange(units), 40), "Year": np.tile(np.arange(1, 41), units)})
    frame["PacksPerCapita"] = rng.normal(size=rows) + np.repeat(rng.normal(size=units), 40)
    return frame.assign(first=np.where(frame.State < 5, 31, 0))


def _ours(data: pd.DataFrame, **options: object) -> Job:
    from ebpm import did

    def job() -> str:
        found = did.synthetic_did(data, "PacksPerCapita", **COLUMNS, **options).aggregate("simple").headline
        return f"{found.estimate:.6f} ({found.std_error})"

    return job


def _theirs(treated: tuple[str, ...]) -> Job:
    from diff_diff import SyntheticDiD

    data = states(treated)
    named = {"outcome": "PacksPerCapita", "treatment": "treat", "unit": "State", "time": "Year"}

    def job() -> str:
        model = SyntheticDiD(variance_method="placebo", n_bootstrap=PLACEBOS, seed=1)
        found = model.fit(data, **named, post_periods=list(range(1989, 2001)))
        return f"{found.att:.6f} ({found.se:.3f})"

    return job


def placebos_ebpm(_: int) -> Job:
    return _ours(states(ONE), draws=PLACEBOS)


def placebos_diff_diff(_: int) -> Job:
    return _theirs(ONE)


def drawn_ebpm(_: int) -> Job:
    return _ours(states(TWO), draws=PLACEBOS, seed=1)


def drawn_diff_diff(_: int) -> Job:
    return _theirs(TWO)


def alone_ebpm(_: int) -> Job:
    return _ours(states(ONE), inference="none")


def alone_large_ebpm(rows: int) -> Job:
    return _ours(large(rows), inference="none")


if __name__ == "__main__":
    race(__file__, ["placebos_ebpm", "placebos_diff_diff"], ROWS, f"{WHAT}, 200 placebos, one treated")
    race(__file__, ["drawn_ebpm", "drawn_diff_diff"], ROWS, f"{WHAT}, 200 placebos, two treated")
    race(__file__, ["alone_ebpm"], ROWS, f"{WHAT}, the estimate alone")
    race(__file__, ["alone_large_ebpm"], LARGE, f"{WHAT}, the estimate alone")
