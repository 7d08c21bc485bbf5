"""Outcomes without noise: what rounding leaves is no standard error, in memory and from sums alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import moments, rct, survey
from ebpm.errors import DesignError

pl = pytest.importorskip("polars")
TRIALS = {
    "difference": lambda data: rct.difference_in_means(data, "y", treatment="arm"),
    "weights": lambda data: rct.difference_in_means(data, "y", treatment="arm", weights="w"),
    "strata": lambda data: rct.difference_in_means(data, "y", treatment="arm", strata="s"),
    "clusters": lambda data: rct.difference_in_means(data, "y", treatment="arm", cluster="g"),
    "weighted clusters": lambda data: rct.difference_in_means(data, "y", treatment="arm", cluster="g", weights="w"),
    "lin": lambda data: rct.lin(data, "y", treatment="arm", covariates=["x"]),
    "lin of clusters": lambda data: rct.lin(data, "y", treatment="arm", covariates=["x"], cluster="g", weights="w"),
    "ancova": lambda data: rct.ancova(data, "y", treatment="arm"),
    "ancova of clusters": lambda data: rct.ancova(data, "y", treatment="arm", covariates=["x"], cluster="g"),
}
SAMPLES = {
    "mean": lambda data: survey.mean(data, "y", weights="w", strata="s", cluster="g"),
    "rows": lambda data: survey.mean(data, "y", weights="w"),
    "unweighted": lambda data: survey.mean(data, "y"),
    "ratio": lambda data: survey.ratio(data, "y", denominator="y3", weights="w", cluster="g"),
    "ratio of itself": lambda data: survey.ratio(data, "y", denominator="y", weights="w", cluster="g"),
}
OUTCOMES = {
    "whole": (0.0, 1.0),
    "thirds": (0.0, 1 / 3),
    "high": (1e9, 1 / 3),
    "tenths": (0.1, 0.2),
    "tiny": (0.0, 1e-9 / 3),
}


def table(level: float, effect: float) -> pd.DataFrame:
    rng, rows = np.random.default_rng(4), 1200
    group = np.arange(rows) % 40
    frame = pd.DataFrame({"g": group, "arm": group % 2, "s": group % 4 // 2, "x": rng.normal(size=rows).round(3)})
    return frame.assign(w=rng.uniform(0.5, 2, rows), y=level + effect * frame["arm"])


def from_sums(data: pd.DataFrame) -> moments.Scan:
    return moments.scan(pl.from_pandas(data).lazy(), memory=1_000)


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("routine", TRIALS)
def test_outcome_that_is_the_arm(routine, outcome):
    level, effect = OUTCOMES[outcome]
    data = table(level, effect)
    for source in (data, from_sums(data)):
        found = TRIALS[routine](source).headline
        assert found.estimate == pytest.approx(effect, rel=1e-12, abs=1e-15 * level)
        assert found.std_error == 0.0
        assert not isinstance(found.p_value, float)


def test_pairs_without_spread_are_refused_alike():
    data = table(0.0, 1 / 3)
    for source in (data, from_sums(data)):
        with pytest.raises(DesignError) as refused:
            rct.pairwise(source, "y", treatment="arm")
        assert refused.value.code == "rct_pairwise_no_variation"


@pytest.mark.parametrize("value", [1.1, 1 / 3, 1e9 + 1 / 3, 0.0, -1e-7 / 3])
@pytest.mark.parametrize("routine", SAMPLES)
def test_sample_in_which_all_are_alike(routine, value):
    data = table(value, 0.0)
    data["y3"] = 3 * data["y"]
    if routine.startswith("ratio") and not value:
        return
    for source in (data, from_sums(data)):
        found = SAMPLES[routine](source).headline
        assert found.std_error == 0.0
        assert not isinstance(found.p_value, float)


def test_a_spread_as_small_as_the_numbers_allow_is_kept():
    data = table(1.0, 0.0)
    data["y"] += np.arange(len(data)) % 7 * 2.0**-40
    for source in (data, from_sums(data)):
        assert survey.mean(source, "y").headline.std_error > 0.0
