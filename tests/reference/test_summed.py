"""Witnesses of trials and samples from Parquet files that are summed where they lie."""

import pytest

from ebpm import moments, rct, survey
from ebpm.moments.regression import regress
from ebpm.moments.scans.groups.moments import cluster_moments
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from tests.reference import test_svy04 as svy
from tests.reference.test_rct import NSW, STAR, assert_equal, case, table

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")


@pytest.fixture
def parquet(tmp_path):
    def write(name):
        data, expected = case(name)
        pl.from_pandas(data).write_parquet(tmp_path / f"{name}.parquet")
        return tmp_path / f"{name}.parquet", expected

    return write


def test_rct01_difference_in_means(parquet):
    file, expected = parquet("rct01_diff_in_means_nsw")
    assert_equal(rct.difference_in_means(file, "re78", treatment="treat")["1"], expected["neyman_welch"])
    for kind in ("classical", "HC0", "HC1", "HC2", "HC3"):
        found = rct.ancova(file, "re78", treatment="treat", errors=kind)["1"]
        assert_equal(found, expected[f"ols_{kind}_df_n_minus_2"])


@pytest.mark.parametrize("kind", ["HC2", "HC3"])
def test_rct02_lin(parquet, kind):
    file, expected = parquet("rct02_lin_nsw")
    found = rct.lin(file, "re78", treatment="treat", covariates=NSW, errors=kind)["1"]
    assert_equal(found, expected[kind]["treat"])


@pytest.mark.parametrize("model", STAR)
@pytest.mark.parametrize(("kind", "theirs"), [("CR0", "CR0"), ("CR1S", "stata"), ("CR2", "CR2")])
def test_rct04_clusters(parquet, model, kind, theirs):
    file, expected = parquet("rct04_cr2_star")
    sums = scan_groups(moments.scan(file), GroupRequest(keys=("schoolidk",), numbers=("mathk", *STAR[model])))
    result = regress(cluster_moments(sums, "mathk", STAR[model]), kind=kind)
    found = table(result.coefficients, result.covariance, ["(Intercept)", *STAR[model]])
    for name in STAR[model]:
        assert_equal(found[name], expected[f"estimatr_{theirs}_{model}"][name])


def test_rct05_strata(parquet):
    file, expected = parquet("rct05_blocked_star")
    found = rct.difference_in_means(file, "mathk", treatment="small", strata="schoolidk")["1"]
    assert_equal(found, expected["difference_in_means_blocks"])


def test_rct06_pairs(parquet):
    file, expected = parquet("rct06_matched_pairs_sleep")
    found = rct.difference_in_means(file, "extra", treatment="drug", strata="id")["1"]
    assert_equal(found, expected["matched_pair"])


@pytest.mark.parametrize("name", svy.ONE_STAGE)
def test_svy04_and_svy05_samples(tmp_path, name):
    pl.from_pandas(svy.data(name)).write_parquet(tmp_path / "sample.parquet")
    known, columns = svy.expected(name)["basics"], svy.design(name)
    sample = tmp_path / "sample.parquet"
    found = survey.mean(sample, "api00", **columns).headline
    svy.assert_same(found, known["mean"])
    assert found.df == known["df"]
    for one in survey.mean(sample, ["api99", "api00"], **columns):
        svy.assert_same(one, known["two"][one.term])
    svy.assert_same(survey.total(sample, "enroll", **columns).headline, known["total"])
    svy.assert_same(survey.ratio(sample, "api.stu", denominator="enroll", **columns).headline, known["ratio"])
