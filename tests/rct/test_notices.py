"""Each rule of trials: one case in which it speaks, one in which it is silent."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError
from tests.rct.test_difference import trial


def clustered(data, **arguments):
    return rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", **arguments).notices


def test_r101_few_clusters_in_an_arm():
    notices = clustered(trial(clusters=19))
    assert [(notice.about, notice.facts["clusters"]) for notice in notices if notice.code == "R101"] == [("1", 9)]
    assert "R101" not in clustered(trial(clusters=20))
    assert "R101" not in rct.difference_in_means(trial(clusters=8), "kwh", treatment="arm").notices


def test_r102_unequal_clusters():
    data = trial()
    large = pd.concat([data, *[data[data.school == 3]] * 30])
    assert [notice.about for notice in clustered(large) if notice.code == "R102"] == ["1"]
    assert "R102" not in clustered(data)


def test_r135_weights_that_explode():
    data = trial().assign(w=1.0, even=lambda d: 1.0 + d.index % 3)
    heavy = data.assign(w=data.w.where(data.index != data.index[data.arm == 1][0], 1000.0))
    what = {"treatment": "arm", "weights": "w"}
    found = rct.difference_in_means(heavy, "kwh", **what).notices
    assert [notice.about for notice in found if notice.code == "R135"] == ["1"]
    assert "R135" in rct.lin(heavy, "kwh", covariates=["before"], cluster="school", **what).notices
    assert "R135" not in rct.difference_in_means(heavy.assign(w=heavy.even), "kwh", **what).notices
    assert "R135" not in rct.difference_in_means(heavy, "kwh", treatment="arm").notices
    tiny = data.assign(p=np.where(data.index == data.index[data.arm == 1][0], 0.0005, 0.5), q=0.05)
    for routine in (rct.hajek, rct.horvitz_thompson, rct.difference_in_means):
        assert "R135" in routine(tiny, "kwh", treatment="arm", probability="p").notices
        assert "R135" not in routine(tiny, "kwh", treatment="arm", probability="q").notices  # rare, but for all alike


def test_r103_and_r104_delivery_against_assignment():
    data = trial().assign(got=lambda d: np.where(d.school == 5, 0, d.arm))
    swapped = rct.compliance(data, "got", assigned="arm", cluster="school")
    assert swapped.codes == ("R104",)
    assert "school: 5" in swapped.to_text()
    mixed = rct.compliance(data.assign(arm=data.arm.where(data.index > 2, 1)), "got", assigned="arm", cluster="school")
    assert mixed.codes == ("R103", "R104")
    assert mixed.of("error").codes == ("R103",)
    assert len(rct.compliance(data, "arm", assigned="arm", cluster="school")) == 0
    assert rct.compliance(data, "got", assigned="arm").codes == ("R104",)


def test_delivery_in_other_codes_is_refused():
    data = trial().assign(got=lambda d: d.arm.map({0: "no", 1: "yes"}))
    with pytest.raises(DataError, match="no, yes"):
        rct.compliance(data, "got", assigned="arm")


def test_r105_imbalance_beyond_chance():
    data = trial(clusters=30)
    assert rct.balance(
        data.assign(before=data.before + 3 * data.arm), ["before"], treatment="arm", cluster="school"
    ).codes == ("R105",)
    assert len(rct.balance(data, ["before"], treatment="arm", cluster="school")) == 0
    many = pd.DataFrame({"x": np.arange(4000) % 7, "z": np.arange(4000) % 11, "arm": np.arange(4000) % 2})
    assert len(rct.balance(many, ["x", "z"], treatment="arm")) == 0
    assert "R105" in rct.balance(many.assign(x=many.x + 0.4 * many.arm), ["x", "z"], treatment="arm")


def test_r106_differential_attrition():
    data = trial(clusters=40)
    even = data.assign(returned=(data.index % 10 > 0).astype(int))
    assert len(rct.attrition(even, "returned", treatment="arm", cluster="school")) == 0
    lost = data.assign(returned=((data.arm == 0) | (data.index % 5 > 0)).astype(int))
    notices = rct.attrition(lost, "returned", treatment="arm", cluster="school")
    assert notices.codes == ("R106",)
    assert notices.items[0].about == "1"


def test_r107_high_attrition():
    data = trial(clusters=40)
    third = data.assign(returned=(data.index % 3 > 0).astype(int))
    assert rct.attrition(third, "returned", treatment="arm", cluster="school").codes == ("R107",)
    assert rct.attrition(data.assign(returned=0), "returned", treatment="arm").codes == ("R107",)
    assert len(rct.attrition(data.assign(returned=1), "returned", treatment="arm")) == 0


def test_attrition_reads_missing_outcomes_and_complete_ones():
    data = trial(clusters=40)
    gaps = data.assign(kwh=data.kwh.where(data.index % 3 > 0))
    assert rct.attrition(gaps, "kwh", treatment="arm", cluster="school").codes == ("R107",)
    assert rct.attrition(data, "kwh", treatment="arm").codes == ("R132",)


def test_r108_coefficients_that_rest_on_one_row():
    data = trial().assign(
        rare=lambda d: ((d.index == d.index[d.arm == 1][0]) | (d.index.isin(d.index[d.arm == 0][:9]))).astype(int)
    )
    assert "R108" in rct.lin(data, "kwh", treatment="arm", covariates=["rare"]).notices
    assert "R108" not in rct.lin(data, "kwh", treatment="arm", covariates=["before"]).notices


def test_r109_many_covariates():
    data = trial(clusters=30)
    rng = np.random.default_rng(0)
    wide = data.assign(**{f"x{j}": rng.normal(size=len(data)) for j in range(6)})
    names = [f"x{j}" for j in range(6)]
    assert "R109" in rct.lin(wide, "kwh", treatment="arm", covariates=names, cluster="school").notices
    assert "R109" not in rct.lin(wide, "kwh", treatment="arm", covariates=names[:5], cluster="school").notices
    assert "R109" not in rct.lin(wide, "kwh", treatment="arm", covariates=names).notices


def test_r111_weights():
    assert "R111" in clustered(trial(), weights="weight")
    assert "R111" not in clustered(trial())


def test_balance_prints_in_both_languages():
    table = rct.balance_table(trial(), ["before", "weight"], treatment="arm", cluster="school")
    assert list(table.tidy()["term"]) == ["1: before", "1: weight"]
    assert "標準化差" in table.summary("ja")
    assert "Standardised difference" in table.summary("en")
    assert "<table" in table._repr_html_()


def test_balance_of_a_constant_covariate():
    (arm,) = rct.balance_table(trial().assign(one=1), "one", treatment="arm", cluster="school").arms
    assert (arm.statistic, arm.df, arm.p_value) == (0.0, 0, 1.0)
