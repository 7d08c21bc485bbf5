"""Write docs/reference_values.md: our estimates beside those of other programs, from the cases of tests/reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ebpm import did, its, rct, survey
from ebpm.estimate import Estimate

PAGE = Path(__file__).with_name("reference_values.md")
CASES = Path(__file__).parents[1] / "tests" / "reference"
HEAD = """\
# Reference values

Ours, theirs, and the relative difference. Written by `docs/make_reference_table.py`, which runs the estimators on the data of
`tests/reference`; each case there says how its values were made. The tests compare many more numbers than stand here.

| case | what | quantity | ours | theirs | difference | theirs by |
| --- | --- | --- | --: | --: | --: | --- |
"""
QUANTITIES = {
    "estimate": "estimate", "std_error": "std. error", "df": "df", "p_value": "p value", "conf_low": "low", "conf_high": "high",
    "low": "lower bound", "high": "upper bound", "statistic": "statistic",
}  # fmt: skip
THEIRS = {
    "estimate": ("estimate", "overall_att", "weighted_sum"),
    "std_error": ("se", "overall_se"),
    "df": ("df", "df_t"),
}
STEPS = (1e-10, 1e-8, 1e-6)
STEP = {"start": "1983-02", "effect": "level"}


ROWS = (reference_trials.rows, reference_panels.rows, reference_series.rows, reference_surveys.rows)


def page() -> str:
    """Return the page: three lines a witness at most."""
    return HEAD + "".join(line for witness in witnesses() for line in _lines(witness))


def _lines(witness: Witness) -> Iterator[str]:
    folder = CASES / witness.case
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    expected: dict[str, Any] = reduce(lambda found, key: found[key], witness.place, case["expected"])
    own = folder / "data.csv"
    ours = witness.ours(pd.read_csv(own if own.exists() else folder / case["data"]["file"]))
    by = ", ".join(name for name in case["software"] if not name.endswith("(peer)"))
    link = f"[{witness.case.partition('_')[0]}](../tests/reference/{witness.case})"
    places = {name: (key,) for name, key in witness.keys} or THEIRS
    for name, keys in places.items():
        theirs, shown = next((expected[key] for key in keys if key in expected), None), QUANTITIES[name]
        if theirs is not None:
            theirs = theirs[witness.position] if isinstance(theirs, list) else theirs
            value = float(getattr(ours, name))
            yield f"| {link} | {witness.what} | {shown} | {value:.10g} | {theirs:.10g} | {_apart(value, theirs)} | {by} |\n"


def _apart(ours: float, theirs: float) -> str:
    apart = float(np.abs(ours - theirs) / np.abs(theirs))
    return next((f"< {step:.0e}" for step in STEPS if apart < step), f"{apart:.0e}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
