"""Power, smallest detectable effects and sizes (case rct21, R's pwr and stats), and the numbers that the pilots were planned with."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ebpm.rct import Continuous, Proportion, TrialDesign, minimum_detectable_effect, power, sample_size

CASE = json.loads((Path(__file__).parent / "rct21_power" / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-6  # the case
SOLVED = 1e-4  # the case: pwr and power.t.test solve by uniroot


def arms(design):
    return design.units * design.shares[0]


def test_normal():
    theirs = CASE["z_two_sample"]
    assert arms(sample_size(TrialDesign(), 0.2, reference="normal")) == pytest.approx(
        theirs["n_per_arm_d0.2_a05_p80"], rel=RTOL
    )
    found = minimum_detectable_effect(TrialDesign(units=400), reference="normal")
    assert found == pytest.approx(theirs["mde_n200_per_arm_sd1"], rel=RTOL)
    unequal = TrialDesign(units=400, shares=(0.25, 0.75))
    assert minimum_detectable_effect(unequal, reference="normal") == pytest.approx(theirs["mde_300_100"], rel=RTOL)


def test_noncentral_t():
    theirs = CASE["t_two_sample_exact_noncentral"]
    assert arms(sample_size(TrialDesign(), 0.2)) == pytest.approx(theirs["n_d0.2_p80"], rel=SOLVED)
    assert arms(sample_size(TrialDesign(), 0.5, chance=0.9)) == pytest.approx(theirs["n_d0.5_p90"], rel=SOLVED)
    assert power(TrialDesign(units=128), 0.5) == pytest.approx(theirs["power_n64_d0.5"], rel=RTOL)
    assert minimum_detectable_effect(TrialDesign(units=400)) == pytest.approx(theirs["mde_n200_p80"], rel=SOLVED)
    unequal = TrialDesign(units=400, shares=(0.75, 0.25))
    assert power(unequal, 0.3) == pytest.approx(theirs["power_unequal_300_100_d0.3"], rel=RTOL)


@pytest.mark.parametrize(
    ("rule", "theirs", "rtol"),
    [("arcsine", "pwr_arcsine_n_0.10_0.15_p80", SOLVED), ("pooled", "stats_power_prop_n_0.10_0.15_p80", RTOL)],
)
def test_two_proportions(rule, theirs, rtol):
    design = TrialDesign(outcome=Proportion(base=0.10, rule=rule))
    found = sample_size(design, 0.05, reference="normal")
    assert arms(found) == pytest.approx(CASE["two_proportions"][theirs], rel=rtol)


@pytest.mark.parametrize("expected", CASE["cluster"], ids=lambda one: f"{one['G']} clusters")
def test_clusters(expected):
    design = TrialDesign(units=expected["G"], size=expected["m"], icc=expected["icc"])
    assert design.design_effect == pytest.approx(expected["design_effect"], rel=RTOL)
    names = {"normal": "mde_z", "central_t": "mde_t_df_G_minus_2", "t": "mde_t_noncentral_df_G_minus_2"}
    found = {theirs: minimum_detectable_effect(design, reference=reference) for reference, theirs in names.items()}
    assert found == pytest.approx({theirs: expected[theirs] for theirs in names.values()}, rel=RTOL)


def test_unequal_clusters_covariates_and_clusters_needed():
    theirs = CASE["cluster_unequal_cv"]
    design = TrialDesign(units=20, size=30, icc=0.05, size_cv=0.6)
    assert design.design_effect == pytest.approx(theirs["design_effect"], rel=RTOL)
    theirs = CASE["cluster_n_per_arm_clusters"]
    found = sample_size(TrialDesign(size=30, icc=0.05), 0.25, reference="normal")
    assert arms(found) == pytest.approx(theirs["clusters_per_arm_z"], rel=RTOL)
    theirs = CASE["ancova_variance_factor"]
    found = minimum_detectable_effect(TrialDesign(units=400, r2=0.25), reference="normal")
    assert found == pytest.approx(theirs["mde_200_per_arm"], rel=RTOL)


@pytest.mark.parametrize(("schools", "per_cent"), [(10, 12.3), (20, 8.7), (40, 6.2), (80, 4.4)])
def test_what_schools_can_see(schools, per_cent):
    # 30 homes a school, coefficient of variation 0.60, correlation before-after 0.7, ICC 0.02
    design = TrialDesign(units=2 * schools, size=30, icc=0.02, r2=0.49, outcome=Continuous(sd=0.60))
    assert 100 * minimum_detectable_effect(design, reference="normal") == pytest.approx(per_cent, abs=0.05)


@pytest.mark.parametrize(
    ("base", "other", "people"),
    [(0.10, 0.19, 236), (0.20, 0.40, 78), (0.20, 0.82 * 0.20, 1799), (0.20, 0.72 * 0.20, 709), (0.20, 0.58 * 0.20, 292),
     (0.446, 0.476, 4330), (0.446, 0.496, 1561), (0.446, 0.546, 388)],
)  # fmt: skip
def test_people_an_arm_of_the_pilots(base, other, people):
    design = TrialDesign(outcome=Proportion(base=base))
    assert arms(sample_size(design, other - base, reference="normal")) == pytest.approx(people, abs=0.5)
    parking = replace(design, size=50, icc=0.02)
    assert parking.design_effect == pytest.approx(1.98)
    lots = sample_size(parking, other - base, reference="normal")
    assert 50 * arms(lots) == pytest.approx(1.98 * people, rel=0.01)
