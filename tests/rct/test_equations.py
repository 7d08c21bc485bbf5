"""Estimating equations and risks of trials: correlations in time, percentage points, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import ebpm
from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.stats.regression.working import working


def answers(rows=600, seed=5):
    rng = np.random.default_rng(seed)
    arm = np.repeat(["letter", "none", "visit"], rows // 3)
    age = rng.normal(50.0, 10.0, rows)
    chance = 1 / (1 + np.exp(-(-1 + 0.8 * (arm == "letter") + 0.4 * (arm == "visit") + 0.05 * (age - 50))))
    return pd.DataFrame(
        {"insured": (rng.random(rows) < chance).astype(int), "arm": arm, "age": age, "ward": np.arange(rows) % 40}
    )


def waves(seed=3, people=60):
    rng = np.random.default_rng(seed)
    person, wave = np.repeat(np.arange(people), 4), np.tile(np.arange(4), people)
    noise = rng.normal(size=(people, 4))
    for at in range(1, 4):
        noise[:, at] = 0.6 * noise[:, at - 1] + 0.8 * noise[:, at]
    return pd.DataFrame({"y": noise.ravel() + person % 2, "person": person, "wave": wave, "arm": person % 2})


def test_without_covariates_risks_are_shares_and_ratios_those_of_shares():
    data = answers()
    found, shares = rct.risks(data, "insured", treatment="arm", control="none"), data.groupby("arm").insured.mean()
    assert found.levels.terms == ("none", "letter", "visit")
    assert [one.estimate for one in found.levels] == pytest.approx(
        shares[["none", "letter", "visit"]].tolist(), rel=1e-10
    )
    assert found.estimates["letter"].estimate == pytest.approx(shares["letter"] - shares["none"], rel=1e-10)
    assert np.exp(found.log_ratios["visit"].estimate) == pytest.approx(shares["visit"] / shares["none"], rel=1e-10)


def test_without_covariates_the_error_is_that_of_shares_by_hc2():
    data = answers()
    found = rct.risks(data, "insured", treatment="arm", control="none").estimates
    plain = rct.lin(data, "insured", treatment="arm", control="none", covariates=[])
    assert [one.std_error for one in found] == pytest.approx([one.std_error for one in plain], rel=1e-9)


def test_covariates_make_risks_more_precise():
    bare, more = (
        rct.risks(answers(), "insured", treatment="arm", control="none", covariates=names) for names in ([], ["age"])
    )
    assert more.estimates["letter"].std_error < bare.estimates["letter"].std_error


def test_risks_by_cluster_stay_near_the_difference_in_means_by_cluster():
    data = answers().assign(arm=lambda data: np.where(data.ward % 2, "letter", "none"))
    found = rct.risks(data, "insured", treatment="arm", control="none", cluster="ward").estimates["letter"]
    plain = rct.lin(data, "insured", treatment="arm", control="none", covariates=[], cluster="ward")["letter"]
    assert (found.estimate, found.clusters) == (pytest.approx(plain.estimate, rel=1e-10), 40)
    assert found.std_error == pytest.approx(plain.std_error, rel=0.01)


def test_words_are_percentage_points_in_both_languages():
    found = rct.risks(answers(), "insured", treatment="arm", control="none")
    assert "percentage points" in found.summary("en")
    assert "パーセントポイント" in found.summary("ja")
    assert list(found.tidy().term) == ["none", "letter", "visit"]
    assert np.isfinite(found.tidy().loc[1:, "risk_ratio"]).all()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_risks_are_drawn(lang):
    assert rct.risks(answers(), "insured", treatment="arm", control="none").plot(lang=lang).has_data()


def test_an_arm_where_nobody_said_yes_has_no_odds():
    data = answers().assign(insured=lambda data: data.insured * (data.arm != "letter"))
    with pytest.raises(DesignError) as caught:
        rct.risks(data, "insured", treatment="arm", control="none")
    assert caught.value.code == "glm_separation"


def test_an_outcome_that_is_not_yes_or_no_is_refused():
    with pytest.raises(DesignError) as caught:
        rct.risks(answers().assign(insured=lambda data: data.insured * 2), "insured", treatment="arm", control="none")
    assert caught.value.code == "glm_not_binary"


def test_a_correlation_in_time_recovers_what_made_the_data():
    from ebpm.stats.regression.gee import gee

    data = waves(people=4000)
    fit = gee(
        np.column_stack([np.ones(len(data)), data.arm]), data.y.to_numpy(), codes=data.person.to_numpy(),
        contrasts=np.eye(2), correlation="ar1", waves=data.wave.to_numpy(),
    )  # fmt: skip
    assert fit.correlation == pytest.approx(0.6, abs=0.03)
    free = gee(
        np.column_stack([np.ones(len(data)), data.arm]), data.y.to_numpy(), codes=data.person.to_numpy(),
        contrasts=np.eye(2), correlation="unstructured", waves=data.wave.to_numpy(),
    )  # fmt: skip
    assert free.correlations == pytest.approx([0.6, 0.36, 0.216, 0.6, 0.36, 0.6], abs=0.05)


@pytest.mark.parametrize("kind", ["ar1", "unstructured", "exchangeable"])
def test_weighing_equals_the_inverse_of_the_whole_matrix(kind):
    rng = np.random.default_rng(1)
    codes, times = np.repeat(np.arange(5), 4), np.tile([0, 1, 2, 4], 5)
    keep = rng.random(20) < 0.8
    codes, times = codes[keep], times[keep]
    columns, order = rng.normal(size=(keep.sum(), 3)), rng.permutation(keep.sum())
    one = working(kind, codes[order], times[order])
    pairs = {(0, 1): 0.5, (0, 2): 0.4, (0, 4): 0.1, (1, 2): 0.6, (1, 4): 0.2, (2, 4): 0.3}
    parameters = np.array(list(pairs.values())) if kind == "unstructured" else np.array([0.4])
    found = one.weighed(columns[order], parameters)
    for group in range(5):
        mine = np.flatnonzero(codes == group)
        far = np.abs(times[mine][:, None] - times[mine])
        whole = 0.4**far if kind == "ar1" else np.where(far > 0, 0.4, 1.0)
        if kind == "unstructured":
            whole = np.array([[pairs.get((min(a, b), max(a, b)), 1.0) for a in times[mine]] for b in times[mine]])
        assert found[group] == pytest.approx(columns[mine].T @ np.linalg.inv(whole) @ columns[mine], rel=1e-10)


def test_negative_correlation_in_time():
    data = waves()
    swung = data.assign(y=np.where(data.wave % 2, -data.y, data.y))
    one = rct.gee(swung, "y", treatment="arm", cluster="person", correlation="ar1", time="wave")
    assert np.isfinite(one["1"].std_error)


@pytest.mark.parametrize("correlation", ["ar1", "unstructured"])
def test_row_order_and_one_row_a_cluster(correlation):
    data = waves()
    data = data[(data.person > 9) | (data.wave == 0)]
    what = {"treatment": "arm", "cluster": "person", "correlation": correlation, "time": "wave"}
    ours, theirs = rct.gee(data, "y", **what)["1"], rct.gee(data.sample(frac=1, random_state=2), "y", **what)["1"]
    assert (ours.estimate, ours.std_error) == pytest.approx((theirs.estimate, theirs.std_error), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "more", "slug"),
    [
        ({}, {"correlation": "ar1"}, "rct_gee_without_time"),
        ({"wave": 1}, {"correlation": "ar1", "time": "wave"}, "stats_gee_twice"),
    ],
)
def test_what_is_refused(change, more, slug):
    with pytest.raises(DesignError) as caught:
        rct.gee(waves().assign(**change), "y", treatment="arm", cluster="person", **more)
    assert caught.value.code == slug
    for lang in ("ja", "en"):
        ebpm.use_language(lang)
        assert len(str(caught.value).splitlines()) >= 3
    ebpm.use_language("en")


def test_correlations_that_cannot_be_together():
    rng = np.random.default_rng(4)
    person = np.repeat(np.arange(90), 2)
    wave = np.array([[0, 1], [1, 2], [0, 2]])[np.arange(90) % 3].ravel()
    sign = np.where((person % 3 == 2) & (wave == 2), -1.0, 1.0)
    data = pd.DataFrame(
        {"y": np.repeat(rng.normal(size=90), 2) * sign, "person": person, "wave": wave, "arm": person // 3 % 2}
    )
    with pytest.raises(DesignError) as caught:
        rct.gee(data, "y", treatment="arm", cluster="person", correlation="unstructured", time="wave")
    assert caught.value.code == "stats_gee_indefinite"


def test_an_unknown_correlation_names_those_that_are_known():
    with pytest.raises((DataError, DesignError), match="unstructured"):
        rct.gee(waves(), "y", treatment="arm", cluster="person", correlation="toeplitz")
