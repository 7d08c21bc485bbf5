"""Pairwise comparisons: the variances of difference_in_means, adjustment against integrals and closed forms, agreement of p and interval."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.rct.means.difference import difference_in_means
from ebpm.rct.means.pairwise import ADJUST, pairwise
from ebpm.stats.multiple import holm

ARMS = ("control", "checklist", "duty", "loss", "norm")


@pytest.fixture(scope="module")
def letters():
    rng = np.random.default_rng(3)
    arm = np.repeat(ARMS, 60)
    effect = pd.Series(arm).map({"control": 0.0, "checklist": 0.2, "duty": 0.35, "loss": 0.5, "norm": 0.0})
    return pd.DataFrame({
        "y": effect + rng.normal(size=300),
        "arm": arm,
        "lot": np.repeat(np.arange(60), 5),
        "ward": np.tile(["a", "b", "c"], 100),
        "w": rng.uniform(1, 2, 300),
    })  # fmt: skip


DESIGNS = [{}, {"cluster": "lot"}, {"strata": "ward"}, {"weights": "w"}]


@pytest.mark.parametrize("design", DESIGNS)
def test_each_pair_has_the_estimate_and_error_of_difference_in_means(letters, design):
    found = pairwise(letters, "y", treatment="arm", adjust="none", **design)
    assert len(found) == 10
    for one in found:
        arm, control = one.term.split(" - ")
        alone = difference_in_means(letters, "y", treatment="arm", control=control, **design)[arm]
        assert (one.estimate, one.std_error, one.df) == (alone.estimate, alone.std_error, alone.df)
        assert (one.p_value, one.conf_low) == pytest.approx((alone.p_value, alone.conf_low), rel=1e-12)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_joint_covariance_holds_the_standard_errors(letters, design):
    found = pairwise(letters, "y", treatment="arm", **design)
    errors = [one.std_error for one in found]
    assert np.sqrt(np.diag(np.asarray(found.covariance))) == pytest.approx(errors, rel=1e-12)
    assert np.linalg.matrix_rank(np.asarray(found.covariance), tol=1e-10) == 4


def test_many_to_one(letters):
    found = pairwise(letters, "y", treatment="arm", against="control")
    assert found.terms == tuple(f"{arm} - control" for arm in sorted(ARMS) if arm != "control")
    full = pairwise(letters, "y", treatment="arm")
    for one in found:
        assert one.std_error == full[one.term].std_error
        assert one.p_value <= full[one.term].p_value


def dunnett(z, error, arms):
    """P(max |Z_j| <= z) for differences against one arm with standard errors `error` (control first), by integration."""

    def inside(u):
        scales = np.sqrt(error[1:] ** 2 + error[0] ** 2)
        upper = (z * scales + error[0] * u) / error[1:]
        lower = (-z * scales + error[0] * u) / error[1:]
        return float(np.prod(stats.norm.cdf(upper) - stats.norm.cdf(lower)) * stats.norm.pdf(u))

    return integrate.quad(inside, -9, 9, epsabs=1e-12)[0]


def test_adjusted_p_values_are_those_of_the_integral(letters):
    found = pairwise(letters, "y", treatment="arm", against="control")
    error = np.array([letters.loc[letters["arm"] == arm, "y"].sem() for arm in ("control", *sorted(ARMS[1:]))])
    for one in found:
        raw = 2 * stats.t.sf(abs(one.statistic), one.df)
        exact = 1 - dunnett(stats.norm.isf(raw / 2), error, ARMS)
        assert one.p_value == pytest.approx(exact, abs=0.005)  # 100,000 draws: three standard errors


def test_tukey_is_the_limit_of_equal_variances(letters):
    data = letters.assign(
        y=letters["y"].groupby(letters["arm"]).transform(lambda y: (y - y.mean()) / y.std())
        + 0.4 * (letters["arm"] == "loss")
    )
    found = pairwise(data, "y", treatment="arm")
    for one in found:
        exact = stats.studentized_range.sf(abs(one.statistic) * np.sqrt(2), 5, one.df)
        assert one.p_value == pytest.approx(exact, abs=0.01)  # draws, and the normal copula at 118 df


@pytest.mark.parametrize("adjust", ["max_t", "bonferroni", "none"])
@pytest.mark.parametrize("against", [None, "control"])
def test_p_value_and_interval_agree(letters, adjust, against):
    for conf_level in (0.5, 0.8, 0.95):
        for one in pairwise(letters, "y", treatment="arm", adjust=adjust, against=against, conf_level=conf_level):
            assert (one.p_value <= 1 - conf_level) == (one.conf_low > 0 or one.conf_high < 0)
            assert one.conf_level == conf_level


def test_holm_p_values_with_bonferroni_intervals(letters):
    raw, adjusted = (pairwise(letters, "y", treatment="arm", adjust=name) for name in ("none", "holm"))
    assert [one.p_value for one in adjusted] == pytest.approx(holm([one.p_value for one in raw]).tolist())
    bonferroni = pairwise(letters, "y", treatment="arm", adjust="bonferroni")
    assert [one.conf_low for one in adjusted] == [one.conf_low for one in bonferroni]


def test_max_t_lies_between_no_adjustment_and_bonferroni(letters):
    raw, single, crude = (
        pairwise(letters, "y", treatment="arm", adjust=name) for name in ("none", "max_t", "bonferroni")
    )
    for low, middle, high in zip(raw, single, crude, strict=True):
        assert low.p_value <= middle.p_value <= high.p_value
        assert high.conf_low <= middle.conf_low <= low.conf_low


def test_two_arms_are_one_comparison(letters):
    two = letters[letters["arm"].isin(["control", "loss"])]
    alone = difference_in_means(two, "y", treatment="arm").headline
    for adjust in ADJUST:
        one = pairwise(two, "y", treatment="arm", adjust=adjust).headline
        assert (one.term, one.p_value) == ("loss - control", pytest.approx(alone.p_value, rel=1e-12))
        assert (one.conf_low, one.conf_high) == pytest.approx((alone.conf_low, alone.conf_high), rel=1e-10)


def test_matched_pairs_of_two_arms():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=20), "arm": [0, 1] * 10, "pair": np.arange(20) // 2})
    alone = difference_in_means(data, "y", treatment="arm", strata="pair").headline
    assert pairwise(data, "y", treatment="arm", strata="pair").headline.std_error == alone.std_error


def test_a_named_control_comes_last_in_its_pairs(letters):
    found = pairwise(letters, "y", treatment="arm")
    assert found.terms[:4] == ("checklist - control", "duty - control", "loss - control", "norm - control")
    assert found.headline_term == "checklist - control"


def test_row_order_and_labels_do_not_matter(letters):
    first = pairwise(letters, "y", treatment="arm")
    mixed = pairwise(letters.sample(frac=1, random_state=2), "y", treatment="arm")
    renamed = pairwise(letters.assign(arm="x" + letters["arm"]), "y", treatment="arm", against="xcontrol")
    assert mixed.terms == first.terms
    assert [one.p_value for one in mixed] == pytest.approx([one.p_value for one in first], rel=1e-6)
    assert renamed["xloss - xcontrol"].estimate == pytest.approx(first["loss - control"].estimate)


def test_the_method_says_what_was_done(letters):
    found = pairwise(letters, "y", treatment="arm", adjust="holm")
    assert found.headline.method == "rct.pairwise_holm"
    assert "Holm" in found.summary("en")
    assert "ホルム法" in found.summary("ja")
    assert isinstance(found.critical_value, Unavailable)
    assert len(found.plot(lang="ja").get_yticklabels()) == 10


BAD = [
    ({"against": "placebo"}, DataError, "rct_no_such_arm"),
    ({"adjust": "tukey"}, DataError, "bad_choice"),
    ({"cluster": "ward"}, DesignError, "rct_arm_varies"),
    ({"conf_level": 1.0}, DesignError, "bad_level"),
]


@pytest.mark.parametrize(("arguments", "kind", "code"), BAD)
def test_bad_input_is_refused(letters, arguments, kind, code):
    with pytest.raises(kind) as caught:
        pairwise(letters, "y", treatment="arm", **arguments)
    assert caught.value.code == code
    assert caught.value.remedy("ja") != caught.value.remedy("en")


def test_arms_without_variation_are_named(letters):
    with pytest.raises(DesignError) as caught:
        pairwise(letters.assign(y=(letters["arm"] == "loss").astype(float)), "y", treatment="arm")
    assert caught.value.code == "rct_pairwise_no_variation"
    assert "checklist - control" in caught.value.given("en")


def test_one_arm_is_refused(letters):
    with pytest.raises(DesignError) as caught:
        pairwise(letters.assign(arm="control"), "y", treatment="arm")
    assert caught.value.code == "rct_one_arm"


def test_every_pair_once(letters):
    pairs = {frozenset(term.split(" - ")) for term in pairwise(letters, "y", treatment="arm").terms}
    assert pairs == {frozenset(pair) for pair in itertools.combinations(ARMS, 2)}


@pytest.mark.parametrize(
    ("adjust", "by_statsmodels"), [("hochberg", "simes-hochberg"), ("bh", "fdr_bh"), ("by", "fdr_by"), ("holm", "holm")]
)
@pytest.mark.parametrize("against", [None, "control"])
def test_adjusted_p_values_equal_statsmodels(letters, adjust, by_statsmodels, against):
    multipletests = pytest.importorskip("statsmodels.stats.multitest").multipletests
    raw = [one.p_value for one in pairwise(letters, "y", treatment="arm", adjust="none", against=against)]
    found = pairwise(letters, "y", treatment="arm", adjust=adjust, against=against)
    assert [one.p_value for one in found] == pytest.approx(multipletests(raw, method=by_statsmodels)[1].tolist())


@pytest.mark.parametrize(("adjust", "like"), [("hochberg", "bonferroni"), ("bh", "none"), ("by", "none")])
def test_intervals_of_stepwise_adjustments_say_what_they_are(letters, adjust, like):
    found, other = (pairwise(letters, "y", treatment="arm", adjust=name) for name in (adjust, like))
    assert [(one.conf_low, one.conf_high) for one in found] == [(one.conf_low, one.conf_high) for one in other]
    assert {one.method for one in found} == {f"rct.pairwise_{adjust}"}
    alone = {"none": ("比較ごと", "each comparison alone"), "bonferroni": ("ボンフェローニ", "Bonferroni intervals")}[
        like
    ]
    assert all(word in found.summary(lang) for word, lang in zip(alone, ("ja", "en"), strict=True))
