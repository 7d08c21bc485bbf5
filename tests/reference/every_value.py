"""Every number that a case expects: beside which number of ours it stands, or why beside none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

HERE = Path(__file__).parent
FIELDS = {
    "estimate": "estimate", "se": "std_error", "t": "statistic", "p": "p_value", "ci_low": "conf_low", "ci_high": "conf_high", "df": "df",
    "n": "n",
}  # fmt: skip


def case(name: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the data and the expected values of a case."""
    expected = json.loads((HERE / name / "case.json").read_text(encoding="utf-8"))["expected"]
    data = HERE / name / "data.csv"
    return pd.read_csv(data) if data.exists() else pd.DataFrame(), expected


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what stands at the ends of nested mappings and lists, with the keys that lead there."""
    if isinstance(value, (dict, list)):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, f"{path}/{key}" if path else str(key))
    else:
        yield path, value


def read(path: str, item: Any, *, fields: Mapping[str, str] = FIELDS) -> dict[str, float]:
    """Return what an estimate of ours says, by the names of a case."""
    return {f"{path}/{theirs}": getattr(item, ours) for theirs, ours in fields.items()}


def assert_every_value(
    expected: dict[str, Any],
    ours: Mapping[str, Any],
    reasons: Mapping[str, str],
    *,
    rtol: float,
    own: Mapping[str, float] | None = None,
) -> None:
    """Compare all that a case expects.

    Parameters
    ----------
    ours : our values by path; more than the case holds may be there.
    reasons : patterns of the paths that stand beside nothing of ours, with the reason.
    rtol : relative tolerance of the case.
    own : patterns of paths with a relative tolerance of their own.
    """
    unread = []
    for path, theirs in leaves(expected):
        if path in ours:
            wide = next((one for pattern, one in (own or {}).items() if re.fullmatch(pattern, path)), rtol)
            if theirs is None or not isinstance(theirs, (int, float)):
                assert ours[path] == theirs, path
            else:
                small = wide * 1e-4 if math.isfinite(theirs) and abs(theirs) < 1e-4 else 0.0
                assert float(ours[path]) == pytest.approx(theirs, rel=wide, abs=small), path
        elif not any(re.fullmatch(pattern, path) for pattern in reasons):
            unread.append(path)
    assert not unread, f"{len(unread)} expected values stand beside nothing of ours: {unread[:5]}"
