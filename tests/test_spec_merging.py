"""Changed lines into a text: parts are matched by what names them, and nothing else moves."""

from __future__ import annotations

import pytest

from ebpm import spec
from ebpm.errors import SpecError
from ebpm.spec.problems import problems_of
from ebpm.spec.yaml import parse

TEXT = """\
# what it is
model:
  title: {ja: 古い}  # the name
nodes:
  - {id: a, text: {ja: 甲}}  # first
  - {id: b, text: {ja: 乙}}
edges:
  - {from: a, to: b}
budget: [{fy: 2025, fte: 1}]
"""


def test_a_part_is_found_by_its_id_and_a_link_by_its_ends():
    found = spec.merge(TEXT, "nodes: [{id: b, text: {en: second}}]\nedges: [{from: a, to: b, key: true}]")
    wanted = TEXT.replace("{ja: 乙}", "{ja: 乙, en: second}").replace("to: b}", "to: b, key: true}")
    assert found.split() == wanted.split()


def test_a_part_that_is_not_there_is_added_at_the_end():
    found = spec.merge(TEXT, "nodes: [{id: c, text: {ja: 丙}}]\nharms: [{id: h, text: loss}]")
    assert found.index("id: b") < found.index("id: c") < found.index("edges:")
    assert found.endswith("harms: [{id: h, text: loss}]\n")


def test_other_values_are_replaced():
    found = spec.merge(TEXT, "model: {title: {ja: 新しい}}\nbudget: [{fy: 2026, fte: 1}]")
    assert found.split() == TEXT.replace("古い", "新しい").replace("2025", "2026").split()


def test_a_text_merged_into_itself_stays_as_it_is():
    assert spec.merge(TEXT, TEXT) == TEXT


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ("- a", "spec_wrong_type"),
        ("text", "spec_wrong_type"),
        ("", "spec_empty"),
        ("a: [", "spec_syntax"),
        ("a: 1\na: 2", "spec_duplicate_key"),
        ("a: &x 1\nb: *x", "spec_alias"),
    ],
)
def test_damaged_changes_are_refused_with_their_line(changes, code):
    with pytest.raises(SpecError) as caught:
        spec.merge(TEXT, changes, name="the change")
    assert code in {problem.code for problem in problems_of(caught.value)}
    assert "the change" in str(caught.value)


def test_a_pair_alone_in_a_list_reads_as_it_was_meant():
    assert parse(spec.merge("a: 1", "budget: [{fy: 2026}]")).value["budget"] == ({"fy": 2026},)
