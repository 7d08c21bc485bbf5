"""Power, Bayes factor, likelihood ratio and expected coefficients against the documented values of the R package pretrends (case did13)."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from ebpm import did
from ebpm.estimate import Estimate, Estimates, Unavailable

CASE = json.loads((Path(__file__).parent / "did13_pretrends_he_wang" / "case.json").read_text(encoding="utf-8"))[
    "expected"
]
LEVEL = float(2 * ndtr(1.96) - 1)  # the package's threshold is 1.96 itself
INTEGRATED = (
    3e-4  # its integrals are randomised, to an absolute error of 1e-3; tighter ones in R give 0.569135, as ours
)


def study():
    none = Unavailable("did_reference")
    what = {"estimand": "att", "method": "did.event_study.twfe", "n": 1, "conf_level": 0.95}
    values, errors = np.insert(CASE["betahat"], 3, 0.0), np.insert(np.sqrt(np.diag(CASE["sigma"])), 3, 0.0)
    items = tuple(
        Estimate(term=str(t), estimate=float(b), std_error=float(s) if s else none, df=np.inf, p_value=none, conf_low=none, conf_high=none, **what)
        for t, b, s in zip(range(-4, 4), values, errors, strict=True)
    )  # fmt: skip
    covariance = np.insert(np.insert(np.array(CASE["sigma"]), 3, 0.0, axis=0), 3, 0.0, axis=1)
    return Estimates(
        items=items, headline_term="0", kind="event", positions=tuple(map(float, range(-4, 4))), covariance=covariance
    )


def test_the_slope_that_is_found_every_other_time():
    found = did.pretrends(study(), powers=[0.5], conf_level=LEVEL)
    assert found.violations[0].slope == pytest.approx(CASE["slope50"], rel=INTEGRATED)


def test_a_linear_trend():
    found = did.pretrends(study(), powers=[], slopes=[CASE["slope50"]], conf_level=LEVEL).violations[0]
    for name in ("power", "bayes_factor", "likelihood_ratio"):
        assert getattr(found, name) == pytest.approx(CASE["linear"][name], rel=INTEGRATED)
    np.testing.assert_allclose(found.expected, CASE["linear"]["expected"], rtol=INTEGRATED)


def test_a_quadratic_departure():
    shape = CASE["quadratic"]["curvature"] * (np.array(CASE["tVec"]) + 1.0) ** 2
    found = did.pretrends(study(), powers=[], departure=shape.tolist(), conf_level=LEVEL).violations[0]
    for name in ("power", "bayes_factor", "likelihood_ratio"):
        assert getattr(found, name) == pytest.approx(CASE["quadratic"][name], rel=INTEGRATED)
