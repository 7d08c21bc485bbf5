"""Calibration to totals and post-strata: what is reached, collapses, bounds, bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError

RTOL = 1e-9


@pytest.fixture
def sample():
    rng = np.random.default_rng(11)
    n = 120
    data = pd.DataFrame({
        "ward": rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2]), "age": rng.normal(45, 12, n).round(1),
        "sex": rng.choice(["f", "m"], n), "d": rng.uniform(5, 15, n), "lot": np.arange(n) // 4,
    })  # fmt: skip
    data["y"] = 2.0 + 0.1 * data["age"] + (data["ward"] == "b") + rng.normal(size=n)
    return data


WARDS = {"a": 500, "b": 400, "c": 300}
TOTALS = {"ward": WARDS, "age": 1200 * 46.0}
KINDS = [
    {}, {"distance": "raking"}, {"bounds": (0.5, 2.0)}, {"distance": "logit", "bounds": (0.4, 2.5)},
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("residuals", ["design", "exact"])
def test_totals_are_reached_and_have_no_sampling_error(sample, kind, residuals):
    found = survey.calibrate(sample, TOTALS, weights="d", residuals=residuals, **kind)
    assert (found.weights * sample["age"]).sum() == pytest.approx(TOTALS["age"], rel=RTOL)
    total = survey.total(sample, ["age", "ward"], weights=found)
    assert total["ward: b"].estimate == pytest.approx(400, rel=RTOL)
    if kind.get("bounds") != (0.5, 2.0) or residuals == "design":
        assert [one.std_error for one in total] == pytest.approx([0.0] * 4, abs=1e-4)
    if "bounds" in kind:
        low, high = kind["bounds"]
        assert found.factors.min() >= low * (1 - 1e-12)
        assert found.factors.max() <= high * (1 + 1e-12)


def test_linear_weights_by_the_normal_equations(sample):
    found = survey.calibrate(sample, TOTALS, weights="d")
    X = np.column_stack([pd.get_dummies(sample["ward"], dtype=float), sample["age"]])
    d, known = sample["d"].to_numpy(), np.array([500, 400, 300, TOTALS["age"]])
    multipliers = np.linalg.solve(X.T @ (d[:, None] * X), known - X.T @ d)
    assert found.weights == pytest.approx(d * (1 + X @ multipliers), rel=RTOL)


def test_linear_residuals_are_those_of_a_regression(sample):
    found = survey.calibrate(sample, TOTALS, weights="d")
    X = np.column_stack([pd.get_dummies(sample["ward"], dtype=float), sample["age"]])
    d, y = sample["d"].to_numpy(), sample["y"].to_numpy()
    errors = y - X @ np.linalg.solve(X.T @ (d[:, None] * X), X.T @ (d * y))
    scores = found.weights * errors
    n = len(y)
    by_hand = np.sqrt(n / (n - 1) * ((scores - scores.mean()) ** 2).sum())
    assert survey.total(sample, "y", weights=found).headline.std_error == pytest.approx(by_hand, rel=RTOL)


def test_calibration_to_codes_alone_is_post_stratification(sample):
    post = survey.post_stratify(sample, "ward", cells=WARDS, weights="d")
    for kind in KINDS[:2]:
        found = survey.calibrate(sample, {"ward": WARDS}, weights="d", **kind)
        assert found.weights == pytest.approx(post.weights, rel=RTOL)
        errors = [survey.mean(sample, "y", weights=one, cluster="lot").headline.std_error for one in (found, post)]
        assert errors[0] == pytest.approx(errors[1], rel=RTOL)


def test_both_residuals_agree_for_the_linear_distance(sample):
    one, other = (
        survey.mean(
            sample, "y", weights=survey.calibrate(sample, TOTALS, weights="d", residuals=kind)
        ).headline.std_error
        for kind in ("design", "exact")
    )
    assert one == pytest.approx(other, rel=RTOL)


def test_crossed_cells(sample):
    cells = {(ward, sex): count / 2 for ward, count in WARDS.items() for sex in "fm"}
    found = survey.post_stratify(sample, ["ward", "sex"], cells=cells, weights="d")
    sums = pd.Series(found.weights).groupby([sample["ward"], sample["sex"]]).sum()
    assert sums["b", "m"] == pytest.approx(200, rel=RTOL)
    assert survey.mean(sample, "y", weights=found).headline.method == "survey.post_stratified"


def test_post_strata_by_hand(sample):
    found = survey.mean(sample, "y", weights=survey.post_stratify(sample, "ward", cells=WARDS)).headline
    means = sample.groupby("ward")["y"].mean()
    assert found.estimate == pytest.approx(sum(means[ward] * count for ward, count in WARDS.items()) / 1200, rel=RTOL)


def test_empty_cells_are_an_error_or_left_out_and_said(sample):
    more = WARDS | {"d": 300}
    with pytest.raises(DataError, match="d"):
        survey.post_stratify(sample, "ward", cells=more)
    found = survey.post_stratify(sample, "ward", cells=more, empty="drop")
    assert found.weights.sum() == pytest.approx(1200, rel=RTOL)
    assert "S111" in found.notices
    assert "20.0%" in found.notices.to_text("en")
    assert "S111" not in survey.post_stratify(sample, "ward", cells=WARDS, empty="drop").notices


def test_equal_weights_start_at_the_population(sample):
    found = survey.calibrate(sample, TOTALS)
    assert found.factors.mean() == pytest.approx(1.0, abs=0.2)
    alone = survey.calibrate(sample, {"age": 46.0 * 1200}, size=1200)
    assert alone.weights.sum() == pytest.approx(1200, rel=RTOL)


def test_the_callers_rows_are_known_again(sample):
    found = survey.calibrate(sample, TOTALS, weights="d")
    with pytest.raises(DataError, match="ward"):
        survey.mean(sample.iloc[::-1], "y", weights=found)
    with pytest.raises(DataError, match="119"):
        survey.mean(sample.iloc[1:], "y", weights=found)


@pytest.mark.parametrize(
    ("totals", "how", "error", "said"),
    [
        ({}, {}, DataError, "margins"),
        ({"ward": {"a": 0.5, "b": 0.3, "c": 0.2}}, {}, DataError, "counts"),
        ({"ward": WARDS}, {"size": 1300}, DataError, "1,300"),
        ({"ward": {"a": 500, "b": 400}}, {}, DataError, "c"),
        ({"age": float("nan")}, {}, DataError, "age"),
        ({"nobody": 4.0}, {}, DataError, "nobody"),
        ({"ward": WARDS, "age": 1200 * 146.0}, {"bounds": (0.5, 2.0)}, DesignError, "units of the totals"),
        ({"ward": WARDS}, {"distance": "logit"}, DesignError, "bounds"),
        ({"ward": WARDS}, {"distance": "raking", "bounds": (0.5, 2.0)}, DesignError, "logit"),
        ({"ward": WARDS}, {"bounds": (1.5, 2.0)}, DesignError, "1.5"),
        ({"ward": WARDS}, {"distance": "entropy"}, DataError, "entropy"),
        ({"ward": WARDS}, {"residuals": "none"}, DataError, "exact"),
    ],
)
def test_bad_input_is_named(sample, totals, how, error, said):
    with pytest.raises(error) as caught:
        survey.calibrate(sample, totals, weights="d", **how)
    assert said in str(caught.value)


def test_shares_become_counts_with_a_size(sample):
    shares = {ward: count / 1200 for ward, count in WARDS.items()}
    found = survey.calibrate(sample, {"ward": shares, "age": 1200 * 46.0}, size=1200, weights="d")
    assert found.weights == pytest.approx(survey.calibrate(sample, TOTALS, weights="d").weights, rel=RTOL)


def test_negative_weights_are_said(sample):
    young = {"ward": WARDS, "age": 1200 * 25.0}
    found = survey.calibrate(sample, young, weights="d")
    assert found.weights.min() < 0
    assert "S112" in found.notices
    assert "S112" not in survey.calibrate(sample, TOTALS, weights="d").notices
    with pytest.raises(DesignError, match="weight"):
        survey.quantiles(sample, "y", weights=found)


@pytest.mark.parametrize("residuals", ["design", "unweighted"])
def test_other_residuals_of_raking_are_near(sample, residuals):
    margins = {"ward": WARDS, "sex": {"f": 620, "m": 580}}
    exact, other = (
        survey.mean(sample, "y", weights=survey.rake(sample, margins, weights="d", residuals=kind)).headline
        for kind in ("exact", residuals)
    )
    assert other.estimate == exact.estimate
    assert other.std_error == pytest.approx(exact.std_error, rel=0.05)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_shows_itself(sample, lang):
    found = survey.calibrate(sample, {"age": 46.0 * 1200}, size=1200, weights="d")
    assert found.tidy().shape == (2, 5)
    assert "1,200" in found.summary(lang)
    assert found.plot(lang=lang).get_xlabel()
    assert "<table" in found._repr_html_()


def test_a_plan_calls_it_in_one_step(sample):
    one = survey.calibrated_mean(sample, "y", totals=TOTALS, weights="d", cluster="lot")
    two = survey.mean(sample, "y", weights=survey.calibrate(sample, TOTALS, weights="d"), cluster="lot")
    assert one.headline == two.headline
