"""Triple difference: it is the difference of two differences in differences; its errors, notices, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from ebpm.errors import DataError, DesignError

GROUPS = {"treated": "g", "eligible": "e", "post": "t"}


def table(seed=1, places=24, each=8):
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), each)
    rows = pd.DataFrame(
        {"place": place, "g": place % 2, "e": rng.integers(0, 2, len(place)), "t": np.tile([0, 1], len(place) // 2)}
    )
    noise = rng.normal(size=len(rows)) + rng.normal(size=places)[place]
    return rows.assign(
        x=rng.normal(size=len(rows)), y=rows.t + rows.g * rows.t + rows.e + 3.0 * rows.g * rows.e * rows.t + noise
    )


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_it_is_the_difference_of_two_differences(seed, shift, factor):
    data = table(seed)
    found = did.triple(data, "y", **GROUPS).headline
    first, second = (
        did.two_by_two(data[data.e == one], "y", treated="g", post="t").headline.estimate for one in (1, 0)
    )
    assert found.estimate == pytest.approx(first - second, rel=1e-9, abs=1e-9)
    moved = data.assign(y=factor * data.y + shift + 7 * data.g + 5 * data.t * data.g).sample(frac=1, random_state=seed)
    again = did.triple(moved, "y", **GROUPS).headline
    np.testing.assert_allclose(
        [again.estimate, again.std_error], [factor * found.estimate, factor * found.std_error], rtol=1e-6, atol=1e-6
    )


def test_clusters_and_covariates():
    data = table()
    found = did.triple(data, "y", **GROUPS, cluster="place", covariates=["x"])
    assert (found.headline.clusters, found.headline_term) == (24, "treated:eligible:post")
    assert found.headline.df < 23
    assert "D211" not in found.notices
    few = table(places=12)
    assert "D211" not in did.triple(few, "y", **GROUPS, cluster="place").notices
    assert "D211" in did.triple(few, "y", **GROUPS, cluster="place", errors="CR1").notices
    assert "D211" in did.triple(table(places=10), "y", **GROUPS, cluster="place").notices


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_says_what_it_is(lang):
    found = did.triple(table(), "y", **GROUPS)
    assert {"ja": "三重差分", "en": "triple difference"}[lang] in found.summary(lang)
    found.plot(lang=lang).figure.draw_without_rendering()


REFUSED = {
    "empty cell": ({"e": lambda rows: rows.e * rows.g}, {}, DesignError, "No row has g = 0, e = 1, t = 0"),
    "not zero one": ({"e": 2}, {}, DataError, "eligible"),
    "collinear": ({"x": lambda rows: rows.g}, {"covariates": ["x"]}, DesignError, "collinear"),
    "errors": ({}, {"errors": "CR2"}, DataError, "HC2, HC0"),
    "missing": ({"y": np.nan}, {}, DataError, "missing values"),
    "no column": ({}, {"cluster": "town"}, DataError, "town"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    changes, choices, kind, said = REFUSED[case]
    with pytest.raises(kind) as caught:
        did.triple(table().assign(**changes), "y", **GROUPS, **choices)
    assert said in str(caught.value)
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )
