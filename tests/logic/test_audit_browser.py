"""The page of an audit in a headless Chromium."""

import shutil
import subprocess

import pytest

from ebpm.logic import audit
from tests.logic.lamps import lamps
from tests.reports.page import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OFFLINE = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND")
PROBE = "<script>document.title = document.documentElement.scrollWidth + '/' + document.documentElement.clientWidth</script>"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_fits_its_window(tmp_path, lang, width):
    path = tmp_path / "audit.html"
    path.write_text(audit([lamps()]).to_html(lang).replace("</body>", PROBE + "</body>"), encoding="utf-8")
    shown = subprocess.run(
        [CHROMIUM, *OFFLINE, f"--window-size={width},900", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    page = Page(shown.stdout)
    scroll, client = map(int, page.text(page.all("title")[0][0]).split("/"))
    assert scroll <= client
    assert page.all("html")[0][2]["lang"] == lang
