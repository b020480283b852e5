"""The pages of docs/ as a site: whole, in order, and with nothing fetched when it is read."""

import dataclasses
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from edition.press.pool.device_list import Wanted
from edition.tui.key_meanings import PRESETS
from edition.tui.user_settings import GRAPHICS, THEMES, UserSettings

ROOT = Path(__file__).parents[1]
INSIDE = {"EDITION_CELL", "EDITION_WORKER"}
"""Said by the program to processes of its own."""
LINK = re.compile(r"\]\(([^)\s]+)\)")


class Fetched(HTMLParser):
    """What a browser would load by itself for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(given.get("src") or "")
        if tag == "link" and given.get("rel") != "canonical":
            self.addresses.append(given.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as ``make site`` builds it; a broken link, or a page that nothing leads to, fails."""
    pytest.importorskip("mkdocs", reason="no mkdocs: pip install '.[docs]'")
    pytest.importorskip("material", reason="no mkdocs-material: pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_in_the_site(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    built = {path.relative_to(site) for path in site.rglob("*.html")}
    assert {page.with_suffix(".html") for page in pages} <= built
    assert not list(site.rglob("*.py"))


def test_a_reader_fetches_nothing_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        parser = Fetched()
        parser.feed(page.read_text(encoding="utf-8"))
        assert [a for a in parser.addresses if "//" in a] == [], page.name
    for sheet in site.rglob("*.css"):
        assert "url(http" not in sheet.read_text(encoding="utf-8")


def test_lists_and_tables_are_drawn_as_such(site: Path) -> None:
    """Markdown of the site wants an empty line before them, the one of GitHub does not."""
    flat = re.compile(r"<p>(?:(?!</p>).)*?\n(?:- |\d+\. |\|)", re.DOTALL)
    found = [p.name for p in site.rglob("*.html") if flat.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_links_of_the_pages_outside_the_site_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        for link in LINK.findall((ROOT / name).read_text(encoding="utf-8")):
            if "://" in link:
                continue
            file, _, anchor = link.partition("#")
            assert (ROOT / file).exists(), f"{name}: {link}"
            if anchor:
                heads = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(encoding="utf-8"), re.M)
                slugs = [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads]
                assert anchor in slugs, f"{name}: {link}"


def test_the_page_of_settings_and_files_names_what_the_code_reads() -> None:
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    source = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    variables = set(re.findall(r'"(EDITION_[A-Z0-9_]+)"', "\n".join(source))) - INSIDE
    keys = [*(f.name for f in dataclasses.fields(UserSettings)), *THEMES, *GRAPHICS, *PRESETS]
    keys += [field.name for field in dataclasses.fields(Wanted)]
    code = (ROOT / "src" / "edition" / "paths.py").read_text(encoding="utf-8")
    files = re.findall(r'/ f?"(\.?[\w-]+\.(?:toml|jsonl?|sqlite|log)|\.[\w-]+)"', code)
    assert len(variables) > 5
    assert len(files) > 10
    named = re.compile(r"[.\w-]+")
    known = set(named.findall(page))
    assert {*variables, *keys, *files} - known == set()
