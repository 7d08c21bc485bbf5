"""Evidence cards: read back exactly, cards of EBPMDB understood, contradictions and damage said."""

from __future__ import annotations

import pytest

from ebpm.logic.formats import File, changes, compare
from ebpm.logic.formats.cards import WORDS, from_cards, to_cards
from tests.logic.formats.models import NAMES, damages, model

EBPMDB = """\
---
id: "9001"
title: "家庭への省エネ通知"
description: "通知の効果"
date: "2022-09-22"
category: "environment"
categoryLabel: "環境"
tables: [
  { "title": "電気使用量", "effectiveness": "効果あり", "strength": 5 },
  { "title": "満足度", "effectiveness": "不明", "strength": 2 }
]
points:
    - 使用量が減った
contacts:
    - 例示
---

## 分析方法
- 無作為化比較試験

## 証拠の強さ
- SMS: 5
- 根拠
    - 無作為に割り付けている

## サンプル
- 1,000 世帯

## 研究の弱点
-

## 書誌情報
- 例 (2020). [題](https://example.org/a). 10.1234/abcd
"""


def bare(before):
    edges = tuple(edge.model_copy(update={"evidence": ()}) for edge in before.edges)
    return before.model_copy(update={"evidence": (), "edges": edges})


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_cards_are_read_back_as_the_evidence_and_its_links(name, lang):
    before = model(name)
    files = to_cards(before, lang)
    assert [file.name for file in files] == [f"{one.id}.md" for one in before.evidence]
    assert from_cards(reversed(files), bare(before)) == before
    assert from_cards(files, before) == before


def test_a_card_shows_word_strength_and_weakness():
    text = next(file for file in to_cards(model(), "ja") if file.name == "ev_her.md").data.decode()
    assert "effectiveness: 効果あり" in text
    assert "strength: 5" in text
    assert "## 対象への当てはまり" in text
    assert set(WORDS.values()) == {"効果あり", "効果なし", "ミックス", "不明"}


def test_a_card_of_ebpmdb_is_evidence_that_has_still_to_be_judged(tmp_path):
    before = model()
    file = tmp_path / "document9001.md"
    file.write_text(EBPMDB, encoding="utf-8")
    found = changes(file, before)
    new = [one for one in found.after.evidence if one.id not in {old.id for old in before.evidence}]
    assert [(one.id, one.verdict, one.scale.level) for one in new] == [
        ("ev_ebpmdb_9001_1", "supports", 5),
        ("ev_ebpmdb_9001_2", "inconclusive", 2),
    ]
    first = new[0]
    assert (first.url, first.doi, first.design.ja, first.population.ja) == (
        "https://example.org/a",
        "10.1234/abcd",
        "無作為化比較試験",
        "1,000 世帯",
    )
    assert first.limits is None
    assert "検討していない" in first.applicability.ja
    assert found.accept() == found.after


def test_a_card_changed_by_hand_is_a_difference():
    before = model()
    files = [File(file.name, file.data.replace(b"n: 450000", b"n: 450001")) for file in to_cards(before)]
    (change,) = compare(before, from_cards(files, before)).changes
    assert (change.row, change.field, change.old, change.new) == ("ev_her", "n", "450000", "450001")


CARD = to_cards(model(), "ja")[-1]
WRONG = {
    "formats_no_front_matter": (b"---\nid", b"id"),
    "formats_card_disagrees": ("効果あり".encode(), "効果なし".encode()),
    "spec_bad_choice": ("効果あり".encode(), "とても効果あり".encode()),
    "spec_unknown_key": (b"  years:", b"  yaers:"),
    "formats_unknown_id": (b"to: oc_home_energy", b"to: oc_home"),
    "spec_encoding": ("効果あり".encode(), "効果あり".encode("cp932")),
}


@pytest.mark.parametrize("code", WRONG)
def test_damage_has_the_file_and_the_place(code):
    old, new = WRONG[code]
    assert old in CARD.data
    found = damages(from_cards, [File(CARD.name, CARD.data.replace(old, new))], model())
    assert code in {one.code for one in found}
    assert {one.sheet for one in found} == {CARD.name}


def test_the_line_of_a_damage_counts_from_the_top_of_the_card():
    (one,) = damages(from_cards, [File(CARD.name, CARD.data.replace(b"  years:", b"  yaers:"))], model())
    line = (
        CARD.data.decode()
        .splitlines()
        .index(next(line for line in CARD.data.decode().splitlines() if line.startswith("  years")))
        + 1
    )
    assert one.cell.split()[0] == str(line)


def test_words_that_ebpmdb_does_not_have_are_refused():
    found = damages(from_cards, [File("d.md", EBPMDB.replace("効果あり", "有効").encode())], model())
    assert [one.code for one in found] == ["spec_bad_choice"]
