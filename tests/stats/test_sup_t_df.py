"""The critical value of the simultaneous band where standard errors have few degrees of freedom."""

import numpy as np
import pytest
from scipy.stats import multivariate_t, t

from ebpm.stats.inference import sup_t


@pytest.mark.parametrize("df", [2.5, 6.0, 40.0])
def test_it_is_the_quantile_of_the_multivariate_t(df):
    matrix = 0.4 + 0.6 * np.eye(5)
    draws = multivariate_t(shape=matrix, df=df).rvs(200_000, random_state=np.random.default_rng(1))
    value = sup_t(matrix, df=df)
    assert (np.abs(draws).max(axis=1) <= value).mean() == pytest.approx(0.95, abs=0.003)


def test_one_effect_has_the_t_quantile_and_many_degrees_of_freedom_the_normal_value():
    assert sup_t(np.array([[2.0]]), df=4.0) == pytest.approx(t.ppf(0.975, 4))
    assert sup_t(np.zeros((2, 2)), df=4.0) == pytest.approx(t.ppf(0.975, 4))
    assert sup_t(np.eye(4), df=1e7) == pytest.approx(sup_t(np.eye(4)), abs=0.02)


def test_copies_of_one_effect_have_the_pointwise_value():
    assert sup_t(np.ones((6, 6)), df=5.0) == pytest.approx(t.ppf(0.975, 5), rel=0.02)


def test_it_falls_with_degrees_of_freedom_and_rises_with_the_level():
    values = [sup_t(np.eye(3), df=df) for df in (1.0, 2.0, 5.0, 30.0)]
    assert values == sorted(values, reverse=True)
    levels = [sup_t(np.eye(3), df=5.0, conf_level=level) for level in (0.5, 0.8, 0.95, 0.99)]
    assert levels == sorted(levels)
