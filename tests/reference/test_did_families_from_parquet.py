"""The witnesses of event studies, imputation, decomposition, stacks, local projections and extended regressions, each from a Parquet file.

The tests are those of the cases; the file takes the place of the table, and reading it as a whole is refused wherever sums suffice.
"""

from pathlib import Path

import pandas as pd
import pytest

from ebpm import did, moments
from tests.reference import test_did05 as sun
from tests.reference import test_did06 as imputed
from tests.reference import test_did07 as staged
from tests.reference import test_did08 as parted
from tests.reference import test_did11 as claims
from tests.reference import test_did20 as stacks
from tests.reference import test_did21 as local
from tests.reference import test_did22 as extended

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def summed(tmp_path_factory):
    """Return the table of a case as a Parquet file, of which no record may be read."""

    def lying(folder: Path):
        file = tmp_path_factory.mktemp("case") / f"{folder.name}.parquet"
        pd.read_csv(folder / "data.csv").sample(frac=1, random_state=1).to_parquet(file)
        return moments.scan(file, memory=8 * 2**10)

    return lying


class TestSunAbraham:
    test_by_event_time = staticmethod(sun.test_by_event_time)
    test_over_all_treated_rows = staticmethod(sun.test_over_all_treated_rows)
    test_by_cohort = staticmethod(sun.test_by_cohort)
    test_by_cohort_and_period = staticmethod(sun.test_by_cohort_and_period)

    @pytest.fixture(scope="class")
    @classmethod
    def counties(cls, summed):
        return summed(sun.FOLDER)

    @pytest.fixture(scope="class")
    @classmethod
    def effects(cls, counties):
        return did.sun_abraham(counties, "lemp", **sun.COLUMNS)


class TestImputation:
    test_over_all_treated_rows = staticmethod(imputed.test_over_all_treated_rows)
    test_by_event_time_and_before_treatment = staticmethod(imputed.test_by_event_time_and_before_treatment)
    test_by_cohort = staticmethod(imputed.test_by_cohort)

    @pytest.fixture(scope="class")
    @classmethod
    def effects(cls, summed):
        return did.imputation(summed(imputed.FOLDER), "lemp", **imputed.COLUMNS)


class TestTwoStages:
    test_over_all_treated_rows = staticmethod(staged.test_over_all_treated_rows)
    test_by_event_time = staticmethod(staged.test_by_event_time)

    @pytest.fixture(scope="class")
    @classmethod
    def effects(cls, summed):
        return did.two_stage(summed(staged.FOLDER), "lemp", **imputed.COLUMNS)


class TestBacon:
    test_every_comparison = staticmethod(parted.test_every_comparison)
    test_every_kind = staticmethod(parted.test_every_kind)
    test_the_sum_is_the_two_way_coefficient = staticmethod(parted.test_the_sum_is_the_two_way_coefficient)

    @pytest.fixture(scope="class")
    @classmethod
    def castle(cls, summed):
        return summed(parted.FOLDER)

    @pytest.fixture(scope="class")
    @classmethod
    def parts(cls, castle):
        return did.bacon(castle, "l_homicide", unit="sid", time="year", first_treated="first")


class TestStacked:
    test_by_event_time = staticmethod(stacks.test_by_event_time)
    test_overall = staticmethod(stacks.test_overall)

    @pytest.fixture(scope="class")
    @classmethod
    def castle(cls, summed):
        return summed(stacks.FOLDER)


class TestLocalProjections:
    test_treated_alike_without_covariates = staticmethod(local.test_treated_alike_without_covariates)
    test_fixed_composition = staticmethod(local.test_fixed_composition)

    @pytest.fixture(scope="class")
    @classmethod
    def counties(cls, summed):
        return summed(local.FOLDER)

    @pytest.mark.parametrize("case", [case for case, more in local.SAME.items() if "covariates" not in more])
    def test_variance_weighted(self, counties, case):
        local.test_variance_weighted(counties, case)


class TestExtended:
    @pytest.fixture(scope="class")
    @classmethod
    def counties(cls, summed):
        return summed(extended.FOLDER)

    def test_cells(self, counties):
        extended.test_cells(counties, "gaussian")

    @pytest.mark.parametrize("kind", ["group", "calendar", "event"])
    def test_averages(self, counties, kind):
        extended.test_averages(counties, "gaussian", kind)


@pytest.mark.parametrize("errors", ["classical", "HC1", "HC2", "HC3"])
def test_triple_interaction(errors, summed):
    row = claims.CASE[errors]["afchnge:highearn:ky"]
    cells = {"treated": "ky", "eligible": "highearn", "post": "afchnge"}
    found = did.triple(summed(claims.FOLDER), "ldurat", **cells, errors=errors).headline
    assert found.estimate == pytest.approx(row["estimate"], rel=claims.RTOL, abs=claims.ATOL)
    for name, key in {"std_error": "se", "p_value": "p", "conf_low": "ci_low", "conf_high": "ci_high"}.items():
        assert getattr(found, name) == pytest.approx(row[key], rel=claims.RTOL)
    assert found.df == row["df"]
