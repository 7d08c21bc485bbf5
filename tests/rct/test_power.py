"""Power: against simulation, round trips, monotone in what should help; several arms; the command; bad input."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from ebpm import rct
from ebpm.cli import main
from ebpm.errors import DataError, DesignError
from ebpm.rct import Continuous, Proportion, TrialDesign

DESIGNS = [
    TrialDesign(units=90, shares=(0.4, 0.6), outcome=Continuous(sd=3.0)),
    TrialDesign(units=24, size=20, icc=0.05, size_cv=0.4, r2=0.3, attrition=0.2),
    TrialDesign(units=900, shares=(0.4, 0.3, 0.3)),
    TrialDesign(units=900, outcome=Proportion(base=0.3)),
    TrialDesign(units=40, size=30, icc=0.02, outcome=Proportion(base=0.3, rule="pooled")),
    TrialDesign(units=700, outcome=Proportion(base=0.3, rule="arcsine"), shares=(0.7, 0.3)),
]


@pytest.mark.parametrize("reference", ["t", "normal", "central_t"])
@pytest.mark.parametrize("design", DESIGNS)
def test_round_trips(design, reference):
    effect = rct.minimum_detectable_effect(design, 0.7, reference=reference)
    assert rct.power(design, effect, reference=reference) == pytest.approx(0.7, abs=2e-5)
    found = rct.sample_size(design, effect, chance=0.7, reference=reference)
    assert found.units == pytest.approx(design.units, rel=1e-6)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    "worse", [{"icc": 0.3, "size": 30}, {"attrition": 0.5}, {"units": 20}, {"size": 30, "icc": 0.05, "size_cv": 2.0}]
)
def test_what_hurts_hurts(design, worse):
    better = replace(design, r2=0.5)
    assert rct.power(better, 0.15) > rct.power(design, 0.15)
    hurt = replace(design, **worse)
    same_people = replace(hurt, units=hurt.units if "units" in worse else design.units * design.size / hurt.size + 4)
    assert rct.power(same_people, 0.15) < rct.power(better, 0.15)


def test_power_is_the_share_of_simulated_trials_that_reject():
    rng, design = np.random.default_rng(8), TrialDesign(units=16, size=20, icc=0.1)
    rejected = []
    for _ in range(1500):
        means = rng.normal(0, 0.1**0.5, 16) + rng.normal(0, (0.9 / 20) ** 0.5, 16) + 0.6 * (np.arange(16) % 2)
        one, other = means[1::2], means[::2]
        error = ((one.var(ddof=1) + other.var(ddof=1)) / 8) ** 0.5
        rejected.append(abs(one.mean() - other.mean()) / error > 2.1447866879169273)  # t, 14 df
    assert rct.power(design, 0.6) == pytest.approx(np.mean(rejected), abs=4 * (0.25 / 1500) ** 0.5)


def test_several_arms_share_the_level():
    three = TrialDesign(units=300, shares=(1 / 3, 1 / 3, 1 / 3))
    two = TrialDesign(units=200)
    assert rct.power(three, 0.4) == pytest.approx(rct.power(two, 0.4, conf_level=0.975), rel=1e-9)


def test_clusters_of_one_are_people():
    assert TrialDesign(units=100, icc=0.5).design_effect == 1.0
    assert TrialDesign(units=41, shares=(0.5, 0.5)).per_arm == (21, 21)


def test_shares_fall_as_well_as_rise():
    design = TrialDesign(units=800, outcome=Proportion(base=0.2))
    up, down = (rct.minimum_detectable_effect(design, down=fall) for fall in (False, True))
    assert up > 0 > down
    assert rct.power(design, down) == pytest.approx(0.8, abs=1e-5)


WRONG = [
    {"units": 0}, {"size": 0.5}, {"icc": 1.5}, {"size_cv": -1}, {"r2": 1.0}, {"attrition": 1.0}, {"shares": (0.5, 0.6)},
    {"shares": (1.0,)}, {"outcome": Continuous(sd=0)}, {"outcome": Proportion(base=1.0)},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_numbers_outside_their_range_are_refused(wrong):
    with pytest.raises(DesignError, match=next(iter(wrong))):
        TrialDesign(**{"units": 100, **wrong})


def test_other_bad_input():
    with pytest.raises(DataError, match="unpooled, pooled, arcsine"):
        TrialDesign(outcome=Proportion(base=0.5, rule="exact"))
    with pytest.raises(DataError, match="t, normal, central_t"):
        rct.power(TrialDesign(units=100), 0.1, reference="z")
    with pytest.raises(DesignError, match="units is 2"):
        rct.power(TrialDesign(units=2), 0.1)
    with pytest.raises(DesignError, match=r"chance is 0\.01"):
        rct.minimum_detectable_effect(TrialDesign(units=100), 0.01)
    with pytest.raises(DesignError, match="effect is 0"):
        rct.sample_size(TrialDesign(), 0.0)
    with pytest.raises(DesignError, match=r"effect is 0\.9"):
        rct.power(TrialDesign(units=100, outcome=Proportion(base=0.5)), 0.9)
    with pytest.raises(DesignError, match="however large"):
        rct.minimum_detectable_effect(TrialDesign(units=4, outcome=Proportion(base=0.9)), 0.99)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_curves(lang):
    curve = rct.power_curve(DESIGNS[1], [0.2, 0.4], units=[10, 20, 40])
    assert curve.tidy().shape == (6, 3)
    assert all(low < high for row in curve.powers for low, high in itertools.pairwise(row))
    axes = curve.plot(lang=lang)
    assert len(axes.get_lines()) == 3
    assert "0.4" in axes.get_legend().get_texts()[1].get_text()
    assert "<table" in curve._repr_html_()


def run(capsys, *options):
    status = main(["power", *options])
    said = capsys.readouterr()
    return status, said.out + said.err


SCHOOLS = ("--size", "30", "--icc", "0.02", "--r2", "0.49", "--sd", "0.6")


def test_how_many_schools(capsys):
    status, said = run(capsys, *SCHOOLS, "--effect", "0.087", "--reference", "normal")
    assert status == 0
    assert "42 clusters are needed in all (21 + 21 by arm)" in said
    status, said = run(capsys, *SCHOOLS, "--units", "20", "40", "--reference", "normal")
    assert "0.1232" in said
    assert "0.08712" in said


def test_how_many_people(capsys, tmp_path):
    file = tmp_path / "power.png"
    status, said = run(
        capsys, "--base", "0.446", "--effect", "0.05", "--reference", "normal", "--figure", str(file), "--lang", "ja"
    )
    assert status == 0
    assert "1,561 + 1,561" in said
    assert file.stat().st_size > 5000


def test_the_command_needs_a_question(capsys):
    status, said = run(capsys)
    assert status == 1
    assert "--effect" in said
    assert math.isfinite(status)
