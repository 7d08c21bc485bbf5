"""R133: an unstructured correlation from few persons; other correlations and many persons are quiet."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct


def visits(persons):
    rng = np.random.default_rng(4)
    person = np.repeat(np.arange(persons), 4)
    y = rng.normal(size=persons)[person] + rng.normal(size=4 * persons)
    return pd.DataFrame({"y": y, "person": person, "visit": np.tile(range(4), persons), "arm": person % 2})


def gee(persons, correlation):
    how = {"treatment": "arm", "cluster": "person", "time": "visit"}
    return rct.gee(visits(persons), "y", correlation=correlation, **how)


def test_r133_fires_where_six_correlations_rest_on_few_persons():
    found = gee(30, "unstructured").notices
    assert "R133" in found
    assert "6 correlations" in found.to_text("en")
    assert "相関 6 個" in found.to_text("ja")


@pytest.mark.parametrize("correlation", ["ar1", "exchangeable", "independence"])
def test_r133_is_silent_with_one_correlation(correlation):
    assert "R133" not in gee(30, correlation).notices


def test_r133_is_silent_with_ten_persons_a_correlation():
    assert "R133" not in gee(60, "unstructured").notices
