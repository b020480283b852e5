"""A show for the screen: one file, nothing from elsewhere, in a real browser where there is one."""

import json
import re
import shutil
from dataclasses import replace

import pytest

from edition.proof.screen_show import FORMAT, screen_show
from edition.recipe.proof_settings import Opening, ProofSettings, WallPlan

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
SETTINGS = ProofSettings(
    ppi_least=36, ppi_good=36,
    walls=(
        WallPlan(name="North", width_mm=4000.0, works=4,
                 openings=(Opening(x_mm=1800.0, width_mm=400.0),)),
        WallPlan(name="East", width_mm=2600.0),
    ),
)  # fmt: skip


@pytest.fixture
def told(show):
    first = replace(
        show.pictures[0], title='Sea & "Sky" <b>', medium="Linen", note="Painted at sea",
        prompt="secret words", price="€ 9",
    )  # fmt: skip
    lines = (("Prompt", "secret words"),)
    return replace(show, pictures=(first, *show.pictures[1:]), recipe_lines=lines)


@pytest.mark.parametrize("rate", [False, True])
def test_the_file_holds_everything_and_tells_no_prompt(rate, told, tmp_path):
    file = screen_show(told, SETTINGS, tmp_path / "show.html", rate=rate).file
    text = file.read_text("utf-8")
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!#)|url\((?!data:)|@import", text)
    assert "secret words" not in text
    assert ("<script>" in text) == rate
    assert "Sea &amp; &quot;Sky&quot; &lt;b&gt;" in text
    assert '<b>"' not in text
    assert text.count("data:image/jpeg") == len(told.pictures), "each picture once"
    for words in ("North", "East", "Linen", "Painted at sea", 'title="door"', "W 300 × H 300 mm"):
        assert words in text, words
    moulding, mat = SETTINGS.frame_mm, SETTINGS.mat_mm
    padding = f'padding:{moulding / 4000:.4%}"><span class="mat"'
    assert f'{padding} style="padding:{mat / (420 - 2 * moulding):.4%}">' in text, "to scale"
    again = screen_show(told, SETTINGS, tmp_path / "again.html", rate=rate).file
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason=f"no browser here: one of {', '.join(NAMES)}")
def test_a_browser_shows_it_at_any_width_and_asks_nobody(told, tmp_path):
    from playwright.sync_api import sync_playwright

    file = screen_show(told, SETTINGS, tmp_path / "show.html", rate=True).file
    with sync_playwright() as played:
        chromium = played.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, height in ((390, 844), (1280, 800)):
            page = chromium.new_page(viewport={"width": width, "height": height})
            asked, faults = [], []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("pageerror", lambda error, faults=faults: faults.append(str(error)))
            page.on("console", lambda said, faults=faults: faults.append(said.text))
            page.goto(file.as_uri())
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
            assert faults == []
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, "nothing hangs out of the page"
            wall, frame = page.locator(".wall").first, page.locator(".wall a").first
            share = frame.bounding_box()["width"] / wall.bounding_box()["width"]
            assert share == pytest.approx(420 / 4000, abs=0.004), "to scale"
            print_ = page.locator(".wall .picture").first
            share = print_.bounding_box()["width"] / frame.bounding_box()["width"]
            assert share == pytest.approx(300 / 420, abs=0.01), "mat and moulding too"
            seen = page.locator(".works .picture").first.bounding_box()
            assert seen["width"] > 200
            assert seen["height"] == pytest.approx(seen["width"], rel=0.02)
            page.locator(".works a").first.click()
            assert page.locator("#p1").is_visible()
            page.locator("#p1").click()
            assert not page.locator("#p1").is_visible()
        page.locator("[data-print] input").nth(4).check()
        page.locator("textarea").first.fill("Quiet.")
        page.locator("#who").fill("Anna")
        with page.expect_download() as download:
            page.locator("#save").click()
        saved = json.loads(download.value.path().read_text())
        chromium.close()
    assert (saved["format"], saved["who"]) == (FORMAT, "Anna")
    first = told.pictures[0]
    print_name = f"{first.digest[:16]}:{first.seed}"
    assert saved["works"][0] == {"print": print_name, "rating": 4, "note": "Quiet."}
    assert len(saved["works"]) == len(told.pictures)
