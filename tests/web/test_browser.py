"""The screens in a real browser: Chromium without a window, where one is installed."""

import io
import shutil
import time
import webbrowser

import pytest
from PIL import Image, ImageChops, ImageStat
from tests.tui.helpers import config_home, draw, make_edition
from tests.web.helpers import Served

from edition.library.store import Store
from edition.web.open_browser import opened

__all__ = ["config_home"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason=f"no browser here: one of {', '.join(NAMES)}"),
]

WORST = 240_000
"""Milliseconds that a busy machine may take; nothing waits longer than it must."""


@pytest.fixture
def served(tmp_path, config_home):
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 41), title="Pocket Dreams")
    running = Served(root, "pocket-dreams")
    running.root = root
    yield running
    running.end()


@pytest.fixture
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as played:
        chromium = played.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def wait_for(done):
    end = time.monotonic() + WORST / 1000
    while not done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_the_file_that_opens_the_browser_leads_to_the_screens(served, browser, monkeypatch):
    given = []
    monkeypatch.setattr(webbrowser, "open", given.append)
    with opened(served.url, served.root):
        page = browser.new_page()
        page.goto(given[0])
        page.wait_for_selector("body.-first-byte", timeout=WORST)
        assert page.url == served.base
    assert not list(served.root.glob("open-*"))


def test_prints_are_starred_in_a_browser(served, browser, tmp_path):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    asked, troubles = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(served.url)
    page.wait_for_selector("body.-first-byte", timeout=WORST)
    assert page.url == served.base  # the token is in the cookie, not in the history
    page.wait_for_function("document.activeElement.className.includes('xterm-helper')")
    page.keyboard.press("Space")  # no click first
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")

    def marks():
        with Store(served.root) as store:
            rows = store.prints.get(store.prints.select("pocket-dreams")[:2])
            return [(p.marks.star, p.marks.reject) for p in rows.values()]

    wait_for(lambda: marks() == [(True, False), (False, True)])
    picture = tmp_path / "browser.png"
    page.screenshot(path=picture)
    with Image.open(picture) as image:
        colours = image.convert("RGB").getcolors(1 << 20)
    assert image.size == (1280, 800)
    assert len(colours) > 500  # thumbnails, not an empty page
    assert troubles == []
    assert all(url.startswith((served.base, "data:")) for url in asked)  # nothing from elsewhere
    page.keyboard.press("Enter")  # the loupe, on the second print
    page.wait_for_timeout(1500)
    before = shot(page)
    page.reload()  # without the token: the cookie opens
    page.wait_for_selector("body.-first-byte", timeout=WORST)
    page.wait_for_function("document.activeElement.className.includes('xterm-helper')")
    wait_for(lambda: apart(before, shot(page)) < 1)  # the same screen, on the same print
    page.keyboard.press("Control+q")
    page.wait_for_selector("body.-closed", timeout=WORST)
    assert page.get_by_text("The screens are closed.").is_visible()


def shot(page):
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def apart(one, other):
    """Mean difference, levels of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def test_a_page_of_real_pictures(served, browser):
    """Each thumbnail on the page is its print, in the page's own pixels, and square."""
    page = browser.new_page(viewport={"width": 1200, "height": 820})
    page.goto(served.url)
    page.wait_for_selector("body.-first-byte", timeout=WORST)
    cell = page.evaluate("cell()")
    across, lines = 16 * cell[0], round(16 * cell[0] / cell[1]) * cell[1]
    side = min(across, lines // 6 * 6)
    margin = (page.evaluate("terminal.cols") - 18 * 7 + 2) // 2

    def first_row():
        seen = shot(page)
        found = []
        for index in range(5):
            left = (margin + 18 * index) * cell[0] + (across - side) // 2
            top = 2 * cell[1] + (lines // 6 * 6 - side) // 2
            wanted = draw(index + 1).resize((side, side), Image.Resampling.LANCZOS)
            found.append(apart(seen.crop((left, top, left + side, top + side)), wanted))
        return found

    wait_for(lambda: max(first_row()) < 4)


def test_another_page_gets_nothing(served, browser):
    """A page of another address tries to read, to open a socket and to frame the screens."""
    page = browser.new_context().new_page()
    page.goto(served.url)
    page.wait_for_selector("body.-first-byte", timeout=WORST)
    page.goto("data:text/html,<p>elsewhere</p>")
    opened = page.evaluate(
        """port => new Promise(tell => {
            const line = new WebSocket(`ws://127.0.0.1:${port}/ws`);
            line.onopen = () => tell("open");
            line.onerror = () => tell("refused");
        })""",
        served.port,
    )
    assert opened == "refused"
    read = page.evaluate(
        """url => fetch(url, {credentials: "include"})
            .then(answer => answer.text(), () => "refused")""",
        served.base,
    )
    assert read == "refused"
    stranger = browser.new_context().new_page()
    assert stranger.goto(served.base).status == 403
