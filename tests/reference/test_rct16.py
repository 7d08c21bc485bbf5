"""Step-down p values: Westfall and Young by enumeration (case rct16), Romano and Wolf by bootstrap (case rct25)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import rct

HERE = Path(__file__).parent
OUTCOMES = ("y1", "y2", "y3", "y4")


def case(name):
    folder = HERE / name
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


@pytest.mark.parametrize("steps", ["max_t", "min_p"])
def test_rct16(steps):
    data, expected = case("rct16_westfall_young_exact")
    found = rct.step_down(data, "y1", also=OUTCOMES[1:], treatment="treat", steps=steps)
    theirs = expected["westfall_young_stepdown_maxT" if steps == "max_t" else "westfall_young_stepdown_minP"]
    assert [one.p_value for one in found] == pytest.approx(theirs, abs=1e-12)
    assert [one.statistic for one in found] == pytest.approx(expected["t_welch"], rel=1e-8)


@pytest.mark.parametrize("outcome", range(4))
def test_rct16_one_outcome(outcome):
    data, expected = case("rct16_westfall_young_exact")
    found = rct.randomisation_test(data, OUTCOMES[outcome], treatment="treat").headline
    assert found.draws == expected["n_permutations"]
    assert found.estimate.p_value == pytest.approx(expected["raw_permutation_p"][outcome], abs=1e-12)


def test_rct25():
    data, expected = case("rct25_romano_wolf_nsw")
    first, *others = expected["outcomes"]
    found = rct.step_down(data, first, also=others, treatment="treat", redrawn="bootstrap", draws=9999)
    for one, theirs in zip(found, expected["rwolf_9999_seed1_seed2"], strict=True):
        assert one.p_value == pytest.approx(sum(theirs) / 2, abs=0.015)  # the case: three Monte Carlo errors
