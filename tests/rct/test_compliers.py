"""Who the compliers are: shares and means by hand, Abadie's kappa, two-stage least squares, simulation; bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError

GROUPS = ("complier", "always_taker", "never_taker", "everybody")


def trial(n=600, seed=3, clusters=0):
    rng = np.random.default_rng(seed)
    school = np.arange(n) % (clusters or n)
    kind = rng.choice([0, 1, 2], p=[0.6, 0.15, 0.25], size=n)  # complier, always, never
    arm = rng.permutation(np.arange(clusters or n) % 2)[school]
    age = rng.normal([40.0, 50.0, 30.0], 5.0, (n, 3))[np.arange(n), kind]
    got = np.where(kind == 0, arm, kind == 1).astype(int)
    return pd.DataFrame({"age": age, "arm": arm, "got": got, "school": school, "ward": school % 3, "kind": kind})


def test_shares_and_means_by_hand():
    data = trial()
    found = rct.compliers(data, "age", delivered="got", assigned="arm")
    always, never = data.got[data.arm == 0].mean(), 1 - data.got[data.arm == 1].mean()
    assert [one.estimate for one in found.shares] == pytest.approx([1 - always - never, always, never])
    old, young = data.age[(data.arm == 0) & (data.got == 1)].mean(), data.age[(data.arm == 1) & (data.got == 0)].mean()
    complier = (data.age.mean() - always * old - never * young) / (1 - always - never)
    assert [one.estimate for one in found["age"]] == pytest.approx([complier, old, young, data.age.mean()])


@pytest.mark.parametrize("strata", [None, "ward"])
def test_it_is_abadies_kappa_with_the_shares_assigned(strata):
    data = trial()
    p = data.arm.mean() if strata is None else data.groupby(strata).arm.transform("mean")
    kappa = 1 - data.got * (1 - data.arm) / (1 - p) - (1 - data.got) * data.arm / p
    found = rct.compliers(data, "age", delivered="got", assigned="arm", strata=strata)
    assert found.shares[0].estimate == pytest.approx(kappa.mean(), rel=1e-10)
    assert found["age"]["complier"].estimate == pytest.approx((kappa * data.age).sum() / kappa.sum(), rel=1e-10)


def test_the_share_is_the_first_stage_and_its_error_neymans():
    data = trial(n=4000)
    found = rct.compliers(data, "age", delivered="got", assigned="arm").shares[0]
    first = rct.difference_in_means(data, "got", treatment="arm")["1"]
    assert found.estimate == pytest.approx(first.estimate, rel=1e-12)
    assert found.std_error == pytest.approx(first.std_error, rel=1e-3)


@pytest.mark.parametrize("clusters", [0, 60])
def test_standard_errors_are_those_of_many_draws(clusters):
    draws = [trial(seed=seed, clusters=clusters) for seed in range(400)]
    cluster = "school" if clusters else None
    found = [rct.compliers(data, "age", delivered="got", assigned="arm", cluster=cluster) for data in draws]
    for group in GROUPS:
        values = np.array([one["age"][group].estimate for one in found])
        errors = np.array([one["age"][group].std_error for one in found])
        assert errors.mean() == pytest.approx(values.std(), rel=0.15), group
    covered = [one["age"]["complier"].conf_low <= 40 <= one["age"]["complier"].conf_high for one in found]
    assert 0.91 <= np.mean(covered) <= 0.985


def test_one_sided_delivery_has_no_always_takers():
    data = trial()
    data = data.assign(got=data.got * data.arm)
    found = rct.compliers(data, ["age", "ward"], delivered="got", assigned="arm")
    assert found["age"].terms == ("complier", "never_taker", "everybody")
    assert found["ward"]["complier"].estimate == pytest.approx(
        data.ward[(data.arm == 1) & (data.got == 1)].mean(), rel=0.2
    )


def test_row_order_and_scale():
    data = trial(clusters=40)
    one = rct.compliers(data, "age", delivered="got", assigned="arm", cluster="school")["age"]["complier"]
    mixed = data.assign(age=1000 + 2 * data.age).sample(frac=1, random_state=1)
    other = rct.compliers(mixed, "age", delivered="got", assigned="arm", cluster="school")["age"]["complier"]
    assert (other.estimate, other.std_error) == pytest.approx((1000 + 2 * one.estimate, 2 * one.std_error), rel=1e-9)


def test_it_says_itself_in_both_languages():
    found = rct.compliers(trial(), "age", delivered="got", assigned="arm")
    assert "compliers" in found.summary("en")
    assert "遵守者" in found.summary("ja")
    assert list(found.tidy().term[:2]) == ["complier", "always_taker"] or len(found.tidy()) == 7


def test_bad_input():
    data = trial()
    with pytest.raises(DataError, match="1"):
        rct.compliers(data.assign(got=data.got * 2), "age", delivered="got", assigned="arm")
    with pytest.raises(DesignError, match="two arms"):
        rct.compliers(data.assign(arm=data.ward), "age", delivered="got", assigned="arm")
    with pytest.raises(DataError, match="No column"):
        rct.compliers(data, [], delivered="got", assigned="arm")
    with pytest.raises(DesignError):
        rct.compliers(data.assign(got=1 - data.arm), "age", delivered="got", assigned="arm")
