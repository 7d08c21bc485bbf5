"""Replicate weights: what they collapse to, what carries over, bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError

RTOL = 1e-10
DESIGN = {"strata": "ward", "cluster": "lot"}


@pytest.fixture
def sample():
    rng = np.random.default_rng(8)
    return pd.DataFrame({
        "y": rng.normal(5, 2, 48), "x": rng.uniform(1, 2, 48), "w": rng.uniform(1, 4, 48), "ward": np.repeat(list("abcdef"), 8),
        "lot": np.repeat(np.arange(12), 4), "age": rng.choice(["old", "young"], 48),
    })  # fmt: skip


@pytest.mark.parametrize("kind", ["jackknife", "brr", "fay"])
def test_a_total_has_the_linearised_error(sample, kind):
    made = survey.replicates(sample, kind, weights="w", **DESIGN)
    ours = survey.total(sample, "y", weights=made, **DESIGN).headline
    linear = survey.total(sample, "y", weights="w", **DESIGN).headline
    assert (ours.estimate, ours.std_error, ours.df) == pytest.approx(
        (linear.estimate, linear.std_error, linear.df), rel=RTOL
    )
    assert ours.method == "survey.replicated"


def test_the_bootstrap_is_near_and_redraws_the_same(sample):
    one, two = (survey.replicates(sample, "bootstrap", weights="w", draws=2000, **DESIGN) for _ in range(2))
    assert np.array_equal(one.replication.factors, two.replication.factors)
    other = survey.replicates(sample, "bootstrap", weights="w", draws=2000, seed=5, **DESIGN)
    assert not np.array_equal(one.replication.factors, other.replication.factors)
    ours = survey.ratio(sample, "y", denominator="x", weights=one, **DESIGN).headline
    linear = survey.ratio(sample, "y", denominator="x", weights="w", **DESIGN).headline
    assert ours.std_error == pytest.approx(linear.std_error, rel=0.12)
    assert len(one) == 2000


def test_half_samples_are_balanced(sample):
    factors = survey.replicates(sample, "brr", **DESIGN).replication.factors
    first = factors[::2] - 1.0
    assert np.array_equal(first @ first.T, 8.0 * np.eye(6))
    assert np.array_equal(factors[::2] + factors[1::2], np.full((6, 8), 2.0))


def test_raking_each_set_carries_the_weighting(sample):
    margins = {"age": {"old": 30, "young": 40}}
    made = survey.replicates(sample, weights="w", margins=margins, **DESIGN)
    count = survey.total(sample, "age", weights=made, **DESIGN)["old"]
    assert count.estimate == pytest.approx(30, rel=RTOL)
    assert count.std_error == pytest.approx(0.0, abs=1e-9)
    raked = survey.rake(sample, margins, weights="w")
    ours, linear = (survey.mean(sample, "y", weights=weights, **DESIGN).headline for weights in (made, raked))
    assert ours.std_error == pytest.approx(linear.std_error, rel=0.1)


def test_weights_of_a_file_are_the_ones_made_here(sample):
    made = survey.replicates(sample, weights="w", **DESIGN)
    names = [f"r{at}" for at in range(len(made))]
    columns = np.column_stack([made.replication.draw(at) for at in range(len(made))])
    table = pd.concat([sample, pd.DataFrame(columns, columns=names)], axis=1)
    given = survey.replicate_columns(
        table, names, weights="w", df=6, scales=made.replication.scales.tolist(), centre="replicates"
    )
    ours = survey.mean(table, "y", weights=given).headline
    assert ours.std_error == pytest.approx(
        survey.mean(sample, "y", weights=made, **DESIGN).headline.std_error, rel=RTOL
    )
    assert ours.df == 6


def test_a_stratum_with_one_unit_or_three_is_refused(sample):
    with pytest.raises(DesignError, match="jackknife"):
        survey.replicates(sample.assign(ward="a"), "brr", **DESIGN)
    with pytest.raises(DesignError, match="one"):
        survey.replicates(sample.assign(lot=sample["ward"]), **DESIGN)


def test_a_level_that_a_replicate_loses_is_named(sample):
    odd = sample.assign(age=np.where(sample["lot"] == 3, "old", "young"))
    made = survey.replicates(odd, margins={"age": {"old": 5, "young": 40}}, **DESIGN)
    with pytest.raises(DesignError, match="old"):
        survey.mean(odd, "y", weights=made, **DESIGN)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"kind": "sdr"}, DataError),
        ({"fay": 1.0}, DesignError),
        ({"centre": "median"}, DataError),
        ({"cluster": "no"}, DataError),
    ],
)
def test_bad_input_is_refused(sample, bad, error):
    with pytest.raises(error):
        survey.replicates(sample, **(DESIGN | bad))


def test_scales_must_match(sample):
    with pytest.raises(DataError, match="2"):
        survey.replicate_columns(sample, ["w", "x"], weights="w", df=2, scales=[1.0])
    with pytest.raises(DesignError, match="df"):
        survey.replicate_columns(sample, ["w", "x"], weights="w", df=0)


def test_other_rows_are_refused(sample):
    made = survey.replicates(sample, weights="w", **DESIGN)
    with pytest.raises(DataError, match=r"lot|ward"):
        survey.mean(sample.iloc[::-1], "y", weights=made, **DESIGN)
