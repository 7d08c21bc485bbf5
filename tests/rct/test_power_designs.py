"""Power of pairs, strata, factorials, exact tests and past data: against brute force and simulation; tables; the command."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, ttest_rel

from ebpm import rct
from ebpm.cli import main
from ebpm.errors import DesignError
from ebpm.rct import Assignment, Continuous, Proportion, TrialDesign


def test_pairs_against_simulation():
    rng, design = np.random.default_rng(3), TrialDesign(units=24, paired=True, block_r2=0.5)
    shared = rng.normal(0, 0.5**0.5, (4000, 12, 1))
    both = shared + rng.normal(0, 0.5**0.5, (4000, 12, 2))
    both[:, :, 1] += 0.7
    rejected = ttest_rel(both[:, :, 1], both[:, :, 0], axis=1).pvalue < 0.05
    assert rct.power(design, 0.7) == pytest.approx(rejected.mean(), abs=4 * (0.25 / 4000) ** 0.5)


def test_strata_cost_degrees_of_freedom_and_explain_variance():
    plain = TrialDesign(units=40)
    assert replace(plain, strata=5).df == 30
    assert rct.power(replace(plain, strata=5), 0.8) < rct.power(plain, 0.8)
    assert rct.power(replace(plain, strata=5, block_r2=0.4), 0.8) > rct.power(plain, 0.8)


def test_a_factorial_gives_each_main_effect_all_units_and_an_interaction_a_quarter():
    main_effect = TrialDesign(units=400, factors=2)
    assert rct.power(main_effect, 0.3) == pytest.approx(rct.power(TrialDesign(units=400), 0.3), abs=2e-4)
    both = replace(main_effect, interaction=True)
    assert rct.minimum_detectable_effect(both) == pytest.approx(
        2 * rct.minimum_detectable_effect(main_effect), rel=1e-6
    )
    needed = rct.sample_size(replace(both, units=1.0), 0.3).units, rct.sample_size(main_effect, 0.3).units
    assert needed[0] == pytest.approx(4 * needed[1], rel=0.01)


def test_attrition_breaks_pairs():
    whole, broken = TrialDesign(units=40, paired=True), TrialDesign(units=40, paired=True, attrition=0.2)
    assert broken.df == pytest.approx(0.64 * 20 - 1)
    assert rct.power(broken, 0.8) < rct.power(whole, 0.8)


@pytest.mark.parametrize("rule", ["fisher", "boschloo"])
def test_exact_tests_round_trip(rule):
    design = TrialDesign(units=80, outcome=Proportion(base=0.3, rule=rule))
    effect = rct.minimum_detectable_effect(design, 0.8)
    assert rct.power(design, effect + 1e-6) >= 0.8 > rct.power(design, effect - 1e-4)
    fall = rct.minimum_detectable_effect(
        TrialDesign(units=160, outcome=Proportion(base=0.4, rule=rule)), 0.8, down=True
    )
    assert fall < 0
    found = rct.sample_size(design, 0.3)
    one_less = replace(found, units=found.units - 2)
    assert rct.power(found, 0.3) >= 0.8 > rct.power(one_less, 0.3)


def test_the_exact_power_is_the_share_of_simulated_trials_that_reject():
    rng, design = np.random.default_rng(0), TrialDesign(units=60, outcome=Proportion(base=0.3, rule="fisher"))
    yes = np.column_stack([rng.binomial(30, 0.3, 400), rng.binomial(30, 0.65, 400)])
    rejected = [fisher_exact([[a, 30 - a], [b, 30 - b]]).pvalue < 0.05 for a, b in yes]
    assert rct.power(design, 0.35) == pytest.approx(np.mean(rejected), abs=4 * (0.25 / 400) ** 0.5)


@pytest.mark.parametrize("wrong", [
    {"paired": True, "shares": (0.3, 0.7)}, {"paired": True, "strata": 4}, {"interaction": True}, {"strata": 0.5},
    {"factors": 2, "shares": (0.2, 0.8)}, {"block_r2": 1.0}, {"size": 20, "outcome": Proportion(base=0.3, rule="fisher")},
    {"r2": 0.2, "outcome": Proportion(base=0.3, rule="boschloo")},
    {"factors": 2, "interaction": True, "outcome": Proportion(base=0.3)},
])  # fmt: skip
def test_contradictions_are_refused(wrong):
    with pytest.raises(DesignError):
        TrialDesign(**wrong)


def test_exact_tests_of_too_many_people_are_refused():
    with pytest.raises(DesignError, match="too many people"):
        rct.power(TrialDesign(units=9000, outcome=Proportion(base=0.3, rule="fisher")), 0.05)
    with pytest.raises(DesignError, match="too many people"):
        rct.sample_size(TrialDesign(outcome=Proportion(base=0.3, rule="fisher")), 0.01)


def schools(seed=1, wards=5):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(8 * wards), 25)
    kwh = rng.normal(0, 3, len(school)) + rng.normal(0, 0.8, 8 * wards)[school]
    return pd.DataFrame({"school": school, "ward": school // 8, "pair": school // 2, "kwh": kwh})


@pytest.mark.parametrize("columns", [{"cluster": "school"}, {"cluster": "school", "strata": "ward"},
                                     {"cluster": "school", "strata": "pair"}, {"strata": "ward"}, {}])  # fmt: skip
def test_power_from_data_is_that_of_the_test_made_on_them(columns):
    data, lot = schools(), Assignment(**columns)
    found = rct.power_from_data(data, "kwh", assignment=lot, effects=[0.6, 0.9], draws=4000)
    rejected = []
    for seed in range(150):
        arm = lot.draw(data, seed=seed)
        trial = data.assign(arm=arm, kwh=data.kwh + 0.6 * (arm == "1"))
        rejected.append(rct.difference_in_means(trial, "kwh", treatment="arm", **columns).headline.p_value <= 0.05)
    assert found.powers[0][0] == pytest.approx(np.mean(rejected), abs=4 * (0.25 / 150) ** 0.5)
    assert found.powers[0][0] < found.powers[0][1]
    assert found.size[0] == pytest.approx(0.05, abs=0.03)


def test_power_from_data_finds_its_detectable_effect():
    data, lot = schools(), Assignment(cluster="school", strata="ward")
    least = rct.power_from_data(data, "kwh", assignment=lot, effects=[0.5]).detectable[0]
    again = rct.power_from_data(data, "kwh", assignment=lot, effects=[least, 0.98 * least])
    assert again.powers[0][0] >= 0.8 - 1e-9
    closed = TrialDesign(units=40, size=25, icc=0.64 / 9.64, strata=5, outcome=Continuous(sd=9.64**0.5))
    assert least == pytest.approx(rct.minimum_detectable_effect(closed), rel=0.2)


def test_power_from_data_with_several_arms_and_coins():
    three = Assignment(arms=("control", "letter", "visit"), shares=(0.5, 0.25, 0.25), cluster="school")
    found = rct.power_from_data(schools(), "kwh", assignment=three, effects=[1.0])
    assert found.arms == ("letter", "visit")
    assert found.powers[0][0] == pytest.approx(found.powers[1][0], abs=0.05)
    coins = rct.power_from_data(
        schools(), "kwh", assignment=Assignment(scheme="simple", cluster="school"), effects=[1.0]
    )
    lots = rct.power_from_data(schools(), "kwh", assignment=Assignment(cluster="school"), effects=[1.0])
    assert coins.powers[0][0] == pytest.approx(lots.powers[0][0], abs=0.05)


def test_power_from_data_says_what_it_cannot_do():
    data = schools()
    with pytest.raises(DesignError, match="too few units"):
        rct.power_from_data(
            data.assign(ward=data.school // 3),
            "kwh",
            assignment=Assignment(cluster="school", strata="ward"),
            effects=[1],
        )
    with pytest.raises(DesignError, match="a power between"):
        rct.power_from_data(data, "kwh", assignment=Assignment(), effects=[1.0], chance=1.0)


@pytest.mark.parametrize(("lang", "word"), [("ja", "真の効果"), ("en", "true effect")])
def test_words_and_figures(lang, word):
    found = rct.power_from_data(schools(), "kwh", assignment=Assignment(cluster="school"), effects=[0.5, 1.0])
    assert word in found.plot(lang=lang).get_xlabel()
    assert ("割付け" if lang == "ja" else "assignment") in found.summary(lang)
    table = rct.size_table(TrialDesign(size=30, icc=0.02), [0.2, 0.1])
    assert len(table.plot(lang=lang).get_lines()) == 3
    assert list(table.tidy().units) == sorted(table.tidy().units)


def test_how_many_schools_from_the_command_line(capsys):
    assert (
        main(
            [
                "--lang",
                "ja",
                "power",
                "--effect",
                "0.2",
                "0.1",
                "--size",
                "30",
                "--icc",
                "0.02",
                "--power",
                "0.8",
                "0.9",
            ]
        )
        == 0
    )
    said = capsys.readouterr().out
    assert "クラスター" in said
    assert said.count("+") == 4
    assert main(["power", "--lang", "en", "--effect", "0.12", "--base", "0.446", "--rule", "fisher"]) == 0
    assert "288 + 288" in capsys.readouterr().out
    assert main(["power", "--effect", "0.3", "--size", "30", "--icc", "0.05", "--paired", "--block-r2", "0.3"]) == 0
    assert "13 + 13" in capsys.readouterr().out
