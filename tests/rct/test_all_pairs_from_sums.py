"""All pairs of arms: a singular covariance, whose directions of no variance must draw nothing, in memory and from sums."""

import numpy as np
import pandas as pd
import pytest

from ebpm import moments, rct
from ebpm.stats.inference import largest_normals


def trial(arms: int) -> pd.DataFrame:
    rng = np.random.default_rng(arms)
    arm = rng.integers(0, arms, 900)
    score = (rng.normal(size=900) * (1 + arm) + arm / 10).round(2)
    return pd.DataFrame(
        {"arm": [f"a{one}" for one in arm], "score": score, "school": rng.integers(0, 40, 900) * arms + arm, "w": rng.integers(1, 4, 900)}
    )  # fmt: skip


@pytest.mark.parametrize("arms", [3, 4, 6])
@pytest.mark.parametrize("columns", [{}, {"cluster": "school"}, {"weights": "w"}])
def test_intervals_of_all_pairs_are_those_of_memory(arms, columns):
    table = trial(arms)
    memory, summed = (
        rct.pairwise(data, "score", treatment="arm", adjust="max_t", **columns) for data in (table, moments.scan(table))
    )
    for left, right in zip(memory.items, summed.items, strict=True):
        assert [right.p_value, right.conf_low, right.conf_high] == pytest.approx(
            [left.p_value, left.conf_low, left.conf_high], rel=1e-12, abs=1e-12
        )


def test_directions_without_variance_draw_nothing():
    contrasts = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 1, 0], [-1, 0, 1], [0, -1, 1]])
    covariance = contrasts @ np.array([[2.0, 1, 1], [1, 3, 1], [1, 1, 4]]) @ contrasts.T
    moved = covariance + 1e-16 * np.random.default_rng(1).standard_normal((6, 6))
    np.testing.assert_allclose(largest_normals((moved + moved.T) / 2), largest_normals(covariance), rtol=1e-12)
