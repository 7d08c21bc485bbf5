"""Drawings on paper: one sheet where it fits, several where it does not, legible and the same bytes again."""

from __future__ import annotations

import random
from itertools import combinations, pairwise, permutations, product

import pytest

from ebpm.errors import SpecError
from ebpm.logic import LogicModel, read_logic_model
from ebpm.logic.drawing.layout import LANE, arrange
from ebpm.logic.drawing.ordering import crossings, ordered
from ebpm.logic.drawing.paging import paged
from ebpm.logic.drawing.plan import Look, planned
from ebpm.logic.drawing.saving import _figures, paper_named, to_pdf, to_png, to_svg
from tests.logic.large import HUNDRED
from tests.logic.test_model import FOLDER, PILOTS, pilot
from tests.logic.test_rules import CLEAN

LEAST = 6.49
BIPARTITE = [(left, right) for left in "abc" for right in "xyz"]


def figures(model, *, lang="ja", paper="A4", indicators=True):
    import matplotlib as mpl

    from ebpm.figures.style import settings

    with mpl.rc_context(settings()):
        return list(_figures(model, Look(lang, indicators=indicators), paper_named(paper), pages=True))


def overlaps(figure):
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text().strip()]
    page = figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)
    return [pair for pair in combinations([box.padded(-1.5) for box in boxes], 2) if pair[0].overlaps(pair[1])]


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", PILOTS)
def test_the_pilots_fit_one_sheet_with_their_indicators(name, lang):
    (figure,) = figures(pilot(name), lang=lang)
    assert tuple(figure.get_size_inches()) == (11.69, 8.27)
    assert min(text.get_fontsize() for text in figure.axes[0].texts) >= LEAST
    assert overlaps(figure) == []


@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_a_hundred_nodes_stay_legible(paper):
    model = LogicModel.loads(HUNDRED)
    assert len(model.nodes) == 100
    sheets = figures(model, paper=paper)
    sizes = {"A4": (11.69, 8.27), "A3": (16.54, 11.69)}
    assert {tuple(figure.get_size_inches()) for figure in sheets} == {sizes[paper]}
    assert len(sheets) == {"A4": 4, "A3": 2}[paper]
    assert min(text.get_fontsize() for figure in sheets for text in figure.axes[0].texts) >= LEAST
    assert [overlaps(figure) for figure in sheets] == [[]] * len(sheets)
    said = "".join("".join(words(figure)) for figure in sheets)
    assert all(f"第{at}号" in said for at in range(1, 101))
    assert "▼ 2 ページへ" in words(sheets[0])
    assert "▲ 1 ページから" in words(sheets[1])


def test_no_box_of_a_page_leaves_its_window():
    plan = planned(LogicModel.loads(HUNDRED), Look("ja"), pages=True)
    for box in plan.boxes.values():
        top = plan.top - box.page * plan.room
        assert top + 1e-9 >= box.top
        assert box.top - box.tall >= top - plan.room - 1e-9


def test_what_does_not_fit_beside_the_graph_gets_a_sheet_of_its_own():
    harms = "".join(f"  - {{id: h{at}, text: 害の{at}番}}\n" for at in range(40))
    sheets = figures(LogicModel.loads(CLEAN + "harms:\n" + harms))
    assert len(sheets) == 2
    assert "・害の39番" not in words(sheets[0])
    assert "・害の39番" in words(sheets[1])
    assert [overlaps(figure) for figure in sheets] == [[], []]


def test_indicators_say_from_where_to_where_or_why_not():
    (figure,) = figures(pilot("cardiac_rehab"), lang="en")
    said = " ".join(words(figure))
    assert "baseline 500 (2019) → target 1,500 (2024-03)" in said
    assert "target none*" in said
    assert any(line.startswith("*") and line.endswith("The plan gives no target") for line in words(figure))
    plain = " ".join(words(figures(pilot("cardiac_rehab"), lang="en", indicators=False)[0]))
    assert "baseline" not in plain
    assert "Why something is absent" not in plain


def test_links_say_scale_and_level_and_nodes_their_external_factors():
    said = words(figures(pilot("cardiac_rehab"), lang="en")[0])
    assert said.count("SMS 5") == 2
    assert "E1,2,3" in said
    assert any(line.startswith("E1 ") for line in said)
    unpainted = pilot("cardiac_rehab").draw(lang="en", evidence=False)
    assert "SMS 5" not in [text.get_text() for text in unpainted.texts]


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_files_are_the_same_again(kind, tmp_path):
    model = pilot("cardiac_rehab")
    (first,) = model.save_drawing(tmp_path / f"one.{kind}", lang="ja")
    (second,) = model.save_drawing(tmp_path / f"two.{kind}", lang="ja")
    assert first.read_bytes() == second.read_bytes()


def test_sheets_are_numbered_and_a_pdf_holds_them_all(tmp_path):
    model = LogicModel.loads(HUNDRED)
    names = model.save_drawing(tmp_path / "wall.png", paper="A3", lang="en")
    assert [name.name for name in names] == ["wall-1.png", "wall-2.png"]
    (pdf,) = model.save_drawing(tmp_path / "wall.PDF", paper="A3", lang="en")
    assert pdf.read_bytes().count(b"/Type /Page ") == 2
    assert b"/MediaBox [ 0 0 1190.88 841.68 ]" in pdf.read_bytes()


def test_bytes_in_hand_are_those_of_their_kind():
    model = pilot("venture_support")
    assert to_pdf(model).startswith(b"%PDF")
    assert to_png(model).startswith(b"\x89PNG")
    assert to_svg(model, look=Look("en")) == model.to_svg("en")


@pytest.mark.parametrize(("path", "paper", "code"), [("x.bmp", "A4", "drawing_kind"), ("x", "A4", "drawing_kind"), ("x.svg", "B5", "drawing_paper"), ("x.pdf", "a4", "drawing_paper")])  # fmt: skip
def test_unknown_kinds_and_papers_are_refused(path, paper, code, tmp_path):
    with pytest.raises(SpecError) as caught:
        pilot("venture_support").save_drawing(tmp_path / path, paper=paper)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_the_complete_bipartite_graph_of_three_and_three_has_nine_crossings():
    layers = [list("bca"), list("zxy")]
    assert crossings(layers, BIPARTITE) == crossings(ordered(layers, BIPARTITE), BIPARTITE) == 9


def test_a_tree_has_none():
    tree = [("r", one) for one in "abc"] + [(one, f"{one}{at}") for one in "abc" for at in range(3)]
    mixed = [["r"], list("cab"), [f"{one}{at}" for at in range(3) for one in "bca"]]
    assert crossings(mixed, tree) > 0
    assert crossings(ordered(mixed, tree), tree) == 0


@pytest.mark.parametrize("seed", range(8))
def test_small_graphs_come_to_the_least_number_of_crossings(seed):
    draw = random.Random(seed)
    layers = [list("abcd"), list("efgh"), list("ijk")]
    pairs = [pair for upper, lower in pairwise(layers) for pair in product(upper, lower) if draw.random() < 0.4]
    least = min(crossings(list(map(list, one)), pairs) for one in product(*map(permutations, layers)))
    assert crossings(ordered(layers, pairs), pairs) == least


def test_crossings_are_counted_as_by_hand():
    draw = random.Random(1)
    layers = [[f"{side}{at}" for at in range(9)] for side in "lmr"]
    pairs = [pair for upper, lower in pairwise(layers) for pair in product(upper, lower) if draw.random() < 0.3]
    place = {item: (column, row) for column, layer in enumerate(layers) for row, item in enumerate(layer)}
    by_hand = sum(
        place[a][0] == place[c][0] and (place[a][1] - place[c][1]) * (place[b][1] - place[d][1]) < 0
        for (a, b), (c, d) in combinations(pairs, 2)
    )
    assert crossings(layers, pairs) == by_hand


def test_pages_are_as_few_as_can_be_and_cut_few_links():
    layers = [[f"l{at}" for at in range(8)], [f"r{at}" for at in range(8)]]
    pairs = [(f"l{at}", f"r{at}") for at in range(8)] + [("l0", "r2"), ("l2", "r0"), ("l3", "r5"), ("l5", "r3")]
    middles = {item: float(row) for layer in layers for row, item in enumerate(layer)}
    pages = paged(layers, pairs, middles, dict.fromkeys(middles, 1.0), 5.0)
    assert [pages[f"l{at}"] for at in range(8)] == [pages[f"r{at}"] for at in range(8)] == [0, 0, 0, 1, 1, 1, 1, 1]


def test_an_item_taller_than_the_page_has_a_page_of_its_own():
    layout = arrange([["a", "b"]], [], {"a": 9.0, "b": 1.0}, room=4.0, pages=True)
    assert layout.pages == {"a": 0, "b": 1}
    assert LANE < 1


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_plan_is_drawn_without_a_link_that_it_does_not_state(lang):
    sheets = figures(read_logic_model(FOLDER / "data_utilisation_plan.yaml"), lang=lang, paper="A3")
    assert [overlaps(figure) for figure in sheets] == [[]] * len(sheets)
    said = " ".join(line for figure in sheets for line in words(figure))
    assert {"ja": "現状 51(2017 年度)", "en": "baseline 51 (FY2017)"}[lang] in said
    assert {"ja": "つながりの証拠", "en": "Evidence on the link"}[lang] not in said
