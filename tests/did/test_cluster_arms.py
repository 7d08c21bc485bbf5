"""Errors for few treated clusters: Welch's test where there are two means, clusters that mix cohorts, what results hold."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind, ttest_ind_from_stats

from ebpm import did
from ebpm.did.cluster_arms import Arms, pooled
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable

KEYS = {"unit": "id", "time": "t", "first_treated": "g"}
FEW = {"errors": "satterthwaite"}


def panel(sizes, *, periods=6, units=4, seed=0):
    """Return a long table of clusters, `sizes` of each cohort, with units of their own."""
    rng = np.random.default_rng(seed)
    cohort = np.repeat(list(sizes), list(sizes.values()))
    place = np.repeat(np.arange(len(cohort)), units)
    t = np.arange(1, periods + 1)
    common = rng.normal(size=(len(cohort), periods)).cumsum(axis=1)[place]
    y = rng.normal(size=(len(place), 1)) + common + rng.normal(size=(len(place), periods))
    wide = {"id": np.arange(len(place)), "g": cohort[place], "place": place, "x": rng.normal(size=len(place))}
    tall = {"t": np.tile(t, len(place)), "y": y.ravel()}
    return pd.DataFrame({name: np.repeat(one, periods) for name, one in wide.items()} | tall)


ROUTINES = {
    "att_gt": lambda data, **more: did.att_gt(data, "y", **KEYS, **more).aggregate("event"),
    "imputation": lambda data, **more: did.imputation(data, "y", **KEYS, **more).aggregate("event"),
    "two_stage": lambda data, **more: did.two_stage(data, "y", **KEYS, **more).aggregate("event"),
    "extended_twfe": lambda data, **more: did.extended_twfe(data, "y", **KEYS, **more).aggregate("event"),
    "sun_abraham": lambda data, **more: did.sun_abraham(data, "y", **KEYS, **more).aggregate("event"),
    "event_study": lambda data, **more: did.event_study(data, "y", **KEYS, **more, method="twfe"),
    "stacked": lambda data, **more: did.stacked(data, "y", **KEYS, **more, kappa_pre=1, kappa_post=0),
    "local_projection": lambda data, **more: did.local_projection(data, "y", **KEYS, **more, pre_window=1, post_window=0),
}  # fmt: skip
EVERY = pytest.mark.parametrize("routine", ROUTINES)


@EVERY
def test_two_groups_and_two_periods_give_welchs_test(routine):
    data = panel({0: 7, 2: 3}, periods=2, units=1)
    change = data.pivot(index="id", columns="t", values="y").diff(axis=1)[2]
    treated = data.groupby("id")["g"].first() == 2
    welch = ttest_ind(change[treated], change[~treated], equal_var=False)
    found = ROUTINES[routine](data, **FEW)["0"]
    assert found.estimate / found.std_error == pytest.approx(welch.statistic, rel=1e-10)
    assert found.df == pytest.approx(welch.df, rel=1e-10)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-9)


@EVERY
def test_clusters_of_several_units_give_welchs_test_of_their_means(routine):
    data = panel({0: 6, 2: 4}, periods=2, units=5)
    change = data.pivot(index="id", columns="t", values="y").diff(axis=1)[2]
    means = change.groupby(data.groupby("id")["place"].first()).mean()
    treated = data.groupby("place")["g"].first() == 2
    welch = ttest_ind(means[treated], means[~treated], equal_var=False)
    found = ROUTINES[routine](data, cluster="place", **FEW)["0"]
    assert (found.df, found.p_value) == pytest.approx((welch.df, welch.pvalue), rel=1e-9)


def test_cross_sections_by_cluster_are_read_like_panels():
    data = panel({0: 6, 4: 5}, units=3)
    told = {"time": "t", "first_treated": "g", "cluster": "place", **FEW}
    panels, sections = did.att_gt(data, "y", unit="id", **told), did.att_gt(data, "y", unit=None, **told)
    few, many = (one.aggregate("event")["0"] for one in (panels, sections))
    assert (many.df, many.std_error) == pytest.approx((few.df, few.std_error), rel=1e-9)


def test_values_are_those_of_asymptotic_errors_and_errors_are_larger():
    data = panel({0: 4, 3: 4, 5: 3})
    for routine in ROUTINES.values():
        plain, few = routine(data, cluster="place"), routine(data, cluster="place", **FEW)
        for one, other in zip(plain, few, strict=True):
            assert one.estimate == pytest.approx(other.estimate, rel=1e-9, abs=1e-12)
            if not isinstance(one.df, Unavailable):
                assert other.conf_high - other.conf_low > one.conf_high - one.conf_low
                assert 1.0 <= other.df < 11.0
        assert few.critical_value > plain.critical_value


def test_clusters_that_mix_cohorts_are_one_arm():
    data = panel({0: 8, 2: 8}, periods=2, units=1)
    data["town"] = data["id"] % 8
    arms = Arms.of(np.arange(16) % 8, np.repeat([0.0, 2.0], 8), "satterthwaite")
    assert arms.sizes.tolist() == [8]
    plain, few = (
        did.imputation(data, "y", **KEYS, cluster="town", errors=one).aggregate("event")["0"]
        for one in ("asymptotic", "satterthwaite")
    )
    assert few.std_error == pytest.approx(np.sqrt(8 / 7) * plain.std_error, rel=1e-12)
    assert few.df == pytest.approx(7.0)


def test_arms_are_cohorts_and_one_for_mixed_clusters():
    arms = Arms.of(np.array([0, 0, 1, 2, 2, 3]), np.array([4, 4, np.inf, 4, np.inf, np.inf]), "satterthwaite")
    assert sorted(arms.sizes.tolist()) == [1, 1, 2]
    assert arms.rows[1] == arms.rows[3] != arms.rows[0]
    assert arms.clusters == 4


def test_a_pooled_mean_difference_is_welch_in_numbers():
    sizes, spread = np.array([3, 9]), np.array([2.0, 0.5])
    products = (spread**2 * (sizes - 1) / sizes**2)[:, None, None]
    covariance, df = pooled(products, sizes)
    welch = ttest_ind_from_stats(1.0, spread[0], 3, 0.0, spread[1], 9, equal_var=False)
    assert 1.0 / np.sqrt(covariance[0, 0]) == pytest.approx(welch.statistic)
    parts = spread**2 / sizes
    assert df[0] == pytest.approx(parts.sum() ** 2 / (parts**2 / (sizes - 1)).sum())


def test_an_arm_of_one_cluster_counts_one_degree_of_freedom():
    assert pooled(np.array([[[1.0]], [[0.0]]]), np.array([1, 5]))[1][0] == pytest.approx(1.0)


def test_condensing_keeps_cross_products_by_arm():
    rng = np.random.default_rng(1)
    arms, influence = Arms.of(np.arange(20), np.repeat([1.0, 2.0], 10), "satterthwaite"), rng.normal(size=(20, 3))
    fewer, root = arms.condensed(influence)
    assert len(root) == 6
    for one, other in zip(arms.spread(influence, np.inf), fewer.spread(root, np.inf), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("errors", ["CR2", "t", ""])
@EVERY
def test_unknown_errors_are_refused(routine, errors):
    with pytest.raises(DataError, match="errors"):
        ROUTINES[routine](panel({0: 5, 3: 5}), errors=errors)


def test_the_multiplier_band_is_for_asymptotic_errors():
    with pytest.raises(DesignError, match="few clusters"):
        did.att_gt(panel({0: 5, 3: 5}), "y", **KEYS, **FEW).multiplier_band()


@pytest.mark.parametrize(("treated", "errors", "noticed"), [
    (8, "asymptotic", True), (8, "satterthwaite", False), (5, "satterthwaite", True), (12, "asymptotic", False),
])  # fmt: skip
@EVERY
def test_few_treated_clusters_are_noticed_until_errors_allow_for_them(routine, treated, errors, noticed):
    found = ROUTINES[routine](panel({0: 14, 4: treated}), cluster="place", errors=errors)
    assert ("D211" in found.notices.codes) == noticed


LONE = ("att_gt", "imputation", "two_stage", "extended_twfe", "sun_abraham")


@pytest.mark.parametrize("routine", LONE)
def test_a_cohort_of_one_cluster_is_named(routine):
    alone = ROUTINES[routine](panel({0: 12, 3: 11, 5: 1}), cluster="place").notices
    assert [notice.about for notice in alone if notice.code == "D243"] == ["5"]
    assert "D243" not in ROUTINES[routine](panel({0: 12, 3: 11, 5: 2}), cluster="place").notices
    assert "D243" not in ROUTINES[routine](panel({0: 12, 3: 11, 5: 1}, units=1)).notices  # a cohort of one unit: D202


RESULTS = {
    "att_gt": lambda data: did.att_gt(data, "y", **KEYS),
    "att_gt_covariates": lambda data: did.att_gt(data, "y", **KEYS, covariates=["x"]),
    "att_gt_few": lambda data: did.att_gt(data, "y", **KEYS, cluster="place", **FEW),
    "sections": lambda data: did.att_gt(data, "y", unit=None, time="t", first_treated="g"),
    "imputation": lambda data: did.imputation(data, "y", **KEYS),
    "two_stage": lambda data: did.two_stage(data, "y", **KEYS),
    "extended_twfe": lambda data: did.extended_twfe(data, "y", **KEYS),
    "sun_abraham": lambda data: did.sun_abraham(data, "y", **KEYS),
    "switching": lambda data: did.switching(data.assign(d=(data.g > 0) & (data.t >= data.g)), "y", unit="id", time="t", treatment="d"),
    "bacon": lambda data: did.bacon(data, "y", **KEYS),
    "few_treated": lambda data: did.few_treated(data[data.g.ne(3) | data.id.eq(40)], "y", **KEYS, draws=99),
    "randomisation": lambda data: did.randomisation_test(data, "y", **KEYS, draws=99),
}  # fmt: skip


def numbers_in(saved):
    """Return every float64 that stands at any place of some bytes."""
    return np.unique(
        np.concatenate([np.frombuffer(saved[shift : len(saved) - (len(saved) - shift) % 8]) for shift in range(8)])
    )


@pytest.mark.parametrize("name", RESULTS)
def test_a_saved_result_holds_no_records(name):
    data = panel({0: 10, 3: 6, 5: 6})
    saved = pickle.dumps(RESULTS[name](data))
    held = np.concatenate([numbers_in(saved), -numbers_in(saved)])
    for column in ("y", "x"):
        own = data[column].to_numpy()
        assert not np.isin(own, held).any()
    changes = data.pivot(index="id", columns="t", values="y").diff(axis=1).to_numpy()[:, 1:]
    assert not np.isin(changes, held).any()


@pytest.mark.parametrize("name", ["att_gt", "imputation", "extended_twfe", "switching"])
def test_a_result_that_was_saved_tells_the_same(name):
    found = RESULTS[name](panel({0: 10, 3: 6, 5: 6}))
    again = pickle.loads(pickle.dumps(found))
    assert again.tidy().equals(found.tidy())
    assert again.summary() == found.summary()


def test_the_band_of_a_saved_result_cannot_be_drawn_again():
    found = did.att_gt(panel({0: 10, 3: 6}), "y", **KEYS)
    assert found.multiplier_band(draws=100).critical_value > 0
    with pytest.raises(DesignError, match="saved"):
        pickle.loads(pickle.dumps(found)).multiplier_band()
