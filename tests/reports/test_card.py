"""The page in plain words and the slides say what the report says, with fewer words."""

import pytest

import ebpm
from ebpm.errors import SpecError
from tests.reports.page import Page


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_card_says_done_found_sure_and_not_said(evaluation, lang):
    document = ebpm.report(evaluation, lang=lang, shape="card").document()
    assert [one.id for one in document.sections] == ["card_done", "card_found", "card_sure", "card_unsaid"]
    text = ebpm.report(evaluation, lang=lang, shape="card").text(".md")
    head = evaluation.headline
    assert all(f"{number:.4g}" in text for number in (head.estimate, head.conf_low, head.conf_high))
    assert all(limit.words(lang) in text for limit in evaluation.spec.limits)
    assert document.banner


@pytest.mark.parametrize("shape", ["card", "slides"])
def test_pages_are_whole(evaluation, shape):
    page = Page(ebpm.report(evaluation, lang="ja", shape=shape).text())
    assert not page.unbalanced
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert all(len(attrs["alt"]) > 20 for _, _, attrs in page.all("img"))
    assert evaluation.spec.synthetic
    assert any("banner" in (attrs.get("class") or "") for _, _, attrs in page.all("p"))


def test_no_other_shape(evaluation):
    with pytest.raises(SpecError, match="poster"):
        ebpm.report(evaluation, shape="poster")
