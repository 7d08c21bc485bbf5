"""Worst-case bounds: by hand, layer by layer; intervals; what they collapse to; bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ebpm import survey
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable


@pytest.fixture
def invited():
    answers = ["yes"] * 40 + ["no"] * 50 + ["unknown"] * 10 + [None] * 100
    return pd.DataFrame({
        "insured": answers,
        "answered": [1] * 100 + [0] * 100,
        "arm": ["leaflet", "control"] * 100,
        "lot": np.arange(200) // 10,
        "w": np.tile([1.0, 2.0], 100),
    })  # fmt: skip


def layers(found, term):
    return {item.layer: (item.low, item.high) for item in found.of(term)}


def test_the_plans_staff_survey():
    one = survey.bounds_from(mean=0.599, response_rate=0.264).headline
    assert (f"{one.low:.1%}", f"{one.high:.1%}") == ("15.8%", "89.4%")
    assert (one.low, one.high) == pytest.approx((0.599 * 0.264, 0.599 * 0.264 + 0.736), rel=1e-14)
    assert isinstance(one.conf_low, Unavailable)


def test_three_layers_by_hand(invited):
    found = survey.bounds(invited, "insured", code="yes", unknown=["unknown"])
    assert layers(found, "insured") == {
        "answered": pytest.approx((40 / 90, 40 / 90)),
        "unknown": pytest.approx((0.40, 0.50)),
        "nonresponse": pytest.approx((0.20, 0.75)),
    }
    assert [item.n for item in found.items] == [90, 100, 200]
    assert found.headline.layer == "nonresponse"


def test_published_shares_give_the_same_bounds_as_the_rows(invited):
    rows = survey.bounds(invited, "insured", code="yes", unknown=["unknown"])
    shares = survey.bounds_from(mean=40 / 90, unknown=0.1, response_rate=0.5)
    for ours, theirs in zip(shares.items, rows.items, strict=True):
        assert (ours.layer, ours.low, ours.high) == (
            theirs.layer,
            pytest.approx(theirs.low),
            pytest.approx(theirs.high),
        )


def test_a_response_rate_stands_for_the_missing_rows(invited):
    whole = survey.bounds(invited, "insured", code="yes", unknown=["unknown"]).headline
    rated = survey.bounds(invited[:100], "insured", code="yes", unknown=["unknown"], response_rate=0.5).headline
    assert (rated.low, rated.high) == pytest.approx((whole.low, whole.high))


def test_a_response_column_tells_item_from_unit_nonresponse(invited):
    data = invited.assign(insured=invited["insured"].where(invited["insured"] != "unknown"))
    told = survey.bounds(data, "insured", code="yes", response="answered")
    assert layers(told, "insured") == layers(
        survey.bounds(invited, "insured", code="yes", unknown=["unknown"]), "insured"
    )


def test_everybody_answered_is_a_mean():
    data = pd.DataFrame({"y": [0, 1, 1, 1, 0, 0, 1, 1]})
    found, mean = survey.bounds(data, "y"), survey.mean(data, "y").headline
    assert len(found.items) == 1
    one = found.headline
    assert (one.low, one.high) == (mean.estimate, mean.estimate)
    assert one.std_error_low == pytest.approx(mean.std_error, rel=1e-12)
    assert one.conf_high - one.high == pytest.approx(stats.norm.ppf(0.975) * mean.std_error, rel=1e-10)


def test_the_ends_are_the_means_of_the_filled_outcome(invited):
    found = survey.bounds(invited, "insured", code="yes", weights="w", cluster="lot").headline
    yes = invited["insured"] == "yes"
    low = survey.mean(invited.assign(y=yes.astype(float)), "y", weights="w", cluster="lot").headline
    high = survey.mean(
        invited.assign(y=(yes | invited["insured"].isna()).astype(float)), "y", weights="w", cluster="lot"
    ).headline
    assert (found.low, found.high) == pytest.approx((low.estimate, high.estimate), rel=1e-12)
    assert (found.std_error_low, found.std_error_high) == pytest.approx((low.std_error, high.std_error), rel=1e-12)


def test_effects_are_differences_of_the_arms(invited):
    found = survey.effect_bounds(
        invited, "insured", treatment="arm", control="control", code="yes", unknown=["unknown"]
    )
    assert found.terms == ("leaflet - control", "leaflet", "control")
    for effect, arm, base in zip(*(found.of(name) for name in found.terms), strict=True):
        assert (effect.low, effect.high) == pytest.approx((arm.low - base.high, arm.high - base.low))
        assert effect.std_error_low == pytest.approx(np.hypot(arm.std_error_low, base.std_error_high))


def test_arms_inside_clusters_keep_their_covariance(invited):
    crossed = survey.effect_bounds(invited, "insured", treatment="arm", control="control", code="yes", cluster="lot")
    data = invited.assign(y=(invited["insured"] == "yes").astype(float))
    answered = data[data["answered"] == 1]
    domains = survey.mean(answered, "y", by="arm", cluster="lot")
    variance = np.array([-1.0, 1.0]) @ np.asarray(domains.covariance) @ np.array([-1.0, 1.0])
    lots = 20 / 19 * 9 / 10  # the design keeps all 20 parking lots, the answers come from 10
    assert crossed.of("leaflet - control")[0].std_error_low == pytest.approx(np.sqrt(variance * lots), rel=1e-10)


@pytest.mark.parametrize("width", [0.0, 1e-9, 0.01, 0.05, 0.3, 1.0])
def test_the_imbens_manski_equation_holds(width):
    c = survey.imbens_manski(width, std_error_low=0.02, std_error_high=0.03)
    assert stats.norm.cdf(c + width / 0.03) - stats.norm.cdf(-c) == pytest.approx(0.95, abs=1e-12)


def test_no_sampling_error_leaves_the_bounds():
    found = survey.bounds(pd.DataFrame({"y": [1.0, 1.0, None, None]}), "y", low=1.0, high=1.0 + 1e-9).headline
    assert found.conf_low == pytest.approx(found.low)


def test_estimates_carry_the_interval_that_assumes_nothing(invited):
    found = survey.bounds(invited, "insured", code="yes", unknown=["unknown"])
    one = found.estimates.headline
    assert one.estimate == pytest.approx(40 / 90)
    assert (one.conf_low, one.conf_high) == (found.headline.conf_low, found.headline.conf_high)
    assert isinstance(one.p_value, Unavailable)
    assert found.estimates.notices == found.notices
    assert "Manski" in found.references[0]


def test_tidy_summary_and_pictures(invited):
    found = survey.effect_bounds(
        invited, "insured", treatment="arm", control="control", code="yes", unknown=["unknown"]
    )
    assert list(found.tidy()["survey_layer"]) == ["answered", "unknown", "nonresponse"] * 3
    assert "people who did not answer" in found.summary("en")
    assert "無回答者" in found.summary("ja")
    assert "<caption>" in found._repr_html_()
    for lang in ("ja", "en"):
        assert len(found.plot(lang=lang).get_legend().get_texts()) == 3


def test_a_figure_without_intervals_has_a_legend_too():
    ax = survey.bounds_from(mean=0.5, response_rate=1.0).plot(lang="en")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["estimate from known answers"]


def test_numeric_codes_of_unknown():
    data = pd.DataFrame({"y": [1.0, 0.0, 9.0, None]})
    assert layers(survey.bounds(data, "y", unknown=[9]), "y")["unknown"] == pytest.approx((1 / 3, 2 / 3))


BAD = [
    ({"code": "maybe"}, DataError, "survey_unknown_code", "no, unknown, yes", "Give one of them"),
    ({}, DataError, "not_numeric", "yes", "numbers"),
    ({"code": "yes", "low": 0.5}, DataError, "survey_outside_range", "row 41", "least and greatest"),
    (
        {"code": "yes", "response_rate": 0.5},
        DesignError,
        "survey_response_twice",
        "100 rows",
        "Leave response_rate out",
    ),
    ({"code": "yes", "response": "w"}, DataError, "survey_not_zero_one", "row 2", "1 for answered"),
    (
        {"code": "yes", "unknown": ["yes", "no", "unknown"]},
        DesignError,
        "survey_nobody_answered",
        "200 rows",
        "codes given as unknown",
    ),
    ({"code": "yes", "strata": "insured"}, DataError, "missing_values", "insured", "Nothing is dropped"),
]


@pytest.mark.parametrize(("arguments", "kind", "code", "given", "remedy"), BAD)
def test_bad_input_is_refused_in_three_parts(invited, arguments, kind, code, given, remedy):
    with pytest.raises(kind) as caught:
        survey.bounds(invited, "insured", **arguments)
    assert caught.value.code == code
    assert given in caught.value.given("en")
    assert remedy in caught.value.remedy("en")


def test_an_answer_of_someone_who_did_not_answer_is_refused(invited):
    with pytest.raises(DataError) as caught:
        survey.bounds(invited.assign(answered=0), "insured", code="yes", response="answered")
    assert caught.value.code == "survey_answer_without_response"


@pytest.mark.parametrize("rate", [0.0, 1.5, 26.4])
def test_rates_are_fractions(invited, rate):
    with pytest.raises(DesignError) as caught:
        survey.bounds(invited[:90], "insured", code="yes", response_rate=rate)
    assert caught.value.code == "survey_share_outside"


@pytest.mark.parametrize(
    "given",
    [
        {"mean": 1.2, "response_rate": 0.5},
        {"mean": 0.5, "response_rate": 26.4},
        {"mean": 0.5, "response_rate": 0.5, "unknown": -0.1},
    ],
)
def test_published_shares_are_fractions(given):
    with pytest.raises(DesignError) as caught:
        survey.bounds_from(**given)
    assert "0.264 for 26.4 %" in caught.value.remedy("en")


@pytest.mark.parametrize(("change", "control"), [({"arm": "control"}, "control"), ({}, "placebo")])
def test_arms_must_be_there(invited, change, control):
    with pytest.raises(DesignError) as caught:
        survey.effect_bounds(invited.assign(**change), "insured", treatment="arm", control=control, code="yes")
    assert caught.value.code == "survey_no_control"


def test_an_arm_without_answers_is_refused(invited):
    silent = invited.assign(insured=invited["insured"].where(invited["arm"] == "control"))
    with pytest.raises(DesignError) as caught:
        survey.effect_bounds(silent, "insured", treatment="arm", control="control", code="yes")
    assert caught.value.code == "survey_empty_arm"
