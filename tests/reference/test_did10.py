"""California's tobacco control programme (case did10): synthetic DiD, synthetic control and DiD against the exact optimum and synthdid.

synthdid stops its Frank-Wolfe search early (synthetic control -19.620, exact -19.514), so that the exact optimum, computed by
cvxpy with Clarabel, is the witness at full precision and synthdid's own numbers at the tolerance of the case.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.synthetic.average import Parts
from ebpm.did.synthetic.fit import Weighting, noise
from ebpm.did.synthetic.sample import read_study

FOLDER = Path(__file__).parent / "did10_synthdid_prop99"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
EXACT = CASE["qp_exact"]
RTOL = 1e-8
COLUMNS = {"unit": "State", "time": "Year", "first_treated": "first"}
SC = Weighting(times="none", intercept=False, ridge=False)
DID = Weighting("uniform", "uniform")


@pytest.fixture(scope="module")
def cigarettes():
    data = pd.read_csv(FOLDER / "data.csv")
    return data.assign(first=np.where(data.State == "California", 1989, 0))


@pytest.fixture(scope="module")
def sdid(cigarettes):
    return did.synthetic_did(cigarettes, "PacksPerCapita", **COLUMNS)


@pytest.fixture(scope="module")
def control(cigarettes):
    return did.synthetic_control(cigarettes, "PacksPerCapita", **COLUMNS)


def average(fit):
    return float((fit.gaps * fit.after).sum() / fit.after.sum())


def effects(result):
    return [item.estimate for item in result.aggregate("calendar")][:-1]


def each_placebo(result):
    parts = Parts.of("simple", result.fit.starts, result.study.periods)
    return parts.averages(result.draws.gaps, result.draws.counts)[0][:, 0]


def named(result, expected):
    return [expected[name] for name in result.study.donors]


def test_the_exact_optimum(cigarettes, sdid, control):
    sample = read_study(cigarettes, "PacksPerCapita", **COLUMNS).sample
    assert sdid.estimates.headline.estimate == pytest.approx(EXACT["sdid_estimate"], rel=RTOL)
    assert control.estimates.headline.estimate == pytest.approx(EXACT["sc_estimate"], rel=RTOL)
    assert average(SC.fit(sample)) == pytest.approx(EXACT["sc_estimate"], rel=1e-12)
    assert noise(sample.paths[sample.donors, :19]) == pytest.approx(EXACT["noise_level"], rel=1e-12)


def test_the_exact_weights(sdid, control):
    np.testing.assert_allclose(sdid.fit.unit_weights[0], named(sdid, EXACT["sdid_omega"]), atol=1e-9)
    np.testing.assert_allclose(sdid.fit.time_weights[0, :19], list(EXACT["sdid_lambda"].values()), atol=1e-9)
    np.testing.assert_allclose(control.fit.unit_weights[0], named(control, EXACT["sc_omega"]), atol=1e-9)
    assert max(sdid.fit.violation, control.fit.violation) < 1e-14


def test_uniform_weights_are_difference_in_differences(cigarettes):
    fit = DID.fit(read_study(cigarettes, "PacksPerCapita", **COLUMNS).sample)
    assert average(fit) == pytest.approx(CASE["did"]["estimate"], rel=1e-10)
    np.testing.assert_allclose(fit.gaps[0, 19:], CASE["did"]["effect_curve"], rtol=1e-10)


def test_synthdid_within_the_tolerance_of_its_search(sdid, control):
    assert sdid.estimates.headline.estimate == pytest.approx(CASE["sdid"]["estimate"], rel=1e-3)
    np.testing.assert_allclose(effects(sdid), CASE["sdid"]["effect_curve"], rtol=5e-3)
    assert control.estimates.headline.estimate == pytest.approx(CASE["sc"]["estimate"], rel=6e-3)
    np.testing.assert_allclose(effects(control), CASE["sc"]["effect_curve"], rtol=1e-2)


def test_the_placebos_of_synthdid(sdid, control):
    theirs = named(sdid, CASE["sdid"]["placebo_each_control"])
    np.testing.assert_allclose(each_placebo(sdid), theirs, atol=0.06)
    assert sdid.draws.complete
    assert sdid.estimates.headline.std_error == pytest.approx(CASE["sdid"]["placebo_sd_n_denominator"], rel=1e-4)
    assert sdid.estimates.headline.std_error == pytest.approx(CASE["sdid"]["placebo_se_mean"], rel=0.05)
    sizes = np.abs(np.append(each_placebo(control), control.estimates.headline.estimate))
    assert (sizes >= sizes[-1]).mean() == pytest.approx(CASE["sc"]["permutation_p_two_sided"])


def test_one_treated_unit_allows_no_jackknife(cigarettes):
    assert CASE["sdid"]["jackknife_se"] is None
    found = did.synthetic_did(cigarettes, "PacksPerCapita", **COLUMNS, inference="jackknife").estimates.headline
    assert found.std_error.reason == "synthetic_one_treated"
