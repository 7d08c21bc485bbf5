"""Logit and Poisson against statsmodels, against closed forms, and where they must refuse."""

import numpy as np
import pytest

from ebpm.errors import DesignError
from ebpm.stats.regression.glm import logit, poisson

RTOL = 1e-8


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(400), rng.normal(2004, 1.5, 400), rng.integers(0, 2, 400)])
    weights, exposure = rng.uniform(0.5, 3, 400), rng.uniform(50, 500, 400)
    index = 0.4 * (X[:, 1] - 2004) - 0.5 * X[:, 2]
    return {
        "X": X,
        "weights": weights,
        "exposure": exposure,
        "binary": (rng.random(400) < 1 / (1 + np.exp(-index))).astype(float),
        "counts": rng.poisson(exposure * np.exp(-3 + 0.3 * index)).astype(float),
    }


def assert_equals_statsmodels(fit, peer, X):
    np.testing.assert_allclose(fit.coefficients, peer.params, rtol=RTOL)
    np.testing.assert_allclose(fit.fitted, peer.fittedvalues, rtol=RTOL)
    np.testing.assert_allclose(fit.log_likelihood, peer.llf, rtol=RTOL)
    np.testing.assert_allclose(
        np.sqrt(np.diag(fit.bread)), peer.bse, rtol=1e-6
    )  # the peer inverts X'WX at condition 1e12


@pytest.mark.parametrize("weighted", [False, True])
def test_logit_equals_statsmodels(rows, weighted):
    import statsmodels.api as sm

    weights = rows["weights"] if weighted else None
    fit = logit(rows["binary"], rows["X"], weights=weights)
    centred = rows["X"] - [0, 2004, 0]
    kept = {"freq_weights": weights} if weighted else {}
    peer = sm.GLM(rows["binary"], centred, family=sm.families.Binomial(), **kept).fit(tol=1e-14, maxiter=200)
    again = logit(rows["binary"], centred, weights=weights)
    assert_equals_statsmodels(again, peer, centred)
    np.testing.assert_allclose(fit.fitted, again.fitted, rtol=1e-10)
    np.testing.assert_allclose(fit.bread[1:, 1:], again.bread[1:, 1:], rtol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_poisson_equals_statsmodels(rows, weighted):
    import statsmodels.api as sm

    weights = rows["weights"] if weighted else None
    centred = rows["X"] - [0, 2004, 0]
    kept = {"freq_weights": weights} if weighted else {}
    peer = sm.GLM(rows["counts"], centred, family=sm.families.Poisson(), exposure=rows["exposure"], **kept)
    fit = poisson(rows["counts"], centred, exposure=rows["exposure"], weights=weights)
    assert_equals_statsmodels(fit, peer.fit(tol=1e-14, maxiter=200), centred)


def test_dispersion_is_pearson_over_n_minus_k(rows):
    fit = poisson(rows["counts"], rows["X"], exposure=rows["exposure"])
    by_hand = ((rows["counts"] - fit.fitted) ** 2 / fit.fitted).sum() / (400 - 3)
    assert fit.dispersion == pytest.approx(by_hand, rel=1e-12)


def test_scores_sum_to_zero(rows):
    fit = logit(rows["binary"], rows["X"], weights=rows["weights"])
    assert np.abs(fit.scores.sum(axis=0)).max() < 1e-9 * np.abs(fit.scores).sum(axis=0).max()


def test_intercept_only_is_the_mean(rows):
    ones = np.ones((400, 1))
    assert logit(rows["binary"], ones).fitted[0] == pytest.approx(rows["binary"].mean(), rel=1e-14)
    rate = rows["counts"].sum() / rows["exposure"].sum()
    fit = poisson(rows["counts"], ones, exposure=rows["exposure"])
    assert np.exp(fit.coefficients[0]) == pytest.approx(rate, rel=1e-14)
    assert fit.bread[0, 0] == pytest.approx(1 / rows["counts"].sum(), rel=1e-12)


def test_integer_weights_equal_repeated_rows(rows):
    times = np.random.default_rng(1).integers(1, 4, 400)
    weighted = logit(rows["binary"], rows["X"], weights=times.astype(float))
    repeated = logit(np.repeat(rows["binary"], times), np.repeat(rows["X"], times, axis=0))
    np.testing.assert_allclose(weighted.bread, repeated.bread, rtol=1e-8)
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, rtol=1e-8)


def test_rare_event_in_a_cell_converges_to_the_log_odds():
    y = np.r_[np.zeros(9_999), 1.0, np.ones(50), np.zeros(50)]
    X = np.column_stack([np.ones(10_100), np.r_[np.zeros(10_000), np.ones(100)]])
    assert logit(y, X).coefficients[0] == pytest.approx(np.log(1 / 9_999), rel=1e-12)


def test_a_far_start_still_climbs():
    x = np.r_[np.zeros(50), 12.0]
    y = np.r_[np.ones(50), 200_000.0]
    fit = poisson(y, np.column_stack([np.ones(51), x]))
    assert np.exp(12 * fit.coefficients[1]) == pytest.approx(200_000, rel=1e-10)


def test_separation_is_an_error_and_not_a_number():
    x = np.arange(10.0)
    X = np.column_stack([np.ones(10), x])
    with pytest.raises(DesignError, match="separation"):
        logit((x > 4).astype(float), X)


def test_quasi_separation_is_an_error():
    y = np.array([0.0, 1, 0, 1, 1, 0, 1, 1, 1])
    dummy = np.r_[np.zeros(6), np.ones(3)]
    with pytest.raises(DesignError, match="separation"):
        logit(y, np.column_stack([np.ones(9), dummy]))


def test_category_without_counts_is_an_error():
    y = np.array([3.0, 5, 4, 0, 0, 0])
    with pytest.raises(DesignError, match="separation"):
        poisson(y, np.column_stack([np.ones(6), np.r_[np.zeros(3), np.ones(3)]]))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: logit(np.zeros(5), np.ones((5, 1))), "glm_constant_outcome"),
        (lambda: logit(np.array([0.0, 1, 2]), np.ones((3, 1))), "glm_not_binary"),
        (lambda: poisson(np.zeros(5), np.ones((5, 1))), "glm_constant_outcome"),
        (lambda: poisson(np.array([1.0, -1, 2]), np.ones((3, 1))), "glm_negative_count"),
        (lambda: poisson(np.array([1.0, 1, 2]), np.ones((3, 1)), exposure=np.zeros(3)), "glm_no_exposure"),
        (lambda: poisson(np.array([1.0, 3]), np.column_stack([np.ones(2), [0, 1]])), "glm_too_few_rows"),
        (lambda: poisson(np.array([1.0, 3, 4, 5]), np.ones((4, 2))), "glm_collinear"),
    ],
)
def test_what_cannot_be_fitted_is_refused(call, code):
    with pytest.raises(DesignError) as caught:
        call()
    assert caught.value.code == code
    assert all(caught.value.explain(lang) for lang in ("ja", "en"))
