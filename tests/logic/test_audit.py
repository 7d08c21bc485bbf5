"""The evidence audit: best evidence a scale, three factors with their formulas, ranges where something is missing, the ranking."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from ebpm.errors import SpecError
from ebpm.estimate import Unavailable
from ebpm.logic import Evidence, LogicModel, Prospect, audit, read_logic_model
from ebpm.logic.auditing.factors import Factor, dependence, stake, uncertainty
from ebpm.logic.auditing.tables import reason
from ebpm.logic.strength import best, counterfactual, rank
from tests.logic.lamps import lamps

FOLDER = Path(__file__).parents[2] / "logic_models"
PILOTS = ("bicycle_insurance", "cardiac_rehab", "student_energy_saving", "venture_support")
BUDGET = (
    "  fiscal_year: 2020\n",
    "  fiscal_year: 2020\n  budget: [{fy: 2019, amount_jpy: 10}, {fy: 2020, amount_jpy: 4000000}]\n",
)
LINK = ("lamps", "o_homes", "oc_use")


def study(**changes: object) -> Evidence:
    values = {
        "id": "ev", "citation": "A study", "design": "RCT", "verdict": "supports", "applicability": "-",
        "scale": {"name": "SMS", "level": 5},
    }  # fmt: skip
    return Evidence.model_validate(values | changes)


def graded(name: str, level: int | str, **changes: object) -> Evidence:
    return study(
        id=f"{name.split(maxsplit=1)[0]}_{level}".lower().replace(" ", "_"),
        scale={"name": name, "level": level},
        **changes,
    )


@pytest.fixture(scope="module")
def models() -> list[LogicModel]:
    return [read_logic_model(FOLDER / f"{name}.yaml") for name in PILOTS]


def test_the_best_is_chosen_on_each_scale_and_never_between_scales():
    known = [
        graded("SMS", 3),
        graded("SMS", 4),
        graded("GRADE", "low"),
        graded("GRADE", "very low"),
        graded("Nesta", 2),
    ]
    assert [(one.scale.name, one.scale.level) for one in best(known)] == [("SMS", 4), ("GRADE", "low"), ("Nesta", 2)]


def test_a_scale_of_unknown_order_keeps_everything():
    known = [graded("Ladder", 1), graded("Ladder", 2)]
    assert best(known) == tuple(known)
    assert rank(known[0].scale) is None


def test_real_data_come_before_synthetic_and_the_latest_of_equals():
    synthetic = graded("SMS", 5, synthetic=True)
    assert best([graded("SMS", 2), synthetic])[0].scale.level == 2
    assert best([study(id="a"), study(id="b")])[0].id == "b"


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (study(), True),
        (study(verdict="no_effect_claim"), False),
        (graded("SMS", 1), False),
        (graded("SMS (What Works Growth)", 2), True),
        (graded("MUSE", 0), False),
        (graded("Nesta", 1), True),
    ],
)
def test_what_has_a_counterfactual(evidence, expected):
    assert counterfactual(evidence) is expected


@pytest.mark.parametrize(
    ("evidence", "low", "high"),
    [
        ([], 1.0, 1.0),
        ([study(synthetic=True, transfer="same")], 1.0, 1.0),
        ([study(verdict="no_effect_claim", transfer="same")], 1.0, 1.0),
        ([study(transfer="same")], 0.0, 0.0),
        ([study()], 0.0, 1 / 3),
        ([study(transfer="similar")], 1 / 3, 1 / 3),
        ([study(verdict="inconclusive", transfer="same")], 1 / 3, 1 / 3),
        ([study(transfer="same"), study(id="b", verdict="against", transfer="same")], 1 / 3, 1 / 3),
        ([study(verdict="mixed", transfer="different")], 2 / 3, 2 / 3),
    ],
)
def test_uncertainty_is_the_share_of_open_questions(evidence, low, high):
    found = uncertainty(evidence)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_dependence_counts_ways():
    found = dependence(read_logic_model(FOLDER / "bicycle_insurance.yaml"))
    assert found["oc_insured", "oc_compensated"] == 1.0
    into = [share for (_, end), share in found.items() if end == "oc_insured"]
    assert sum(into) == pytest.approx(1.0)
    assert found["i_budget", "a_survey"] == 0.0


def test_a_model_without_a_way_has_no_stake():
    assert set(dependence(lamps(("  - {from: a_hand, to: o_homes}\n", ""))).values()) == {0.0}


def test_the_stake_counts_money_only_where_there_is_some():
    none = Unavailable("audit_no_budget")
    assert stake(0.5, none, 0.0) == Factor(0.5, 0.5)
    assert stake(0.5, none, 100.0) == Factor(0.0, 0.5)
    assert stake(0.5, 50.0, 100.0) == Factor(0.25, 0.25)


def test_nothing_missing_is_filled_in():
    (link,) = audit([lamps()]).links
    assert (link.evaluability.low, link.evaluability.high) == pytest.approx((0, 2 / 3))
    assert [one.question for one in link.missing] == ["audit_ask_counterfactual", "audit_ask_power"]
    assert isinstance(link.budget, Unavailable)
    assert "Not declared: a counterfactual at hand, power for the effect to be detected, budget" in reason(link, "en")


def test_prospects_complete_the_model_and_the_model_comes_first():
    known = Prospect(data="meters", counterfactual="a draw", mde=0.2, effect=0.3, scale="kWh/day")
    (link,) = audit([lamps()], prospects={LINK: known}).links
    assert link.evaluability == Factor(1.0, 1.0, link.evaluability.answers)
    assert "MDE 0.2 against 0.3 kWh/day" in reason(link, "en")
    own = lamps(("key: true, evidence", "key: true, prospect: {mde: 0.5, no_data: none are kept}, evidence"))
    (link,) = audit([own], prospects={LINK: known}).links
    assert [one.state for one in link.evaluability.answers] == ["no", "yes", "no"]


def test_expected_effects_of_the_link_serve_where_no_margin_is_given():
    change = (
        "key: true, evidence",
        "key: true, expected_effect: {value: -0.3, scale: kWh/day, source: a guess}, prospect: {mde: 0.25}, evidence",
    )
    (link,) = audit([lamps(change)]).links
    assert link.evaluability.answers[2].state == "yes"
    assert "kWh/day" in link.evaluability.answers[2].ground.words("en")


INDICATOR = (
    "evidence:\n  - id: ev_trial",
    "indicators:\n  - {id: in_use, node: oc_use, name: use, kind: outcome, source: meters, owner: office, frequency: monthly}\nevidence:\n  - id: ev_trial",
)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ([], "no"),
        ([INDICATOR], "unknown"),
        ([INDICATOR, ("owner: office, ", "")], "unknown"),
        ([INDICATOR, ("frequency: monthly", "frequency: monthly, baseline: {value: 11}")], "yes"),
        ([INDICATOR, ("frequency: monthly", "frequency: monthly, baseline: {value: －}")], "unknown"),
    ],
)
def test_data_are_at_hand_where_a_value_has_been_observed(changes, state):
    (link,) = audit([lamps(*changes)]).links
    assert link.evaluability.answers[0].state == state


def test_shares_by_budget():
    dear = lamps(BUDGET, (", evidence: [ev_trial]", ""))
    cheap = lamps((BUDGET[0], BUDGET[1].replace("4000000", "1000000")), ("id: lamps\n", "id: bulbs\n"))
    found = audit([dear, cheap, lamps(("id: lamps\n", "id: torches\n"))])
    assert found.share_without_evidence == pytest.approx(1 / 3)
    assert found.share_by_budget == pytest.approx(0.8)
    assert found.links[0].stake.high == 1.0
    assert {link.model.model.id: link.stake.low for link in found.links} == {
        "lamps": 1.0,
        "bulbs": 0.25,
        "torches": 0.0,
    }
    assert "Share without evidence, weighted by budget: 80 %" in found.summary("en")
    assert "予算額を掛けています" in found.summary("ja")


def test_models_whose_links_do_not_hold_are_refused_and_named():
    broken = lamps(("{from: a_hand, to: o_homes}", "{from: a_hand, to: o_home}"))
    found = audit([broken, lamps()])
    assert [model for model, _ in found.refused] == [broken]
    assert len(found.models) == 1
    assert "LM001" in found.summary("en")
    assert isinstance(audit([broken]).share_without_evidence, Unavailable)


def test_many_models_are_summed_up_by_bureau():
    many = [lamps(BUDGET, ("id: lamps\n", f"id: lamps_{at}\n")) for at in range(21)]
    found = audit([*many, lamps(("Test Bureau", "Another Bureau"), ("試験局", "別の局"))])
    assert [row[:5] for row in found.bureaus("en").rows] == [
        ("Test Bureau", 21, 21, 21, 21),
        ("Another Bureau", 1, 1, 1, 1),
    ]
    assert "84,000,000" in found.summary("en")
    assert "別の局" in found.summary("ja")


def test_no_models():
    with pytest.raises(SpecError) as caught:
        audit([])
    assert caught.value.code == "audit_no_models"


def test_the_pilots(models):
    found = audit(models)
    assert len(found.links) == 36
    assert [link.rank for link in found.links] == list(range(1, 37))
    assert all((a.low, a.high) >= (b.low, b.high) for a, b in pairwise(found.links))
    assert all(0 <= link.low <= link.high <= 1 for link in found.links)
    assert {link.model.node(link.edge.to).stage for link in found.links} <= {"outcome", "impact"}
    assert all(isinstance(link.budget, Unavailable) for link in found.links)
    assert isinstance(found.share_by_budget, Unavailable)


def test_the_order_of_the_models_does_not_matter(models):
    there, back = audit(models), audit(reversed(models))
    assert [link.edge for link in there.links] == [link.edge for link in back.links]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_tables_say_every_link_in_both_languages(models, lang):
    found = audit(models)
    assert len(found.table(lang).rows) == 36
    assert len(found.ranking(lang, top=5).rows) == 5
    assert [row[2] for row in found.coverage(lang).rows] == [9, 8, 9, 10]
    assert len(found.tidy()) == 36
    words = {"ja": "不確かさ", "en": "Uncertainty"}[lang]
    assert words in found.summary(lang)
    assert found.to_markdown(lang).startswith("# ")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_has_structure_and_asks_for_nothing_outside(models, lang):
    text = audit(models).to_html(lang)
    page = Page(text)
    assert ("html", {"lang": lang}) in page.tags
    assert [tag for tag, _ in page.tags if tag in {"h1", "h2"}] == ["h1", *["h2"] * 5]
    assert sum(tag == "table" for tag, _ in page.tags) == sum(tag == "caption" for tag, _ in page.tags) == 4
    assert "http" not in text


def test_what_a_model_says_is_escaped():
    assert "<script>" not in audit([lamps(("Free lamps", "<script>"))]).to_html("en")
    assert "&lt;script&gt;" in audit([lamps(("Free lamps", "<script>"))])._repr_html_()


def test_a_workbook_keeps_costs_prospects_and_appraisals():
    from ebpm.logic.formats.excel import to_excel
    from ebpm.logic.formats.excel_reading import from_excel

    model = lamps(("key: true, evidence", "key: true, prospect: {mde: 0.5, no_data: none are kept}, evidence"))
    assert from_excel(to_excel(model), model) == model
