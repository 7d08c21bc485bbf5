"""One engine: rules give notices with codes; notices explain themselves."""

from __future__ import annotations

import dataclasses
import re

import pytest

from ebpm.errors import SpecError
from ebpm.notices import Notice, Notices, Rule, explain, run
from ebpm.texts import entries


def codes(rules, subject=None):
    return run(rules, subject).codes


def fires(*_):
    return [("kwh", {"n": 3})]


def silent(*_):
    return []


def test_a_rule_that_finds_something_gives_a_notice_with_its_place_and_facts():
    (notice,) = run([Rule("P502", fires)], None)
    assert (notice.code, notice.about, dict(notice.facts)) == ("P502", "kwh", {"n": 3})


def test_a_rule_that_finds_nothing_gives_none():
    assert codes([Rule("P502", silent)]) == ()


def test_a_rule_is_given_the_subject():
    found = run([Rule("P502", lambda rows: ((row, {}) for row in rows if row > 1))], [1, 2, 3])
    assert [notice.about for notice in found] == [2, 3]


def test_a_rule_waits_for_those_it_requires_whatever_their_order():
    rules = [Rule("P502", fires, requires=("P501",)), Rule("P501", fires)]
    assert codes(rules) == codes(rules[::-1]) == ("P501",)


def test_a_rule_runs_where_those_it_requires_are_silent():
    assert codes([Rule("P502", fires, requires=("P501",)), Rule("P501", silent)]) == ("P502",)


def test_a_required_rule_that_is_not_there_blocks_nothing():
    assert codes([Rule("P502", fires, requires=("P501",))]) == ("P502",)


def test_rules_in_a_circle_are_refused():
    with pytest.raises(ValueError, match="require each other"):
        codes([Rule("P501", silent, requires=("P502",)), Rule("P502", silent, requires=("P501",))])


def test_notices_come_in_the_order_of_their_codes():
    assert codes([Rule("P503", fires), Rule("P501", fires)]) == ("P501", "P503")


def test_notices_add_up_without_repeating_themselves():
    first, second = Notice("P501", "a"), Notice("P502", "b")
    both = Notices((first,)) + Notices((first, second))
    assert both.items == (first, second)
    assert "P501" in both
    assert first in both
    assert "P503" not in both


def test_notices_are_chosen_by_severity():
    notices = Notices(tuple(Notice(code) for code in entries("notice")))
    kinds = [notices.of(severity) for severity in ("error", "warning", "info")]
    assert sum(map(len, kinds)) == len(notices)
    assert {notice.severity for notice in notices.of("warning")} == {"warning"}


def test_a_notice_is_a_frozen_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Notice("P501").code = "P502"
    assert Notice("P501", "a", {"n": 1}) == Notice("P501", "a", {"n": 1})
    assert len({Notice("P501", "a"), Notice("P501", "a")}) == 1


def test_a_notice_is_one_line_of_text():
    line = Notice("P502", "primary").to_text("en")
    assert line.startswith("P502 warning [primary]: ")
    assert "→" in line
    assert "\n" not in line


def test_html_is_escaped():
    assert "<script>" not in Notices((Notice("P502", "<script>"),))._repr_html_()


@pytest.mark.parametrize("code", [*entries("notice"), *entries("error")])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_code_explains_itself(code, lang):
    text = explain(code, lang)
    assert text.startswith(code)
    assert not re.search(r"\{\w", text)


def test_an_explanation_has_why_what_to_do_and_the_source():
    text = explain("P502", "en")
    assert all(part in text for part in ("warning", "Why: ", "What to do: ", "Source: "))
    assert all(part in explain("P502", "ja") for part in ("警告", "なぜ問題か: ", "対処: ", "出典: "))


def test_an_unknown_code_is_met_with_the_nearest():
    with pytest.raises(SpecError, match="Did you mean: P502") as caught:
        explain("P5022")
    assert caught.value.code == "unknown_code"
    with pytest.raises(SpecError, match="Did you mean: missing_column"):
        explain("missing_colum")


def test_codes_may_be_typed_in_small_letters():
    assert explain("p502") == explain("P502")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_words_of_all_notices_are_as_they_were_read(snapshot, lang):
    snapshot(f"notices.{lang}.txt", "".join(explain(code, lang) + "\n\n" for code in sorted(entries("notice"))))
