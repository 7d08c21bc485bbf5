"""Means, shares, totals and ratios: what they collapse to, their domains, their bad input."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ebpm import survey
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.moments import scan

RTOL = 1e-12  # the same closed form, another order of sums


@pytest.fixture
def sample():
    rng = np.random.default_rng(5)
    return pd.DataFrame({
        "y": rng.normal(10, 3, 60),
        "x": rng.uniform(1, 2, 60),
        "w": rng.uniform(1, 4, 60),
        "one": np.ones(60),
        "ward": np.repeat(["a", "b", "c"], 20),
        "lot": np.repeat(np.arange(15), 4),
        "row": np.arange(60),
        "insured": rng.choice(["yes", "no", "unknown"], 60),
        "size": np.repeat([100.0, 200.0, 400.0], 20),
    })  # fmt: skip


def test_no_design_is_the_ordinary_mean(sample):
    one, y = survey.mean(sample, "y").headline, sample["y"]
    assert one.estimate == pytest.approx(y.mean(), rel=RTOL)
    assert one.std_error == pytest.approx(y.sem(), rel=RTOL)
    low, high = stats.t.interval(0.95, 59, y.mean(), y.sem())
    assert (one.conf_low, one.conf_high) == pytest.approx((low, high), rel=1e-10)


@pytest.mark.parametrize("other", [{"weights": "one"}, {"cluster": "row"}, {"weights": "one", "cluster": "row"}])
def test_equal_weights_and_rows_as_clusters_change_nothing(sample, other):
    plain, same = survey.mean(sample, "y").headline, survey.mean(sample, "y", **other).headline
    assert (same.estimate, same.std_error, same.df) == pytest.approx(
        (plain.estimate, plain.std_error, plain.df), rel=RTOL
    )


def test_weights_cancel_their_scale_but_not_in_totals(sample):
    scaled = sample.assign(w=7 * sample["w"])
    assert survey.mean(scaled, "y", weights="w").headline.std_error == pytest.approx(
        survey.mean(sample, "y", weights="w").headline.std_error, rel=RTOL
    )
    assert survey.total(scaled, "y", weights="w").headline.estimate == pytest.approx(
        7 * survey.total(sample, "y", weights="w").headline.estimate, rel=RTOL
    )


def test_strata_by_hand(sample):
    one = survey.mean(sample, "y", strata="ward", population="size").headline
    wards = sample.groupby("ward")["y"]
    sizes = np.array([100.0, 200.0, 400.0])
    shares = sizes / sizes.sum()
    assert one.estimate == pytest.approx(shares @ wards.mean(), rel=RTOL)
    variance = (shares**2 * (1 - 20 / sizes) * wards.var() / 20).sum()
    assert one.std_error == pytest.approx(math.sqrt(variance), rel=RTOL)
    assert one.df == 57


def test_clusters_by_hand(sample):
    one = survey.mean(sample, "y", cluster="lot").headline
    totals = (sample["y"] - sample["y"].mean()).groupby(sample["lot"]).sum()
    assert one.std_error == pytest.approx(math.sqrt(15 / 14 * (totals**2).sum()) / 60, rel=RTOL)
    assert (one.df, one.clusters) == (14, 15)


def test_a_census_has_no_sampling_error(sample):
    one = survey.mean(sample.assign(size=20), "y", strata="ward", population="size").headline
    assert one.std_error == 0.0
    assert isinstance(one.p_value, Unavailable)


def test_a_domain_keeps_the_whole_design(sample):
    found = survey.mean(sample, "y", weights="w", cluster="lot", by="insured")["yes"]
    kept = (sample["insured"] == "yes").astype(float)
    as_ratio = survey.ratio(
        sample.assign(top=kept * sample["y"], bottom=kept), "top", denominator="bottom", weights="w", cluster="lot"
    )
    assert found.estimate == pytest.approx(as_ratio.headline.estimate, rel=RTOL)
    assert found.std_error == pytest.approx(as_ratio.headline.std_error, rel=RTOL)
    assert found.n == int(kept.sum())


def test_codes_are_terms_and_add_up(sample):
    found = survey.mean(sample, "insured", weights="w", strata="ward")
    assert found.terms == ("no", "unknown", "yes")
    assert sum(one.estimate for one in found) == pytest.approx(1.0, rel=RTOL)
    assert np.asarray(found.covariance).sum() == pytest.approx(0.0, abs=1e-16)
    assert {one.estimand for one in found} == {"proportion"}


def test_domains_of_codes_name_both(sample):
    found = survey.proportion(sample, "insured", by="ward")
    assert found.terms[:4] == ("a: no", "a: unknown", "a: yes", "b: no")


def test_a_mean_is_its_total_over_the_size(sample):
    total = survey.total(sample, "y", weights="w", strata="ward").headline
    ratio = survey.ratio(sample, "y", denominator="one", weights="w", strata="ward").headline
    mean = survey.mean(sample, "y", weights="w", strata="ward").headline
    assert total.estimate / sample["w"].sum() == pytest.approx(mean.estimate, rel=RTOL)
    assert (ratio.estimate, ratio.std_error) == pytest.approx((mean.estimate, mean.std_error), rel=RTOL)


def test_logit_interval_by_hand(sample):
    one = survey.proportion(sample, "insured")["yes"]
    half = stats.t.ppf(0.975, 59) * one.std_error / (one.estimate * (1 - one.estimate))
    eta = math.log(one.estimate / (1 - one.estimate))
    expected = (1 / (1 + math.exp(half - eta)), 1 / (1 + math.exp(-half - eta)))
    assert (one.conf_low, one.conf_high) == pytest.approx(expected, rel=1e-10)
    assert isinstance(one.p_value, Unavailable)


def test_a_share_of_all_has_no_logit_interval(sample):
    one = survey.proportion(sample.assign(insured="yes"), "insured").headline
    assert one.estimate == 1.0
    assert isinstance(one.conf_low, Unavailable)
    assert "0 or 1" in str(one.conf_low)


def test_the_callers_data_is_unchanged(sample):
    before = sample.copy()
    survey.mean(sample, "y", weights="w", strata="ward", cluster="lot", by="insured")
    pd.testing.assert_frame_equal(sample, before)


def test_summary_in_both_languages(sample):
    found = survey.mean(sample, "y", weights="w", strata="ward")
    assert "Population mean (y)" in found.summary("en")
    assert "母平均" in found.summary("ja")


BAD = [
    (
        lambda d: d.assign(ward=["alone"] + ["a"] * 59),
        {"strata": "ward"},
        DesignError,
        "survey_lonely_unit",
        "alone",
        "Merge",
    ),
    (lambda d: d.assign(lot=0), {"cluster": "lot"}, DesignError, "survey_one_unit", "60 rows", "cluster names"),
    (
        lambda d: d.assign(lot=d["row"] % 15),
        {"strata": "ward", "cluster": "lot"},
        DesignError,
        "survey_unit_in_two_strata",
        "a, b",
        "join",
    ),
    (
        lambda d: d.assign(size=10.0),
        {"strata": "ward", "population": "size"},
        DesignError,
        "survey_population_small",
        "sample 20",
        "number",
    ),
    (lambda d: d, {"population": "size"}, DesignError, "survey_population_varies", "row", "one number"),
    (lambda d: d.assign(w=0.0), {"weights": "w"}, DataError, "negative_weights", "row 1", "weight"),
    (lambda d: d.assign(y=np.nan), {}, DataError, "missing_values", "60 rows", "rule of the plan"),
    (lambda d: d, {"weights": "wt"}, DataError, "missing_column", "wt", "Did you mean"),
    (lambda d: d, {"interval": "wald"}, DataError, "bad_choice", "wald", "logit"),
    (lambda d: d, {"interval": "logit"}, DesignError, "survey_logit_outside", "y", "interval='t'"),
    (lambda d: d, {"conf_level": 95}, DesignError, "bad_level", "95", "0.95"),
    (lambda d: d[:0], {}, DataError, "empty_data", "0 rows", "filter"),
]


@pytest.mark.parametrize(("change", "arguments", "kind", "code", "given", "remedy"), BAD)
def test_bad_input_is_refused_in_three_parts(sample, change, arguments, kind, code, given, remedy):
    with pytest.raises(kind) as caught:
        survey.mean(change(sample), "y", **arguments)
    assert caught.value.code == code
    assert given in caught.value.given("en")
    assert remedy in caught.value.remedy("en")
    assert caught.value.what("ja") != caught.value.what("en")


def test_a_stratum_drawn_whole_needs_no_second_unit(sample):
    whole = sample.assign(ward=["alone"] + ["a"] * 59, size=[1.0] + [100.0] * 59)
    assert survey.mean(whole, "y", strata="ward", population="size").headline.std_error > 0


def test_a_ratio_over_nothing_is_refused(sample):
    with pytest.raises(DesignError) as caught:
        survey.ratio(sample.assign(x=0.0), "y", denominator="x")
    assert caught.value.code == "survey_zero_denominator"


@pytest.mark.parametrize(("top", "bottom"), [("age", "x"), ("x", "age"), ("digits", "x")])
def test_a_ratio_of_labels_is_refused_in_memory_and_from_sums(top, bottom, tmp_path):
    data = pd.DataFrame({"x": [1.0, 2, 3, 4], "age": list("abab"), "digits": list("1234")})
    data.to_parquet(tmp_path / "answers.parquet")
    for given in (data, scan(tmp_path / "answers.parquet")):
        with pytest.raises(DataError, match=r"numeric|numbers") as caught:
            survey.ratio(given, top, denominator=bottom)
        assert "age" in str(caught.value) or "digits" in str(caught.value)
