"""The report in a headless Chromium."""

import shutil
import subprocess

import pytest

from tests.reports.page import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OFFLINE = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)"),
]


def browse(*arguments: str) -> str:
    return subprocess.run(
        [CHROMIUM, *OFFLINE, *arguments], capture_output=True, text=True, check=True, timeout=120
    ).stdout


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_browser_shows_what_was_written(evaluation, written, tmp_path, lang):
    path = tmp_path / "report.html"
    path.write_bytes(written(evaluation, ".html", lang))
    page = Page(browse("--dump-dom", path.as_uri()))
    assert page.all("html")[0][2]["lang"] == lang
    assert evaluation.headline.sentence(lang) in page.text(page.all("main")[0][0])
    assert len(page.all("img")) == len(Page(path.read_text(encoding="utf-8")).all("img"))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window(evaluation, written, tmp_path, width):
    path = tmp_path / "report.html"
    probe = "<script>document.title = document.documentElement.scrollWidth + '/' + document.documentElement.clientWidth</script>"
    path.write_text(written(evaluation, ".html", "ja").decode().replace("</body>", probe + "</body>"), encoding="utf-8")
    page = Page(browse(f"--window-size={width},900", "--dump-dom", path.as_uri()))
    scroll, client = map(int, page.text(page.all("title")[0][0]).split("/"))
    assert scroll <= client


def test_a_screenshot_is_not_blank(evaluation, written, tmp_path):
    from matplotlib.image import imread

    path = tmp_path / "report.html"
    path.write_bytes(written(evaluation, ".html", "ja"))
    browse("--window-size=1100,1600", f"--screenshot={tmp_path / 'page.png'}", path.as_uri())
    pixels = imread(tmp_path / "page.png")[..., :3]
    assert 0.005 < (pixels.mean(axis=2) < 0.5).mean() < 0.5
