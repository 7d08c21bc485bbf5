"""Weighting, doubly robust estimation and g-computation: closed forms, numerical derivatives, refitting, bad inputs."""

import numpy as np
import pandas as pd
import pytest

from ebpm import DataError, DesignError, cohort
from ebpm.estimate import Unavailable
from tests.cohort.cohorts import COVARIATES, cohort_of

ROUTINES = {"iptw": cohort.iptw, "aipw": cohort.aipw, "g_computation": cohort.g_computation}
WEIGHTED = {"iptw": cohort.iptw, "aipw": cohort.aipw}
routines = pytest.mark.parametrize("routine", ROUTINES)


def run(routine, data, outcome="y", **options):
    return ROUTINES[routine](data, outcome, **({"treatment": "treated", "covariates": COVARIATES} | options)).estimates


def numbers(found, field="estimate"):
    return np.array([getattr(one, field) for one in found])


def saturated():
    """Two strata in which means and shares can be counted by hand: 4 and 8 of 12 treated."""
    old, treated = np.repeat([0, 1], 12), np.r_[np.ones(4), np.zeros(8), np.ones(8), np.zeros(4)]
    y = np.r_[[5.0, 6, 7, 6], np.arange(8.0), np.arange(8.0) + 10, [3.0, 4, 5, 8]]
    return pd.DataFrame({"old": old, "treated": treated.astype(int), "y": y})


@routines
@pytest.mark.parametrize(("estimand", "shares"), [("ate", (12, 12)), ("att", (4, 8)), ("atc", (8, 4))])
def test_with_one_binary_covariate_all_three_are_the_standardised_difference(routine, estimand, shares):
    data = saturated()
    means = data.groupby(["old", "treated"])["y"].mean()
    gaps = [means[old, 1] - means[old, 0] for old in (0, 1)]
    found = run(routine, data, covariates=["old"], estimand=estimand)["difference"]
    assert found.estimate == pytest.approx(np.average(gaps, weights=shares), rel=1e-10)


@pytest.mark.parametrize("routine", WEIGHTED)
def test_the_overlap_population_weighs_strata_by_the_variance_of_treatment(routine):
    data = saturated()
    means = data.groupby(["old", "treated"])["y"].mean()
    gaps = [means[old, 1] - means[old, 0] for old in (0, 1)]
    found = run(routine, data, covariates=["old"], estimand="ato")["difference"]
    assert found.estimate == pytest.approx(np.average(gaps, weights=[4 * 8, 8 * 4]), rel=1e-10)


@routines
def test_without_covariates_it_is_the_difference_of_means_with_its_error(routine):
    data = cohort_of()
    arms = [data.loc[data["treated"] == arm, "y"] for arm in (0, 1)]
    found = run(routine, data, covariates=[])["difference"]
    assert found.estimate == pytest.approx(arms[1].mean() - arms[0].mean(), rel=1e-10)
    assert found.std_error == pytest.approx(np.sqrt(sum(arm.var(ddof=0) / len(arm) for arm in arms)), rel=1e-9)


@pytest.mark.parametrize(
    ("routine", "estimand", "outcome"),
    [
        ("iptw", "ate", "sick"), ("iptw", "att", "y"), ("aipw", "ate", "y"), ("aipw", "atc", "sick"), ("aipw", "ato", "y"),
        ("g_computation", "att", "sick"), ("g_computation", "ate", "y"),
    ],
)  # fmt: skip
def test_the_stacked_error_is_the_jackknife_of_the_whole_procedure(routine, estimand, outcome):
    """Each row's influence is the derivative of the refitted estimate by the row's weight (a central difference)."""
    data = cohort_of(3, 50)
    step, parts = 1e-5, []
    for row in range(len(data)):
        both = []
        for sign in (1, -1):
            w = np.ones(len(data))
            w[row] += sign * step
            both.append(numbers(run(routine, data.assign(w=w), outcome, estimand=estimand, weights="w")))
        parts.append((both[0] - both[1]) / (2 * step))
    expected = np.sqrt((np.array(parts) ** 2).sum(axis=0))
    assert numbers(run(routine, data, outcome, estimand=estimand), "std_error") == pytest.approx(expected, rel=1e-6)


@routines
def test_repeated_rows_in_clusters_are_weights(routine):
    data = cohort_of(5, 200).assign(w=np.arange(200) % 3 + 1, pid=np.arange(200))
    repeated = data.loc[data.index.repeat(data["w"])]
    weighted = run(routine, data, weights="w")
    clustered = run(routine, repeated, cluster="pid")
    assert numbers(weighted) == pytest.approx(numbers(clustered), rel=1e-9)
    assert numbers(weighted, "std_error") * np.sqrt(200 / 199) == pytest.approx(
        numbers(clustered, "std_error"), rel=1e-9
    )
    assert clustered["difference"].df == 199


def test_ratios_of_a_binary_outcome_follow_from_its_means():
    found = run("iptw", cohort_of(6), "sick")
    high, low = found["mean_treated"].estimate, found["mean_untreated"].estimate
    assert found["difference"].estimate == pytest.approx(high - low)
    assert found["log_risk_ratio"].estimate == pytest.approx(np.log(high / low))
    assert found["log_odds_ratio"].estimate == pytest.approx(np.log(high / (1 - high) * (1 - low) / low))
    assert found.covariance[0, 0] == pytest.approx(found["difference"].std_error ** 2)


def test_an_outcome_that_nobody_has_in_an_arm_has_no_ratio():
    data = cohort_of(6)
    data.loc[data["treated"] == 1, "sick"] = 0
    assert "log_risk_ratio" not in run("iptw", data, "sick").terms


def test_doubly_robust_estimates_survive_either_wrong_model():
    """The outcome depends on x squared; a model without it is wrong. One of the two is enough."""
    found = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-1.5, 1.5, 1500)
        treated = rng.binomial(1, 1 / (1 + np.exp(-0.8 * (x**2 - 0.75))))
        data = pd.DataFrame({"x": x, "treated": treated, "y": x**2 + treated + 0.5 * rng.normal(size=1500)})
        wrong, right = ["x"], ["x", "x^2"]
        found.append([
            run("iptw", data, covariates=wrong)["difference"].estimate,
            run("aipw", data, covariates=right)["difference"].estimate,
        ])  # fmt: skip
    biased, sound = np.mean(found, axis=0)
    assert biased > 1.15
    assert sound == pytest.approx(1.0, abs=0.03)


def test_trimming_leaves_out_and_fits_again():
    data = cohort_of(7, overlap=2.5)
    whole = cohort.propensity(data, "treated", covariates=COVARIATES)
    trimmed = cohort.propensity(data, "treated", covariates=COVARIATES, trim=0.1)
    inside = data[(whole.chances >= 0.1) & (whole.chances <= 0.9)]
    again = cohort.propensity(inside, "treated", covariates=COVARIATES)
    assert trimmed.left_out == len(data) - len(inside) > 0
    assert trimmed.chances == pytest.approx(again.chances)
    assert run("iptw", data, trim=0.1)["difference"].n == len(inside)
    assert "left out" in trimmed.summary("en")


def test_truncation_bounds_the_weights_and_no_more():
    data = cohort_of(8, overlap=2.0)
    plain, cut = (
        cohort.iptw(data, "y", treatment="treated", covariates=COVARIATES, truncate=share) for share in (0.0, 0.02)
    )
    low, high = np.quantile(plain.weighting.values, [0.02, 0.98])
    assert cut.weighting.values == pytest.approx(np.clip(plain.weighting.values, low, high))


def test_truncated_weights_do_not_move_with_the_model():
    data = cohort_of(8, overlap=2.0)
    model = cohort.propensity(data, "treated", covariates=COVARIATES).model
    weights = model.weights("ate", truncate=0.05)
    flat = (weights.values == weights.values.min()) | (weights.values == weights.values.max())
    assert (weights.parts[0].sensitivity[flat] == 0.0).all()


def test_covariates_may_be_labels_powers_categories_and_products():
    data = cohort_of(9).assign(ward=lambda table: np.where(table["z"] == 1, "north", "south"))
    named = cohort.propensity(data, "treated", covariates=["x", "x^2", "ward", "x:z"])
    assert list(named.coefficients) == ["1", "x", "x^2", "ward = south", "x:z"]
    by_hand = data.assign(square=data["x"] ** 2, south=1 - data["z"], product=data["x"] * data["z"])
    same = cohort.propensity(by_hand, "treated", covariates=["x", "square", "south", "product"])
    assert named.chances == pytest.approx(same.chances, rel=1e-9)
    assert cohort.propensity(data, "treated", covariates=["C(z)"]).coefficients.keys() == {"1", "z = 1"}


def test_weighted_balance_is_what_it_says():
    found = cohort.iptw(cohort_of(1), "y", treatment="treated", covariates=COVARIATES)
    assert np.abs(found.balance.after).max() < 0.05 < np.abs(found.balance.before).max()
    exact = cohort.iptw(cohort_of(1), "y", treatment="treated", covariates=COVARIATES, estimand="ato").balance
    # The overlap weights of a logistic model balance its covariates exactly (Li, Morgan and Zaslavsky 2018, theorem 3).
    assert np.abs(exact.after).max() < 1e-9


def test_labels_of_the_treatment_and_of_the_control():
    data = cohort_of(2).assign(arm=lambda table: np.where(table["treated"] == 1, "rehab", "usual"))
    named = cohort.iptw(data, "y", treatment="arm", covariates=COVARIATES, control="usual").estimates
    assert named["difference"].estimate == pytest.approx(run("iptw", data)["difference"].estimate)
    turned = cohort.iptw(data, "y", treatment="arm", covariates=COVARIATES, control="rehab").estimates
    assert turned["difference"].estimate == pytest.approx(-named["difference"].estimate)
    assert "rehab" in named["mean_treated"].called("en")


BAD = [
    ({"treatment": "clinic"}, DesignError, "cohort_not_two"),
    ({"treatment": "x2"}, DesignError, "cohort_name_control"),
    ({"control": "no"}, DataError, "cohort_no_such_value"),
    ({"covariates": ["x", "twice"]}, DesignError, "cohort_collinear"),
    ({"covariates": ["same"]}, DesignError, "cohort_separation"),
    ({"covariates": ["x", "x"]}, DataError, "terms_repeated"),
    ({"covariates": ["agee"]}, DataError, "missing_column"),
    ({"covariates": ["gaps"]}, DataError, "missing_values"),
    ({"weights": "negative"}, DataError, "negative_weights"),
]


@pytest.mark.parametrize(("options", "kind", "code"), BAD)
@pytest.mark.parametrize("routine", WEIGHTED)
def test_bad_input_is_refused_in_three_parts(routine, options, kind, code):
    data = cohort_of().assign(
        x2=lambda table: np.where(table["treated"] == 1, "a", "b"), twice=lambda table: 2 * table["x"],
        same=lambda table: table["treated"] * 1.0, gaps=np.nan, negative=-1.0,
    )  # fmt: skip
    with pytest.raises(kind) as caught:
        run(routine, data, **options)
    assert caught.value.code == code
    assert all(caught.value.explain(lang).count("\n") >= 2 for lang in ("ja", "en"))


def test_more_bad_input():
    data = cohort_of()
    for options, code in [
        ({"trim": 0.7}, "cohort_bad_share"), ({"truncate": -0.1}, "cohort_bad_share"), ({"estimand": "atx"}, "bad_choice"),
        ({"errors": "HC9"}, "bad_choice"), ({"errors": "HC2", "cluster": "clinic"}, "bad_choice"), ({"form": "sum"}, "bad_choice"),
        ({"form": "horvitz_thompson", "estimand": "ato"}, "cohort_no_sum_form"), ({"trim": 0.49}, "cohort_trimmed_away"),
    ]:  # fmt: skip
        with pytest.raises((DataError, DesignError)) as caught:
            run("iptw", cohort_of(overlap=3.0) if code == "cohort_trimmed_away" else data, **options)
        assert caught.value.code == code, options
    with pytest.raises(DesignError) as caught:
        run("iptw", data.assign(y=1.0))
    assert caught.value.code == "cohort_constant_outcome"
    with pytest.raises(DesignError) as caught:
        run("iptw", data.assign(treated=np.r_[1, np.zeros(399, dtype=int)]))
    assert caught.value.code == "cohort_one_person"


def test_regressions_that_an_arm_cannot_bear_are_refused():
    data = cohort_of(10, 60)
    data.loc[data["treated"] == 1, "z"] = 1
    for options, code in [({}, "cohort_arm_too_small"), ({"family": "binomial"}, "cohort_not_binary")]:
        with pytest.raises(DesignError) as caught:
            run("g_computation", data, **options)
        assert caught.value.code in {code, "cohort_arm_too_small"}
    lone = cohort_of(10, 60)
    lone.loc[lone["treated"] == 1, "sick"] = 1
    with pytest.raises(DesignError) as caught:
        run("g_computation", lone, "sick")
    assert caught.value.code == "cohort_constant_in_arm"
    assert run("g_computation", lone, "sick", family="gaussian")["mean_treated"].estimate == pytest.approx(1.0)


def test_a_result_says_what_it_is():
    found = cohort.iptw(cohort_of(6), "sick", treatment="treated", covariates=COVARIATES)
    assert "risk ratio" in found.summary("en")
    assert "リスク比" in found.summary("ja")
    assert found.tidy()["term"].tolist()[0]
    assert not isinstance(found.estimates.headline.std_error, Unavailable)
    assert "standardised" in found._repr_html_().lower()
