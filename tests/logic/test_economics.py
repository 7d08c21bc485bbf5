"""Economics of a link: closed forms, Fieller's limits, refusals, words and pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from ebpm.errors import DesignError, SpecError
from ebpm.estimate import Estimate, Unavailable
from ebpm.logic import appraise
from ebpm.logic.economics.draws import draw, quantile
from ebpm.logic.economics.parts import Uncertain
from ebpm.spec.problems import problems_of
from tests.logic.lamps import CASE, ONLY_EFFECT, lamps

DRAWS = 200_000
Z = stats.norm.ppf(0.975)


def number(found, measure):
    value = found[measure]
    assert isinstance(value, Estimate)
    return value


def test_the_central_case_is_the_closed_form():
    found = appraise(lamps(), CASE, draws=100)
    fading = 0.8 / 1.04
    outcomes = 0.3 * 365 * 2000 * (1 - fading**3) / (1 - fading)
    costs = 900 * 2000 + 1_000_000
    expected = {
        "outcomes": outcomes,
        "cost": costs,
        "cost_per_outcome": costs / outcomes,
        "benefit": 27 * outcomes,
        "net_benefit": 27 * outcomes - costs,
        "benefit_cost_ratio": 27 * outcomes / costs,
    }
    assert {name: number(found, name).estimate for name in expected} == pytest.approx(expected, rel=1e-12)


def test_one_year_without_discount_is_a_product():
    model = lamps(("years: 3", "years: 1"), ("discount_rate: 0.04", "discount_rate: 0.0"))
    assert number(appraise(model, CASE, draws=10), "outcomes").estimate == pytest.approx(0.3 * 365 * 2000, rel=1e-14)


def test_full_persistence_is_an_annuity():
    model = lamps(("{value: 0.8, low: 0.6, high: 1.0, shape: triangular}", "{value: 1.0}"), ("years: 3", "years: 10"))
    annuity = (1 - 1.04**-10) / (1 - 1 / 1.04)
    assert number(appraise(model, CASE, draws=10), "outcomes").estimate == pytest.approx(
        0.3 * 365 * 2000 * annuity, rel=1e-12
    )


def test_later_costs_are_discounted_and_brought_to_one_price_year():
    model = lamps(
        ("units: 2000, price_year: 2020", "units: 2000, price_year: 2015, year: 2"),
        (
            "    price_year: 2020\n",
            "    price_year: 2020\n    prices: [{year: 2015, index: 98}, {year: 2020, index: 100}]\n",
        ),
    )
    expected = 900 * 2000 * 100 / 98 / 1.04**2 + 1_000_000
    assert number(appraise(model, CASE, draws=10), "cost").estimate == pytest.approx(expected, rel=1e-12)


def test_a_linear_measure_of_one_normal_input_keeps_its_interval():
    found = appraise(lamps(*ONLY_EFFECT), CASE, draws=DRAWS)
    outcomes = number(found, "outcomes")
    per_unit = outcomes.estimate / 0.3
    assert outcomes.std_error == pytest.approx(per_unit * 0.2 / Z, rel=0.01)
    assert (outcomes.conf_low, outcomes.conf_high) == pytest.approx((per_unit * 0.1, per_unit * 0.5), rel=0.02)
    mean, spread = number(found, "net_benefit").estimate, 27 * per_unit * 0.2 / Z
    assert found.probability == pytest.approx(stats.norm.cdf(mean / spread), abs=0.002)


def fieller(top, bottom, *, z):
    """Return the limits of a ratio of independent normals, each (mean, standard deviation): Fieller (1954)."""
    (a, sa), (b, sb) = top, bottom
    leading, middle, last = b**2 - z**2 * sb**2, a * b, a**2 - z**2 * sa**2
    root = math.sqrt(middle**2 - leading * last)
    return (middle - root) / leading, (middle + root) / leading


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_ratios_of_normals_have_the_limits_of_fieller(level):
    only = [change for change in ONLY_EFFECT if "900" not in change[0]]
    found = appraise(lamps(*only), CASE, draws=400_000, conf_level=level)
    outcomes = number(found, "outcomes").estimate
    gained, spent = (outcomes, outcomes / 0.3 * 0.2 / Z), (2_800_000, 2000 * 100 / Z)
    z = stats.norm.ppf(0.5 + level / 2)
    ratio, cost = number(found, "benefit_cost_ratio"), number(found, "cost_per_outcome")
    assert (ratio.conf_low, ratio.conf_high) == pytest.approx(
        fieller((27 * gained[0], 27 * gained[1]), spent, z=z), rel=0.01
    )
    assert (cost.conf_low, cost.conf_high) == pytest.approx(fieller(spent, gained, z=z), rel=0.015)


@pytest.mark.parametrize(("limits", "bounded"), [(("-0.595", "-0.005"), True), (("-0.605", "0.005"), False)])
def test_a_cost_per_outcome_ends_exactly_where_fieller_ends(limits, bounded):
    model = lamps(*ONLY_EFFECT, ("conf_low: -0.5, conf_high: -0.1", "conf_low: {}, conf_high: {}".format(*limits)))
    cost = number(appraise(model, CASE, draws=DRAWS), "cost_per_outcome")
    assert isinstance(cost.conf_high, Unavailable) is not bounded
    assert isinstance(cost.std_error, Unavailable)
    if not bounded:
        assert "cannot be ruled out" in cost.conf_high.words("en")
        assert "閉じない" in cost.conf_high.words("ja")


@pytest.mark.parametrize("measure", ["ratio", "log_ratio"])
def test_a_ratio_moves_the_baseline(measure):
    value, low, high = (0.9, 0.81, 1.0) if measure == "ratio" else (math.log(0.9), math.log(0.81), 0.0)
    shape = "lognormal" if measure == "ratio" else "normal"
    model = lamps(
        *ONLY_EFFECT,
        ("value: -0.3, conf_low: -0.5, conf_high: -0.1", f"value: {value}, conf_low: {low}, conf_high: {high}"),
        (
            "    wanted: down",
            f"    measure: {measure}\n    shape: {shape}\n    baseline: {{value: 11}}\n    wanted: down",
        ),
    )
    found = number(appraise(model, CASE, draws=DRAWS), "outcomes")
    plain = number(appraise(lamps(), CASE, draws=10), "outcomes").estimate / 0.3
    assert found.estimate == pytest.approx(plain * 11 * 0.1, rel=1e-9)
    assert found.conf_low == pytest.approx(0.0, abs=0.01 * found.estimate)
    assert found.conf_high == pytest.approx(plain * 11 * 0.19, rel=0.01)


@pytest.mark.parametrize(
    ("amount", "witness"),
    [
        (Uncertain(value=5, low=3, high=7, shape="normal"), stats.norm(5, 2 / Z)),
        (Uncertain(value=4, low=2, high=8, level=0.8, shape="lognormal"), stats.lognorm(math.log(2) / stats.norm.ppf(0.9), scale=4)),
        (Uncertain(value=2, low=1, high=5, shape="triangular"), stats.triang(0.25, loc=1, scale=4)),
        (Uncertain(value=1, low=1, high=5, shape="triangular"), stats.triang(0.0, loc=1, scale=4)),
        (Uncertain(value=5, low=1, high=5, shape="triangular"), stats.triang(1.0, loc=1, scale=4)),
    ],
)  # fmt: skip
def test_the_shapes_are_those_of_scipy(amount, witness):
    places = np.linspace(0.001, 0.999, 41)
    assert quantile(amount, places) == pytest.approx(witness.ppf(places), rel=1e-10)
    assert stats.kstest(draw("reach", amount, draws=20_000, seed=7), witness.cdf).pvalue > 1e-4


def test_an_input_has_a_stream_of_its_own():
    with_staff = appraise(lamps(), CASE, draws=1000)
    cheaper = appraise(
        lamps(("value: 1000000, low: 800000, high: 1500000, shape: triangular", "value: 1000000")), CASE, draws=1000
    )
    assert with_staff["outcomes"] == cheaper["outcomes"]
    assert with_staff["cost"] != cheaper["cost"]
    assert appraise(lamps(), CASE, draws=1000, seed=1)["outcomes"] != with_staff["outcomes"]
    assert appraise(lamps(), CASE, draws=1000).tidy().equals(with_staff.tidy())


def test_without_a_worth_there_are_no_benefits():
    text = "    worth: {value: 27, low: 24, high: 30, shape: normal, per: kWh, price_year: 2020, source: {ja: 例示, en: made up}}\n"
    found = appraise(lamps((text, "")), CASE, draws=1000)
    assert isinstance(found["net_benefit"], Unavailable)
    assert found.estimates.headline_term == "cost_per_outcome"
    assert "no declared worth" in found.summary("en")
    assert found.swung == "outcomes"
    assert "worth" in found.table("ja").to_text("ja")


def test_an_effect_in_the_wrong_direction_costs_without_gain():
    found = appraise(lamps(("wanted: down", "wanted: up")), CASE, draws=1000)
    assert isinstance(found["cost_per_outcome"], Unavailable)
    assert number(found, "net_benefit").estimate < 0
    assert found.probability < 0.01


def test_the_tornado_is_ordered_and_each_end_is_the_closed_form():
    found = appraise(lamps(), CASE, draws=100)
    widths = [swing.width for swing in found.swings]
    assert widths == sorted(widths, reverse=True)
    effect = found.swings[0]
    benefit, cost = number(found, "benefit").estimate, number(found, "cost").estimate
    assert (effect.at_low, effect.at_high) == pytest.approx((benefit * 5 / 3 - cost, benefit / 3 - cost), rel=1e-9)
    assert found.tornado("en").rows[0][0] == "Estimate of the effect"


def test_evidence_without_a_counterfactual_is_refused_unless_told_so():
    bare = lamps(("verdict: supports", "verdict: no_effect_claim"))
    with pytest.raises(DesignError) as caught:
        appraise(bare, CASE)
    assert "without_counterfactual=True" in caught.value.remedy("en")
    assert "反実仮想" in caught.value.what("ja")
    assert "ev_trial" in caught.value.given("en")
    found = appraise(bare, CASE, without_counterfactual=True, draws=100)
    assert "P551" in found.notices
    assert found.summary("en").splitlines()[1].startswith("! ")
    assert "do not show an effect" in found.summary("en")
    assert "効果を示すものではありません" in found.summary("ja").splitlines()[1]
    assert "do not show an effect" in found._repr_html_()


def test_level_one_of_the_maryland_scale_is_no_counterfactual_whatever_the_verdict():
    with pytest.raises(DesignError):
        appraise(lamps(("level: 5", "level: 1")), CASE)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("    transfer: same", "    transfer: same\n    synthetic: true"), "P552"),
        (("    transfer: same", "    transfer: different"), "P553"),
        (("    transfer: same\n", ""), "P553"),
        (("verdict: supports", "verdict: inconclusive"), "P554"),
    ],
)
def test_what_weakens_the_numbers_is_said_before_them(change, code):
    found = appraise(lamps(change), CASE, draws=100)
    assert found.notices.codes == (code,)
    for lang in ("ja", "en"):
        assert found.notices.items[0].message(lang) in found.summary(lang).splitlines()[1]


def test_a_clean_appraisal_says_nothing():
    assert appraise(lamps(), CASE, draws=100).notices.codes == ()


BAD = [
    (("evidence: ev_trial\n    wanted", "evidence: ev_trail\n    wanted"), "economics_no_evidence"),
    (("per: kWh", "per: MWh"), "economics_units"),
    (("price_year: 2020, source: {ja: 例示, en: made up}}\n  - id: i_staff", "price_year: 2019, source: x}\n  - id: i_staff"), "economics_no_price_level"),
    (("value: -0.3, conf_low: -0.5, conf_high: -0.1, conf_level: 0.95", "value: -0.3"), "economics_no_interval"),
    (("value: -0.3, conf_low", "value: 約0.3, conf_low"), "economics_no_number"),
    (("conf_low: -0.5, conf_high: -0.1", "conf_low: -0.9, conf_high: -0.2"), "economics_lopsided"),
    (("conf_low: -0.5, conf_high: -0.1", "conf_low: -0.2, conf_high: -0.1"), "economics_order"),
    (("    wanted: down", "    shape: lognormal\n    wanted: down"), "economics_not_positive"),
    (("value: 900, low: 800, high: 1000", "value: 900, low: -1800, high: 3600"), "economics_cost_not_positive"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), BAD)
def test_what_does_not_fit_is_refused_with_a_remedy(change, code):
    with pytest.raises(SpecError) as caught:
        appraise(lamps(change), CASE, draws=20_000)
    assert caught.value.code == code
    assert all(caught.value.explain(lang).count("\n") >= 2 for lang in ("ja", "en"))


BAD_DECLARATIONS = [
    (("value: 900, low: 800, high: 1000, shape: normal", "value: 900, low: 800, shape: normal"), "economics_limits"),
    (("value: 900, low: 800, high: 1000, shape: normal", "value: 900, low: 800, high: 1000"), "economics_limits"),
    (("value: 900, low: 800, high: 1000", "value: 900, low: 950, high: 1000"), "economics_order"),
    (("value: 900, low: 800, high: 1000", "value: 990, low: 800, high: 1000"), "economics_lopsided"),
    (("low: 800, high: 1000, shape: normal", "low: -800, high: 1000, shape: lognormal"), "economics_not_positive"),
    (("    wanted: down", "    measure: ratio\n    wanted: down"), "economics_baseline"),
]


@pytest.mark.parametrize(("change", "code"), BAD_DECLARATIONS)
def test_a_declaration_that_contradicts_itself_is_refused_with_its_line(change, code):
    with pytest.raises(SpecError) as caught:
        lamps(change)
    (problem,) = problems_of(caught.value)
    assert problem.code == code
    assert problem.line > 1


def test_unknown_appraisals_and_missing_costs():
    with pytest.raises(SpecError, match="lamps_three_years"):
        appraise(lamps(), "lamps_four_years")
    model = lamps()
    free = model.model_copy(update={"nodes": tuple(node.model_copy(update={"costs": ()}) for node in model.nodes)})
    with pytest.raises(SpecError) as caught:
        appraise(free, CASE)
    assert caught.value.code == "economics_no_costs"
    with pytest.raises(DesignError):
        appraise(model, CASE, conf_level=95)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_tornado_is_drawn_in_both_languages(lang):
    synthetic = lamps(("    transfer: same", "    transfer: same\n    synthetic: true"))
    axes = appraise(synthetic, CASE, draws=100).plot(lang=lang)
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names[-1] == ("Lamps" if lang == "en" else "灯具")
    assert ("synthetic" if lang == "en" else "合成データ") in axes.get_title(loc="left")
    assert len(axes.get_legend().get_texts()) == 2


def test_estimates_carry_their_method_and_units():
    found = appraise(lamps(), CASE, draws=100).estimates
    assert found.headline_term == "net_benefit"
    assert found.headline.references
    assert found["cost_per_outcome"].unit == {"ja": "円/kWh", "en": "JPY/kWh"}
    assert isinstance(found.headline.p_value, Unavailable)
