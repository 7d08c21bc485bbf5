"""What is said of the level of intervals in series too short to tell the autocorrelation."""

import re

import numpy as np
import pandas as pd
import pytest

from ebpm import its


def fitted(periods, **choices):
    y = np.random.default_rng(periods).normal(size=periods)
    table = pd.DataFrame({"t": np.arange(periods), "y": y})
    return its.segmented(table, "y", time="t", intervention=periods // 2, **choices)


@pytest.mark.parametrize(("periods", "choices"), [(12, {}), (20, {}), (23, {}), (30, {"errors": "reml_averaged"})])
def test_i333_fires_where_the_autocorrelation_is_averaged_over(periods, choices):
    found = fitted(periods, **choices)
    notice = next(one for one in found.notices if one.code == "I333")
    assert notice.facts == {"periods": periods, "rho": f"{found.model.autoregression[0]:.2f}"}
    for lang in ("ja", "en"):
        said = notice.message(lang)
        assert f"{periods}" in said
        assert "98 %" in said
        assert "91 %" in said


@pytest.mark.parametrize(("periods", "choices"), [
    (10, {}), (24, {}), (12, {"errors": "reml"}), (12, {"errors": "ols"}), (36, {"errors": "reml_averaged"}),
])  # fmt: skip
def test_i333_is_silent_otherwise(periods, choices):
    assert "I333" not in fitted(periods, **choices).notices.codes


def counted(periods, **choices):
    table = pd.DataFrame({"t": np.arange(periods), "y": np.random.default_rng(periods).poisson(80, size=periods)})
    return its.segmented(table, "y", time="t", intervention=periods // 2, **choices)


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
def test_i334_says_what_lies_under_counts(family):
    notice = next(one for one in counted(24, family=family).notices if one.code == "I334")
    assert notice.facts == {"periods": 24}
    for lang in ("ja", "en"):
        assert re.search("92 (to|〜) 94 %", notice.message(lang))


@pytest.mark.parametrize("choices", [{}, {"family": "log_gaussian"}, {"family": "poisson", "errors": "newey_west"}])
def test_i334_is_silent_otherwise(choices):
    assert "I334" not in counted(24, **choices).notices.codes


def test_i334_is_silent_beside_a_comparison():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"t": np.tile(np.arange(24), 2), "city": np.repeat([1, 0], 24), "y": rng.poisson(80, size=48)})
    found = its.segmented(table, "y", time="t", intervention=12, comparison="city", family="poisson")
    assert "I334" not in found.notices.codes
