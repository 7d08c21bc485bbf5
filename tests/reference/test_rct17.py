"""The wild cluster bootstrap by complete enumeration (case rct17): ties count, so p is a valid p value."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm.moments.regression import ClusterMoments
from ebpm.stats.redrawn.wild import wild_bootstrap

FOLDER = Path(__file__).parent / "rct17_wild_cluster_grunfeld"
EXPECTED = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
TERMS = {"value": 1, "capital": 2}
SMALL = np.sqrt(10 / 9 * 199 / 197)  # the case's t is CR1 with Stata's factor


def boot(term, *, restricted):
    data = pd.read_csv(FOLDER / "data.csv")
    design = np.column_stack([np.ones(len(data)), data.value, data.capital])
    firm = np.unique(data.firm, return_inverse=True)[1]
    moments = ClusterMoments.of(design, data.invest.to_numpy(), codes=firm, clusters=10)
    return wild_bootstrap(*moments.normal, contrast=np.eye(3)[TERMS[term]], restricted=restricted)


@pytest.mark.parametrize("term", TERMS)
def test_restricted(term):
    found, expected = boot(term, restricted=True), EXPECTED[term]
    assert found.draws.draws == expected["n_draws"]
    assert found.estimate == pytest.approx(expected["beta"], rel=1e-8)
    assert found.draws.observed() / SMALL == pytest.approx(expected["t_CR1_stata"], rel=1e-8)
    theirs = expected["WCR_impose_null"]
    assert found.p_value() == pytest.approx(theirs["p_symmetric_ge"], abs=1e-12)
    strict = (np.abs(found.draws.statistics()) > abs(found.draws.observed()) * (1 + 1e-9)).mean()
    assert strict == pytest.approx(theirs["p_symmetric_strict"], abs=1e-12)
    interval = theirs["ci95_symmetric_inversion"]
    assert found.interval() == pytest.approx((interval["low"], interval["high"]), rel=1e-6)


@pytest.mark.parametrize("term", TERMS)
def test_unrestricted(term):
    expected = EXPECTED[term]["WCU_unrestricted"]["p_symmetric_ge"]
    assert boot(term, restricted=False).p_value() == pytest.approx(expected, abs=1e-12)
