"""Effects on compliers: collapses, the Anderson-Rubin set by its definition, weak and absent first stages; bad input."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ebpm import rct
from ebpm.errors import DesignError
from tests.rct.test_difference import trial

DESIGNS = [{}, {"cluster": "school"}, {"strata": "ward"}, {"cluster": "school", "strata": "ward"}]


def delivered(share=0.7, clusters=24, seed=6):
    data = trial(clusters=clusters).assign(ward=lambda d: d.school // 8)
    rng = np.random.default_rng(seed)
    got = data.arm * (rng.random(len(data)) < share)
    return data.assign(got=got, kwh=data.kwh - 0.5 * got)


def cace(data, **what):
    return rct.cace(data, "kwh", delivered="got", assigned="arm", **what)


@pytest.mark.parametrize("design", DESIGNS)
def test_full_delivery_is_the_effect_of_assignment(design):
    data = delivered().assign(got=lambda d: d.arm)
    found = cace(data, **design)
    for name in ("estimate", "std_error", "df", "conf_low"):
        assert getattr(found.effect, name) == pytest.approx(getattr(found.itt, name), rel=1e-7)
    assert found.anderson_rubin[0] == pytest.approx((found.itt.conf_low, found.itt.conf_high), rel=1e-6)


def test_without_covariates_it_is_walds_ratio():
    data = delivered()
    found = cace(data, cluster="school")
    assert found.effect.estimate == pytest.approx(found.itt.estimate / found.first_stage.estimate, rel=1e-9)
    alone = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school").headline
    assert (found.itt.estimate, found.itt.std_error, found.itt.df) == pytest.approx(
        (alone.estimate, alone.std_error, alone.df), rel=1e-8
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_the_anderson_rubin_set_ends_where_its_test_turns(design):
    data = delivered()
    ((low, high),) = cace(data, covariates=["before"], **design).anderson_rubin
    for end, inside in ((low, 1e-4), (high, -1e-4)):
        for step, rejected in ((inside, False), (-inside, True)):
            shifted = data.assign(kwh=data.kwh - (end + step) * data.got)
            item = cace(shifted, covariates=["before"], **design)
            critical = stats.t.ppf(0.975, item.first_stage.df)
            assert bool(abs(item.itt.statistic) > critical) is rejected


def test_shift_scale_and_row_order():
    data = delivered()
    one = cace(data, covariates=["before"], cluster="school").effect
    other = cace(
        data.assign(kwh=1e5 + 20 * data.kwh, got=2 * data.got).sample(frac=1, random_state=1),
        covariates=["before"], cluster="school",
    ).effect  # fmt: skip
    assert (other.estimate, other.std_error) == pytest.approx((10 * one.estimate, 10 * one.std_error), rel=1e-7)


def test_r113_weak_first_stage_opens_the_set():
    data = delivered(clusters=10)
    data = data.assign(got=data.index.isin(data.index[data.arm == 1][:2]).astype(int))
    found = cace(data)
    assert "R113" in found.notices
    assert math.isinf(found.anderson_rubin[0][0]) or math.isinf(found.anderson_rubin[-1][1])
    assert "∞" in found.summary("en")
    assert "R113" not in cace(delivered()).notices


def test_no_first_stage_is_refused():
    data = delivered()
    with pytest.raises(DesignError, match="did not move"):
        cace(data.assign(got=1))
    even = pd.DataFrame({"kwh": [1.0, 2, 3, 5], "arm": [0, 0, 1, 1], "got": [0, 1, 0, 1]})
    with pytest.raises(DesignError, match="the same in both arms of arm"):
        cace(even)


def test_more_than_two_arms_are_refused():
    with pytest.raises(DesignError, match="two arms only"):
        cace(delivered().assign(arm=lambda d: d.index % 3))


@pytest.mark.parametrize(("lang", "said"), [("ja", "第一段階"), ("en", "Anderson-Rubin 95 % interval")])
def test_words_and_table(lang, said):
    found = cace(delivered(), cluster="school")
    assert said in found.summary(lang)
    assert found.tidy()["term"].tolist() == ["got", "arm", "arm"]
    assert said.split("<")[0] in found._repr_html_() or lang == "ja"
    assert found.estimates.headline == found.effect
    assert found.plot(lang=lang).get_xlabel()
