"""Pairwise comparisons of a table that stays where it is, and of sums at hand: the numbers of the rows, one set of sums for all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import moments, rct
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.asking import Recorder

pl = pytest.importorskip("polars")
CALLS = {
    "all pairs": {"treatment": "arm", "adjust": "holm"},
    "against one, in strata": {"treatment": "arm", "strata": "ward", "against": "はがき"},
    "clusters": {"treatment": "school_arm", "cluster": "school", "against": "対照"},
    "weighted clusters": {"treatment": "school_arm", "cluster": "school", "weights": "w", "adjust": "bh"},
    "weights": {"treatment": "arm", "weights": "w", "adjust": "bonferroni", "against": "対照"},
}


@pytest.fixture(name="trial", scope="module")
def _trial() -> pd.DataFrame:
    rng, n, arms = np.random.default_rng(8), 600, np.array(["対照", "はがき", "電話", "訪問"])
    school = rng.integers(0, 48, n)
    return pd.DataFrame({
        "arm": rng.choice(arms, n), "ward": rng.choice(["北", "南"], n), "school": school, "school_arm": arms[school % 4],
        "score": rng.normal(50, 9, n).round(1), "w": rng.uniform(1, 4, n).round(2),
    })  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_the_numbers_of_the_rows(trial, call):
    known = rct.pairwise(trial, "score", **CALLS[call]).tidy()
    for table in (pl.from_pandas(trial).lazy(), moments.scan(trial[::-1])):
        found = rct.pairwise(table, "score", **CALLS[call])
        assert found.terms == tuple(known["term"])
        numbers = known.select_dtypes("number").columns
        np.testing.assert_allclose(
            found.tidy()[numbers].to_numpy(float), known[numbers].to_numpy(float), rtol=1e-9, atol=1e-13
        )


def test_one_set_of_sums_answers_all_comparisons(trial):
    recorder = Recorder(moments.scan(trial))
    scanned = rct.pairwise(recorder, "score", **CALLS["against one, in strata"])
    (sums,) = recorder.found
    assert rct.pairwise(sums, "score", **CALLS["against one, in strata"]).tidy().equals(scanned.tidy())
    with pytest.raises(DesignError) as refused:
        rct.pairwise(sums, "score", **CALLS["weights"])
    assert refused.value.code == "scan_only_sums"


@pytest.mark.parametrize("of", ["rows", "sums"])
def test_what_is_refused_of_rows_is_refused_of_sums(trial, of):
    def table(frame: pd.DataFrame) -> object:
        return frame if of == "rows" else pl.from_pandas(frame).lazy()

    with pytest.raises(DataError, match="窓口"):
        rct.pairwise(table(trial), "score", treatment="arm", against="窓口")
    level = trial["arm"].map({"対照": 0.1, "はがき": 0.7, "電話": 1e6 / 3, "訪問": 2.2})
    with pytest.raises(DesignError) as refused:
        rct.pairwise(table(trial.assign(score=level)), "score", treatment="arm")
    assert refused.value.code == "rct_pairwise_no_variation"
