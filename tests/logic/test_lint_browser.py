"""The page of a lint in a headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from ebpm.logic.folder import lint_files
from ebpm.reports.lint import html
from tests.reports.page import Page

EXAMPLES = Path(__file__).parent / "rules"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OFFLINE = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND")
PROBE = "<script>document.title = document.documentElement.scrollWidth + '/' + document.documentElement.clientWidth</script>"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window_and_shows_every_find(tmp_path, width):
    report = lint_files(sorted(EXAMPLES.glob("*.bad.yaml")), profile="training", on=date(2026, 11, 23))
    path = tmp_path / "lint.html"
    path.write_text(html(report, "ja").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    command = [CHROMIUM, *OFFLINE, f"--window-size={width},900", "--dump-dom", path.as_uri()]
    page = Page(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout)
    scroll, client = map(int, page.text(page.all("title")[0][0]).split("/"))
    assert scroll <= client
    assert len(page.all("li")) == 2 * sum(report.codes.values())
