"""Two-way fixed effects with further factors, covariates and two clusterings: equal to every dummy, to formulas and to pyfixest."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.moments.two_way import TwoWay
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.covariance import clustered, robust
from ebpm.stats.regression.least_squares import least_squares
from tests.did.panels import NEVER, panel


@pytest.fixture(scope="module")
def gapped():
    data = panel({NEVER: 16, 4: 9, 6: 7}, periods=7, seed=5)
    rng = np.random.default_rng(6)
    data["region"] = np.array(list("abcd"))[data.unit % 4]
    data["region_year"] = data.region + data.time.astype(str)
    data["z"] = np.sin(data.time * data.unit) + 0.1 * data.y
    data["w"] = rng.uniform(0.5, 2.0, len(data))
    return data[rng.random(len(data)) > 0.15]


def fitted(data, **choices):
    return did.twfe(data, "y", **{"unit": "unit", "time": "time", "treatment": "treated", **choices})


def dummies(data, names, weights=None):
    columns = pd.get_dummies(data[names].astype(str), dtype=float).to_numpy()
    columns = columns[:, _independent(np.column_stack([data[["treated", "z"]], columns]))]
    mass = None if weights is None else data[weights].to_numpy()
    return least_squares(np.column_stack([data[["treated", "z"]], columns]), data.y.to_numpy(), weights=mass)


def _independent(matrix):
    kept = [0, 1]
    for column in range(2, matrix.shape[1]):
        if np.linalg.matrix_rank(matrix[:, [*kept, column]]) == len(kept) + 1:
            kept.append(column)
    return np.array(kept[2:]) - 2


@pytest.mark.parametrize("weights", [None, "w"])
def test_further_effects_are_those_of_the_dummies(gapped, weights):
    found = fitted(
        gapped, treatment=["treated", "z"], fixed_effects=["region_year"], weights=weights, errors="classical"
    )
    long = dummies(gapped, ["unit", "time", "region_year"], weights)
    np.testing.assert_allclose([item.estimate for item in found], long.coefficients[:2], rtol=1e-10)
    np.testing.assert_allclose([item.std_error for item in found], robust(long, "classical").std_errors[:2], rtol=1e-10)
    assert found.headline.df == long.df_residual


@pytest.mark.parametrize("kind", ["CR2", "CR3"])
def test_small_sample_errors_with_further_effects_are_those_of_the_dummies(gapped, kind):
    found = fitted(gapped, treatment=["treated", "z"], fixed_effects=["region_year"], errors=kind)
    long = dummies(gapped, ["unit", "time", "region_year"])
    full = clustered(long, np.unique(gapped.unit, return_inverse=True)[1], kind=kind)
    np.testing.assert_allclose([item.std_error for item in found], full.std_errors[:2], rtol=1e-7)
    np.testing.assert_allclose([item.df for item in found], full.df[:2], rtol=1e-7)


def test_the_jackknife_leaves_clusters_out_one_by_one(gapped):
    whole = fitted(gapped, errors="CR3").headline
    left = [fitted(gapped[gapped.unit != unit]).headline.estimate for unit in gapped.unit.unique()]
    assert whole.std_error == pytest.approx(np.sqrt(((np.array(left) - whole.estimate) ** 2).sum()), rel=1e-9)


def test_further_effects_nested_in_clusters_are_not_counted(gapped):
    plain, more = fitted(gapped), fitted(gapped, fixed_effects=["region"])
    assert more.headline.estimate == pytest.approx(plain.headline.estimate, rel=1e-10)
    wards = fitted(gapped, cluster="region").headline.std_error
    assert fitted(gapped, cluster="region", fixed_effects=["region"]).headline.std_error == pytest.approx(
        wards, rel=1e-9
    )


def test_covariates_are_held_constant_and_not_reported(gapped):
    apart, together = fitted(gapped, covariates=["z"]), fitted(gapped, treatment=["treated", "z"])
    assert apart.terms == ("treated",)
    assert apart.covariance.shape == (1, 1)
    assert apart.headline.estimate == together.headline.estimate
    assert apart.headline.std_error == together.headline.std_error


def test_two_clusterings_add_up(gapped):
    n, periods = len(gapped), gapped.time.nunique()
    found = fitted(gapped, cluster=["unit", "time"]).headline
    layout = TwoWay(*(np.unique(gapped[name], return_inverse=True)[1] for name in ("unit", "time")), np.ones(n))
    left, _ = layout.residuals(gapped[["treated", "y"]].to_numpy(dtype=float))
    scores = left[:, :1] * (left[:, 1:] - left[:, :1] * found.estimate) / (left[:, 0] ** 2).sum()
    parts = [layout.unit, layout.period, np.arange(n)]
    one, two, both = ((group_sums(scores, codes, groups=codes.max() + 1) ** 2).sum() for codes in parts)
    variance = (one + two - both) * periods / (periods - 1) * (n - 1) / (n - 2)
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-10)
    assert (found.df, found.clusters) == (periods - 1, periods)


def test_two_clusterings_equal_pyfixest_on_castle():
    castle = pd.read_csv("tests/reference/did02_castle_twfe/data.csv")
    found = did.twfe(
        castle, "l_homicide", unit="sid", time="year", treatment="post_bin", cluster=["sid", "year"]
    ).headline
    # pyfixest 0.60.0: feols("l_homicide ~ post_bin | sid + year", vcov={"CRV1": "sid + year"})
    assert found.std_error == pytest.approx(0.05510584114458212, rel=1e-9)
    assert found.df == 10


def test_a_covariance_of_two_clusterings_is_never_negative():
    rng = np.random.default_rng(3)
    for seed in range(20):
        data = panel({NEVER: 3, 2: 3}, periods=3, seed=seed)
        data["d2"] = rng.normal(size=len(data))
        found = did.twfe(data, "y", unit="unit", time="time", treatment=["treated", "d2"], cluster=["unit", "time"])
        assert np.linalg.eigvalsh(found.covariance)[0] >= -1e-15


def test_labels_of_any_kind_may_name_units_and_periods(gapped):
    plain = fitted(gapped).headline
    renamed = gapped.assign(
        unit="u" + gapped.unit.astype(str), time=pd.to_datetime(gapped.time.astype(str), format="%d")
    )
    negative = gapped.assign(unit=-1000 * gapped.unit, time=gapped.time.astype("int8"))
    for other in (renamed, negative, gapped.astype({"unit": "category"})):
        again = fitted(other).headline
        assert again.estimate == pytest.approx(plain.estimate, rel=1e-12)
        assert again.std_error == pytest.approx(plain.std_error, rel=1e-12)


REFUSED = {
    "three clusterings": ({"cluster": ["unit", "time", "region"]}, DataError, "region"),
    "CR2 in two ways": ({"cluster": ["unit", "time"], "errors": "CR2"}, DataError, "unit, time"),
    "weighted CR3": ({"weights": "w", "errors": "CR3"}, DataError, "errors='CR3'"),
    "absorbed by a factor": ({"fixed_effects": ["cell"]}, DesignError, "Column treated"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(gapped, case):
    choices, kind, said = REFUSED[case]
    data = gapped.assign(cell=gapped.treated.astype(str) + gapped.unit.astype(str))
    with pytest.raises(kind) as caught:
        fitted(data, **choices)
    assert said in str(caught.value)


def test_too_many_levels_are_refused():
    places = np.arange(20_000)
    with pytest.raises(DesignError) as caught:
        TwoWay(places, places % 2, np.ones(20_000), (places,))
    assert "20000" in str(caught.value)
