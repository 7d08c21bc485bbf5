"""Randomisation inference by complete enumeration (cases rct10, rct11): every p value and interval."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import rct

HERE = Path(__file__).parent
EXACT = 1e-12  # the case: p values
ENDS = 1e-8  # the case: ends of the interval


def case(name):
    folder = HERE / name
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


@pytest.fixture(scope="module")
def plants():
    data, expected = case("rct10_ri_exact_plantgrowth")
    return data, expected, rct.randomisation_test(data, "weight", treatment="treat", statistic="difference").headline


def test_rct10_difference(plants):
    _, expected, found = plants
    assert (found.draws, found.possible, found.exact, found.monte_carlo_error) == (184756, 184756, True, 0.0)
    assert found.estimate.estimate == pytest.approx(expected["diff_in_means"], rel=ENDS)
    assert found.estimate.p_value == pytest.approx(expected["p_two_sided_abs"], abs=EXACT)
    assert found.p_greater == pytest.approx(expected["p_greater"], abs=EXACT)
    assert found.p_less == pytest.approx(expected["p_less"], abs=EXACT)
    assert found.distribution.std(ddof=0) == pytest.approx(expected["null_sd_of_statistic"], rel=1e-5)
    assert round(found.estimate.p_value * found.draws) == expected["count_abs_ge"]


def test_rct10_interval(plants):
    data, expected, found = plants
    theirs = expected["ci95_inversion_abs_diff"]
    assert (found.estimate.conf_low, found.estimate.conf_high) == pytest.approx(
        (theirs["low"], theirs["high"]), rel=ENDS
    )
    ninety = rct.randomisation_test(data, "weight", treatment="treat", conf_level=0.9).headline.estimate
    theirs = expected["ci90_inversion_abs_diff"]
    assert (ninety.conf_low, ninety.conf_high) == pytest.approx((theirs["low"], theirs["high"]), rel=ENDS)


def test_rct10_studentised(plants):
    data, expected, _ = plants
    found = rct.randomisation_test(data, "weight", treatment="treat").headline
    assert found.statistic == pytest.approx(expected["studentized_welch"]["t_obs"], rel=ENDS)
    assert found.estimate.p_value == pytest.approx(expected["studentized_welch"]["p_two_sided"], abs=EXACT)


def test_rct10_ranks(plants):
    data, expected, _ = plants
    ranked = data.assign(weight=data.weight.rank())
    found = rct.randomisation_test(ranked, "weight", treatment="treat", statistic="difference").headline
    assert found.statistic == pytest.approx(expected["rank_sum"]["diff_mean_ranks"], rel=ENDS)
    assert found.estimate.p_value == pytest.approx(expected["rank_sum"]["p_two_sided"], abs=EXACT)


def test_rct11():
    data, expected = case("rct11_ri_exact_8units")
    found = rct.randomisation_test(data, "y", treatment="d", statistic="difference").headline
    assert found.statistic == pytest.approx(expected["diff"], abs=EXACT)
    assert found.draws == expected["n_assignments"]
    assert found.estimate.p_value == pytest.approx(expected["p_two_sided_abs"], abs=EXACT)
    assert found.p_greater == pytest.approx(expected["p_greater"], abs=EXACT)
    assert found.p_less == pytest.approx(expected["p_less"], abs=EXACT)
    ranks = data.assign(y=data.y.rank())
    tied = rct.randomisation_test(ranks, "y", treatment="d", statistic="difference").headline
    assert tied.statistic == pytest.approx(expected["rank_diff"], abs=EXACT)
    assert tied.estimate.p_value == pytest.approx(expected["rank_p_two_sided"], abs=EXACT)
    assert np.isfinite(tied.distribution).all()
