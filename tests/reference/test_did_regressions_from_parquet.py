"""The witnesses of two groups, of two-way fixed effects and of an odd panel (did01, did01b, did02, did33), each from a Parquet file.

The tests are those of the cases; the file takes the place of the table, and reading it as a whole is refused. Weights of two-way
fixed effects need the records, so that their numbers are left to the table in memory.
"""

import numpy as np
import pandas as pd
import pytest

from ebpm import did, moments
from tests.reference import test_did01 as houses_case
from tests.reference import test_did02 as castle_case
from tests.reference import test_did33 as odd_case
from tests.reference.every_value import case

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def summed(tmp_path_factory):
    """Return a table as a Parquet file, of which no record may be read."""

    def lying(table: pd.DataFrame):
        file = tmp_path_factory.mktemp("case") / "case.parquet"
        table.sample(frac=1, random_state=1).to_parquet(file)
        return moments.scan(file, memory=8 * table.size - 1)

    return lying


class TestTwoGroups:
    test_house_prices = staticmethod(houses_case.test_house_prices)
    test_house_prices_by_neighbourhood = staticmethod(houses_case.test_house_prices_by_neighbourhood)
    test_house_prices_as_published = staticmethod(houses_case.test_house_prices_as_published)

    @pytest.fixture(scope="class")
    @classmethod
    def houses(cls, summed):
        table = pd.read_csv(houses_case.KIELMC / "data.csv")
        logs = {f"log_{name}": np.log(table[name]) for name in ("intst", "land", "area")}
        return summed(table.assign(age_squared=table.age**2, **logs))


@pytest.mark.parametrize("errors", ["classical", "HC1", "HC2", "HC3"])
def test_duration_of_compensation(summed, errors):
    table = summed(pd.read_csv(houses_case.INJURY / "data.csv"))
    found = did.two_by_two(table, "ldurat", treated="highearn", post="afchnge", errors=errors)
    houses_case.assert_row(found.headline, houses_case.expected(houses_case.INJURY)[errors]["afchnge:highearn"])


class TestTwoWay:
    test_bias_reduced_errors = staticmethod(castle_case.test_bias_reduced_errors_with_absorbed_unit_effects)
    test_period_effects_count = staticmethod(
        castle_case.test_period_effects_count_and_unit_effects_nested_in_clusters_do_not
    )

    @pytest.fixture(scope="class")
    @classmethod
    def castle(cls, summed):
        return summed(pd.read_csv(castle_case.FOLDER / "data.csv"))

    @pytest.mark.parametrize(("errors", "key"), [("CR1", "cluster_sid_default_ssc"), ("classical", "iid")])
    def test_one_treatment(self, castle, errors, key):
        castle_case.test_one_treatment(castle, "unw", None, errors, key)

    def test_several_regressors(self, castle):
        castle_case.test_several_regressors(castle, "unw_cov_cluster_sid", None)

    def test_two_clusterings(self, castle):
        theirs = case("did02_castle_twfe")[1]["unw"]["twoway_sid_year"]["coef"]["post_bin"]
        found = castle_case.fitted(castle, "post_bin", cluster=["sid", "year"]).headline
        assert (found.estimate, found.std_error) == pytest.approx((theirs["estimate"], theirs["se"]), rel=1e-8)

    def test_jackknife(self, castle):
        theirs = case("did02_castle_twfe")[1]["unw"]["pyfixest_CRV3_cluster_sid"]["se"]
        found = castle_case.fitted(castle, "post_bin", errors="CR3").headline.std_error
        assert found * np.sqrt(50 / 49 * 549 / 548) == pytest.approx(theirs, rel=1e-8)


class TestJobTraining:
    @pytest.fixture(scope="class")
    @classmethod
    def grants(cls):
        from linearmodels.datasets import jobtraining

        return jobtraining.load()[["fcode", "year", "lscrap", "grant", "grant_1"]].dropna()

    def test_where_units_miss_periods(self, grants, summed):
        from linearmodels.panel import PanelOLS

        gapped = grants.drop(grants.index[[0, 7, 31, 90]])
        indexed = gapped.set_index(["fcode", "year"])
        peer = PanelOLS(indexed.lscrap, indexed[["grant", "grant_1"]], entity_effects=True, time_effects=True).fit()
        named = {"unit": "fcode", "time": "year", "treatment": ["grant", "grant_1"]}
        found = did.twfe(summed(gapped), "lscrap", **named, errors="classical")
        np.testing.assert_allclose([item.estimate for item in found], peer.params, rtol=1e-8)
        np.testing.assert_allclose([item.std_error for item in found], peer.std_errors, rtol=1e-8)


@pytest.mark.parametrize("key", [key for key in odd_case.CASE if "|twfe|" in key and "plain" in key])
def test_a_small_odd_panel(key, summed):
    sample, _, kind, _ = key.split("|")
    table = odd_case.DATA if sample == "full" else odd_case.DATA[odd_case.DATA.kept == 1]
    named = {"unit": "id", "time": "t", "treatment": "on", "covariates": ["z"]}
    item, row = did.twfe(summed(table), "y", **named, **odd_case.ERRORS[kind]).headline, odd_case.CASE[key]
    assert (item.estimate, item.std_error) == pytest.approx((row["estimate"], row["se"]), rel=odd_case.rtol(key))
