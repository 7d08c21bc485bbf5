"""Write docs/reference_values.md: our estimates beside those of other programs, from the cases of tests/reference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import reference_cohorts
import reference_panels
import reference_series
import reference_surveys
import reference_trials
from reference_rows import Witness

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
    "power": "power", "bayes_factor": "Bayes factor", "likelihood_ratio": "likelihood ratio",
}  # fmt: skip
THEIRS = {
    "estimate": ("estimate", "overall_att", "weighted_sum"),
    "std_error": ("se", "overall_se"),
    "df": ("df", "df_t"),
}
STEPS = (1e-10, 1e-8, 1e-6)
ROOMS = (reference_trials, reference_panels, reference_series, reference_surveys, reference_cohorts)


def page() -> str:
    """Return the page: three lines a witness at most."""
    rows = chain.from_iterable(room.rows() for room in ROOMS)
    return HEAD + "".join(line for witness in rows for line in _lines(witness))


def _lines(witness: Witness) -> Iterator[str]:
    folder = CASES / witness.case
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    expected: dict[str, Any] = reduce(lambda found, key: found[key], witness.place, case["expected"])
    ours = witness.ours(_data(folder, witness.file, case))
    by = ", ".join(name for name in case["software"] if not name.endswith("(peer)"))
    link = f"[{witness.case.partition('_')[0]}](../tests/reference/{witness.case})"
    places = {name: (key,) for name, key in witness.keys} or THEIRS
    for name, keys in places.items():
        theirs, shown = next((expected[key] for key in keys if key in expected), None), QUANTITIES[name]
        if theirs is not None:
            theirs = theirs[witness.position] if isinstance(theirs, list) else theirs
            value = float(getattr(ours, name))
            yield f"| {link} | {witness.what} | {shown} | {value:.10g} | {theirs:.10g} | {_apart(value, theirs)} | {by} |\n"


def _data(folder: Path, name: str, case: dict[str, Any]) -> Any:
    """Return the data of a case; what it holds itself where these are no table."""
    if name == "case.json":
        return case["expected"]
    own = folder / name
    return pd.read_csv(own if own.exists() else folder / case["data"]["file"])


def _apart(ours: float, theirs: float) -> str:
    apart = float(np.abs(ours - theirs) / np.abs(theirs))
    return next((f"< {step:.0e}" for step in STEPS if apart < step), f"{apart:.0e}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
