"""Lin's regression: collapses to difference in means, equals regression by rows, several arms, errors."""

import numpy as np
import pytest

from ebpm import rct
from ebpm.errors import DataError
from ebpm.stats.regression.covariance import bell_mccaffrey, clustered
from ebpm.stats.regression.least_squares import least_squares
from tests.rct.test_difference import same, trial


@pytest.mark.parametrize("strata", [None, "ward"])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_without_covariates_clusters_are_the_difference_in_means(strata, weights):
    given = {"treatment": "arm", "cluster": "school", "strata": strata, "weights": weights}
    same(rct.lin(trial(), "kwh", **given)["1"], rct.difference_in_means(trial(), "kwh", **given)["1"])


def test_without_covariates_strata_are_the_stratified_difference_in_means():
    given = {"treatment": "arm", "strata": "ward"}
    same(rct.lin(trial(), "kwh", errors="HC2", **given)["1"], rct.difference_in_means(trial(), "kwh", **given)["1"])


def test_without_covariates_rows_differ_in_the_df_alone():
    plain, lin = (
        rct.difference_in_means(trial(), "kwh", treatment="arm")["1"],
        rct.lin(trial(), "kwh", treatment="arm", errors="HC2")["1"],
    )
    assert lin.estimate == pytest.approx(plain.estimate, rel=1e-10)
    assert lin.std_error == pytest.approx(plain.std_error, rel=1e-10)
    assert lin.df == lin.n - 2


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("errors", ["CR2", "CR3"])
def test_clusters_equal_the_regression_of_rows(weights, errors):
    data = trial()
    ward = (data[["ward"]].to_numpy() == np.arange(1, 4)).astype(float)
    extra = np.column_stack([data.before, ward])
    given = None if weights is None else data.weight.to_numpy()
    extra = extra - np.average(extra, axis=0, weights=given)
    arm = data[["arm"]].to_numpy(float)
    fit = least_squares(
        np.hstack([np.ones((len(data), 1)), arm, extra, arm * extra]), data.kwh.to_numpy(), weights=given
    )
    expected = clustered(fit, data.school.to_numpy(), kind=errors)
    found = rct.lin(
        data,
        "kwh",
        treatment="arm",
        covariates=["before"],
        cluster="school",
        strata="ward",
        weights=weights,
        errors=errors,
    )["1"]
    assert found.estimate == pytest.approx(fit.coefficients[1], rel=1e-9)
    assert found.std_error == pytest.approx(expected.std_errors[1], rel=1e-9)
    assert found.df == pytest.approx(expected.df[1], rel=1e-8)
    assert found.method == f"rct.lin_{errors.lower()}"


def test_bell_and_mccaffrey_df_are_those_by_design():
    data = trial()
    before = (data.before - data.before.mean()).to_numpy()
    fit = least_squares(np.column_stack([np.ones(len(data)), data.arm, before, data.arm * before]), data.kwh.to_numpy())
    plain, exact = (
        rct.lin(data, "kwh", treatment="arm", covariates=["before"], errors=e)["1"] for e in ("HC2", "design")
    )
    assert exact.std_error == plain.std_error
    assert exact.df == pytest.approx(bell_mccaffrey(fit)[1], rel=1e-8)
    assert (plain.df, plain.method, exact.method) == (len(data) - 4, "rct.lin_hc2", "rct.lin_hc2_bm")


@pytest.mark.parametrize("cluster", [None, "school"])
def test_several_arms(cluster):
    data = trial(arms=3)
    found = rct.lin(data, "kwh", treatment="arm", covariates=["before"], cluster=cluster)
    other = rct.lin(data, "kwh", treatment="arm", covariates=["before"], cluster=cluster, control=1)
    assert found.terms == ("1", "2")
    assert other["2"].estimate == pytest.approx(found["2"].estimate - found["1"].estimate, rel=1e-8)
    joint = found.covariance
    assert other["2"].std_error ** 2 == pytest.approx(joint[0, 0] + joint[1, 1] - 2 * joint[0, 1], rel=1e-8)


def test_covariates_that_predict_narrow_the_interval():
    data = trial()
    data["kwh"] += 2 * data.before
    plain = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school")["1"]
    assert (
        rct.lin(data, "kwh", treatment="arm", covariates=["before"], cluster="school")["1"].std_error < plain.std_error
    )


@pytest.mark.parametrize(("cluster", "errors"), [(None, "CR2"), ("school", "HC2"), (None, "robust")])
def test_errors_must_fit_the_design(cluster, errors):
    with pytest.raises(DataError, match="errors"):
        rct.lin(trial(), "kwh", treatment="arm", cluster=cluster, errors=errors)
