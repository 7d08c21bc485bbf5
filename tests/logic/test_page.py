"""The interactive page: closed to the outside, complete in words, and usable with the keyboard in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ebpm.logic import LogicModel
from tests.logic.test_model import PILOTS, pilot
from tests.logic.test_rules import CLEAN

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.wrong = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def of(self, tag, **wanted):
        return [given for name, given in self.tags if name == tag and wanted.items() <= given.items()]


@pytest.fixture(scope="module", params=PILOTS)
def written(request):
    model = pilot(request.param)
    text = model.page("ja")
    return model, text, Page(text)


def test_tags_nest_and_ids_are_unique(written):
    _, _, page = written
    assert (page.open, page.wrong) == ([], [])
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids)) > 10


def test_nothing_is_loaded_and_nothing_runs_but_what_is_there(written):
    _, text, page = written
    (policy,) = [given["content"] for given in page.of("meta", **{"http-equiv": "Content-Security-Policy"})]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert b64encode(sha256(content.encode()).digest()).decode() in policy
    given = [attributes for _, attributes in page.tags]
    assert not [
        one for one in given if {"src", "srcset", "style"} & one.keys() or any(name.startswith("on") for name in one)
    ]
    assert "unsafe" not in policy
    assert "@import" not in text
    assert "url(" not in text


def test_every_node_and_link_can_be_reached_and_has_its_words(written):
    model, _, page = written
    targets = {given["id"] for given in page.of("div", **{"class": "detail"})}
    parts = [given for _, given in page.tags if given.get("role") == "button"]
    assert len(parts) == 2 * (len(model.nodes) + len(model.edges))
    assert all(part["aria-label"].strip() and part["data-detail"] in targets for part in parts)
    assert sum(part["tabindex"] == "0" for part in parts) == 4


def test_both_languages_are_there_and_one_is_shown(written):
    model, text, page = written
    editions = [given for given in page.of("div") if "data-edition" in given]
    assert [(one["lang"], "hidden" in one) for one in editions] == [("ja", False), ("en", True)]
    for lang in ("ja", "en"):
        assert all(node.text.words(lang) in unescape(text) for node in model.nodes)
        assert all(
            part.applicability.words(lang) in unescape(text)
            for part in model.evidence
            if any(part.id in edge.evidence for edge in model.edges)
        )
    assert Page(model.page("en")).of("html", lang="en")


def test_the_page_is_the_same_again(written):
    model, text, _ = written
    assert model.page("ja") == text


def test_hostile_words_stay_words():
    text = LogicModel.loads(
        CLEAN.replace("{ja: 題, en: title}", "'</title><script>alert(1)</script>'").replace(
            "text: 予算", "text: '\"><img src=x onerror=y>'"
        )
    ).page("ja")
    assert text.count("<script>") == 1
    assert "<img" not in text


def test_an_address_that_is_no_web_address_is_no_link():
    model = pilot("cardiac_rehab")
    known = model.evidence[0]
    hostile = model.model_copy(
        update={"evidence": (known.model_copy(update={"url": "javascript:alert(1)"}), *model.evidence[1:])}
    )
    assert 'href="javascript' not in hostile.page("en")


@pytest.mark.skipif(BROWSER is None, reason="needs a Chromium browser")
def test_keyboard_and_buttons_work_in_a_browser(tmp_path):
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", pilot("cardiac_rehab").page("ja"))
    probe = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
    (tmp_path / "page.html").write_text(text.replace("</body>", f"<script>{probe}</script></body>"), encoding="utf-8")
    shown = _dom(tmp_path)
    seen = dict(part.split("=", 1) for part in unescape(re.search(r'data-seen="([^"]*)"', shown)[1]).split("|"))
    assert "error" not in seen, seen
    truths = {name for name, value in seen.items() if value == "true"}
    assert truths == {"tools", "focus", "closed", "link", "button", "zoomed", "panned", "whole", "tool"}
    assert (seen["stops"], seen["expanded"]) == ("2", "1")
    assert seen["right"].startswith("a_")
    assert seen["down"] != seen["right"] == seen["up"]
    assert seen["left"].startswith("i_")
    assert seen["end"] == seen["left"] == seen["back"]
    assert "投入" in seen["open"]
    assert (seen["lang"], seen["english"]) == ("en", "en")
    assert seen["title"] == "Strengthening cardiac rehabilitation to prevent recurrence"


@pytest.mark.skipif(BROWSER is None, reason="needs a Chromium browser")
def test_the_policy_lets_the_page_itself_run(tmp_path):
    (tmp_path / "page.html").write_text(pilot("cardiac_rehab").page("ja"), encoding="utf-8")
    assert re.search(r'<nav class="needs-script" aria-label="[^"]*">', _dom(tmp_path))


def _dom(folder):
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        (folder / "page.html").as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
