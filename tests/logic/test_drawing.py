"""Pictures: every glyph there, nothing on top of anything, the same bytes again, words for those who cannot see them."""

from __future__ import annotations

import re
import warnings
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from ebpm.figures.linebreak import CLOSING, OPENING, wrap
from ebpm.logic import Evidence, LogicModel
from ebpm.logic.drawing.layout import arrange
from ebpm.logic.drawing.links import courses
from ebpm.logic.drawing.ordering import crossings
from ebpm.logic.drawing.plan import Look, planned
from ebpm.logic.mermaid import escaped
from tests.logic.test_model import OWN, PILOTS, pilot
from tests.logic.test_rules import CLEAN

LANGUAGES = ("ja", "en")
VERDICTS = ("supports", "against", "no_meaningful_effect", "inconclusive", "mixed", "no_effect_claim")


def rectangles(plan):
    return {name: (box.left, box.top - box.tall, box.left + box.wide, box.top) for name, box in plan.boxes.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PILOTS)
def test_every_glyph_is_there(name, lang):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes = pilot(name).draw(lang=lang)
        axes.figure.canvas.draw()
    sizes = [text.get_fontsize() for text in axes.texts]
    assert min(sizes) >= 6.49
    assert tuple(axes.figure.get_size_inches()) == (11.69, 8.27)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PILOTS)
def test_no_text_lies_on_another_or_leaves_the_page(name, lang):
    axes = pilot(name).draw(lang=lang)
    axes.figure.canvas.draw()
    page = axes.figure.bbox
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text().strip()]
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)
    shrunk = [box.padded(-1.5) for box in boxes]
    assert not [pair for pair in combinations(shrunk, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PILOTS)
def test_no_link_runs_through_a_box(name, lang):
    model = pilot(name)
    plan = planned(model, Look(lang))
    boxes = rectangles(plan)
    for edge, course in courses(model, plan):
        points = np.array(course.points)
        bend = np.linspace(0, 1, 40)[:, None]
        for start in range(0, len(points) - 1, 3):
            a, b, c, d = points[start : start + 4]
            curve = a * (1 - bend) ** 3 + 3 * b * bend * (1 - bend) ** 2 + 3 * c * bend**2 * (1 - bend) + d * bend**3
            for other, (left, bottom, right, top) in boxes.items():
                inside = (
                    (curve[:, 0] > left + 1e-6)
                    & (curve[:, 0] < right - 1e-6)
                    & (curve[:, 1] > bottom + 1e-6)
                    & (curve[:, 1] < top - 1e-6)
                )
                assert not inside.any(), f"{edge.name} runs through {other}"


@pytest.mark.parametrize("name", PILOTS)
def test_boxes_do_not_touch(name):
    boxes = list(rectangles(planned(pilot(name), Look("ja"))).values())
    for one, two in combinations(boxes, 2):
        assert one[2] <= two[0] or two[2] <= one[0] or one[3] < two[1] or two[3] < one[1]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_its_own_sign_and_line(verdict):
    model = pilot("bicycle_insurance")
    link = PILOTS["bicycle_insurance"]
    painted = model.with_evidence(link, Evidence.model_validate(OWN | {"verdict": verdict})).draw(lang="en")
    plain = model.draw(lang="en", evidence=False)
    assert len(painted.texts) > len(plain.texts)
    assert "square: from synthetic data" in [text.get_text() for text in painted.texts]


def test_signs_and_lines_differ():
    from ebpm.logic.drawing.sheet import BARE, STROKES

    assert len({stroke.sign for stroke in STROKES.values()}) == len(VERDICTS) == len(STROKES)
    dashed = [stroke.style for stroke in (*STROKES.values(), BARE)]
    assert len({str(style) for style in dashed}) == len(dashed) - 1


def test_settings_of_the_caller_stay():
    before = dict(mpl.rcParams)
    model = pilot("cardiac_rehab")
    _, axes = plt.subplots()
    assert model.draw(axes, lang="ja") is axes
    model.to_svg("ja")
    assert dict(mpl.rcParams) == before


def test_words_shrink_with_the_axes():
    model = pilot("cardiac_rehab")
    _, axes = plt.subplots(figsize=(5.845, 4.135))
    small = model.draw(axes, lang="en").texts[0].get_fontsize()
    assert 0.3 < small / model.draw(lang="en").texts[0].get_fontsize() < 0.5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_svg_is_the_same_again_and_named(lang):
    model = pilot("venture_support")
    svg = model.to_svg(lang)
    assert svg == model.to_svg(lang)
    root = ET.fromstring(svg)
    names = {child.get("id"): child.text for child in root if child.get("id")}
    assert root.get("role") == "img"
    assert root.get("lang") == lang
    assert next(names[key] for key in root.get("aria-labelledby").split()) == model.model.title.words(lang)
    assert not re.search(r"\d{4}-\d\d-\d\dT", svg)


def test_a_title_with_markup_stays_text():
    model = LogicModel.loads(CLEAN.replace("{ja: 題, en: title}", "'<b> & \"x\" $y$'"))
    assert ET.fromstring(model.to_svg("en"))[0].text == '<b> & "x" $y$'
    page = model._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt; &amp;" in page


@pytest.mark.parametrize("name", PILOTS)
def test_the_page_has_alternative_text_and_a_table(name):
    model = pilot(name)
    page = model._repr_html_()
    assert re.search(r'<img alt="[^"]{40,}"', page)
    assert page.count("<tr>") == len(model.edges) + 1
    assert "<caption>" in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_says_what_the_picture_shows(lang):
    model = pilot("cardiac_rehab")
    table = model.table(lang)
    assert len(table.rows) == len(model.edges)
    row = next(row for row in table.rows if row[2])
    assert model.node("o_cr_participation").text.words(lang) in row[0]
    assert "SMS 5" in row[5]
    assert table.rows[0][5] == {"ja": "証拠の登録なし", "en": "no evidence recorded"}[lang]


def test_mermaid():
    model = pilot("bicycle_insurance")
    text = model.to_mermaid("ja")
    assert text.startswith("flowchart LR\n")
    assert 'n_i_places["区役所・市営駐輪場などの配布場所"]' in text
    assert "n_o_leaflets_read ==> n_oc_insured" in text
    assert 'n_oc_awareness -->|"効果は主張できない"| n_oc_insured' in text
    assert text.count("subgraph") == text.count("  end\n") == 7


def test_mermaid_marks_are_escaped():
    hostile = 'a "b" <script> #35; [x]|{y} `z` end & \\'
    safe = escaped(hostile)
    assert not set(safe.replace("#", "").replace(";", "")) & set('"<>`[]|{}&\\')
    back = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), safe)
    assert back == hostile
    model = LogicModel.loads(CLEAN.replace("text: 予算", 'text: \'"]; click n_i "javascript:x"\''))
    line = next(line for line in model.to_mermaid("en").splitlines() if "n_i[" in line)
    assert line.count('"') == 2


def test_feedback_goes_round_the_boxes():
    model = LogicModel.loads(
        CLEAN.replace("- {from: o, to: s}", "- {from: o, to: s}\n  - {from: m, to: a, feedback: true}")
    )
    model.draw(lang="ja").figure.canvas.draw()
    plan = planned(model, Look("ja"))
    course = next(course for edge, course in courses(model, plan) if edge.feedback)
    assert min(y for _, y in course.points) < min(bottom for _, bottom, _, _ in rectangles(plan).values())


def test_a_large_model_stays_legible():
    outcomes = "".join(
        f"  - {{id: x{at}, stage: outcome, horizon: short, text: 成果の第{at}号が広く市民に行き渡る, unmeasured: 例}}\n"
        for at in range(40)
    )
    links = "".join(f"  - {{from: o, to: x{at}}}\n  - {{from: x{at}, to: m}}\n" for at in range(40))
    model = LogicModel.loads(CLEAN.replace("edges:\n", outcomes + "edges:\n" + links))
    axes = model.draw(lang="ja")
    boxes = list(rectangles(planned(model, Look("ja"))).values())
    assert all(
        one[2] <= two[0] or two[2] <= one[0] or one[3] < two[1] or two[3] < one[1]
        for one, two in combinations(boxes, 2)
    )
    assert axes.figure.get_size_inches()[1] > 8.27
    assert min(text.get_fontsize() for text in axes.texts) >= 6.49


def test_order_has_few_crossings():
    layout = arrange([["a", "b"], ["d", "c"]], [("a", "c"), ("b", "d")], dict.fromkeys("abcd", 0.3), room=3.0)
    pairs = [pair for chain in layout.chains.values() for pair in pairwise(chain)]
    assert crossings(layout.layers, pairs) == 0


def width(text: str) -> float:
    return float(sum(1 if char.isascii() else 2 for char in text))


def test_lines_break_between_phrases():
    assert wrap("家庭の電気・ガスの使用量が減る", 14, width) == ("家庭の電気・", "ガスの", "使用量が減る")
    assert wrap("Firms that received support", 12, width) == ("Firms that", "received", "support")
    assert wrap("", 12, width) == ("",)


@pytest.mark.parametrize("wide", range(4, 40, 3))
def test_no_line_begins_or_ends_with_a_forbidden_mark(wide):
    text = "「心臓リハビリテーション」(心リハ)を、退院後も続ける。Sports centres(18か所)と協力し、ウォーキング等を行う!"
    lines = wrap(text, wide, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in CLOSING or line[-1] in OPENING for line in lines)
