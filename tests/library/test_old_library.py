"""A library written by version 0.1.0 opens, undoes and is rebuilt with nothing lost.

``library_of_0_1_0.zip`` was made with that version's command line: two editions, nine prints, every
kind of mark, a label, tags, a note, an exhibition, a register, enlarged prints, the trash and a
print that was emptied from it; its last act, a rating, was undone.
"""

import io
import json
import re
import zipfile
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from edition.cli import output
from edition.cli.main import app
from edition.cli.shared_options import CHOSEN

ARCHIVE = Path(__file__).with_name("library_of_0_1_0.zip")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The old library, unpacked."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def edition(root: Path, *arguments: str) -> str:
    """What a verb prints; each opens the library anew."""
    output.begin(as_json="--json" in arguments)
    with redirect_stdout(io.StringIO()) as said:
        try:
            app(["--library", str(root), *arguments], standalone_mode=False)
            output.finish()
        finally:
            CHOSEN.library = None
            output.begin(as_json=False)
    return said.getvalue()


def marks(root: Path) -> dict[str, tuple[object, ...]]:
    """What a person thinks of each print."""
    found = {}
    for item in json.loads(edition(root, "find", "--order", "seed", "--json")):
        kept = item["marks"]
        found[f"{item['edition']} {item['seed']}"] = (
            kept["star"], kept["reject"], kept["rating"], kept["label"],
            " ".join(item["tags"]), item["note"],
        )  # fmt: skip
    return found


def state(root: Path) -> dict[str, object]:
    """All that a person decided in this library, as the verbs report it."""
    found: dict[str, object] = dict(marks(root))
    for slug in ("night", "day"):
        shown = json.loads(edition(root, "show", slug, "--json"))
        found[slug] = (shown["prints"], shown["starred"], shown["upscaled"], shown["trash"])
    trash = json.loads(edition(root, "trash", "list", "--json"))
    found["trash"] = [(item["edition"], item["seed"]) for item in trash]
    found["emptied"] = "day" in edition(root, "trash", "list", "--emptied")
    hung = edition(root, "exhibition", "show", "summer-show").splitlines()[2:]
    found["hung"] = [line.split()[1:3] for line in hung]
    found["register"] = edition(root, "register", "list")
    return found


PLAIN = (False, False, 0, "", "", "")
BEFORE = {
    "night 1": (True, False, 0, "", "calm harbour", "the light is right"),
    "night 2": (True, False, 0, "red", "calm harbour", ""),
    "night 3": PLAIN,
    "night 4": (False, True, 0, "", "", ""),
    "night 5": (False, False, 2, "", "", ""),
    "night": (5, 2, 2, 1),
    "day 1": PLAIN,
    "day 2": PLAIN,
    "day": (2, 0, 0, 0),
    "trash": [("night", 6)],
    "emptied": True,
    "hung": [["night", "1"], ["night", "2"], ["day", "2"]],
}


def known(found: dict[str, object]) -> dict[str, object]:
    """Without the register's table, which is looked at by itself."""
    return {key: value for key, value in found.items() if key != "register"}


def test_an_old_library_opens_as_it_was(old: Path) -> None:
    found = state(old)
    assert known(found) == BEFORE
    assert "1/5" in str(found["register"])


def test_an_old_register_goes_on_with_titles(old: Path) -> None:
    """Its rows name no work and take today's title; rows from now on keep theirs."""
    early = json.loads(edition(old, "register", "list", "--json"))
    seed = str(early[0]["seed"])
    assert {row["title"] for row in early} == {""}
    edition(old, "work", "night", seed, "--title", "Night Sea")
    edition(old, "register", "issue", "night", seed, "--other-file")
    edition(old, "work", "night", seed, "--title", "Day Sea")
    for file in old.glob("library.sqlite*"):
        file.unlink()
    edition(old, "rescan")
    rows = json.loads(edition(old, "register", "list", "--json"))
    assert [row["before"] for row in rows[: len(early)]] == [row["before"] for row in early]
    assert [row["work"] for row in rows] == [*["Day Sea"] * len(early), "Night Sea"]


def test_an_old_librarys_acts_are_undone_and_redone(old: Path) -> None:
    edition(old, "redo")
    assert marks(old)["night 2"] == (True, False, 3, "red", "calm harbour", "")
    for _ in range(3):  # the rating and what went into the trash of each edition
        edition(old, "undo")
    found = marks(old)
    assert "night 6" in found
    assert found["night 2"] == BEFORE["night 2"]
    for _ in range(10):
        edition(old, "undo")
    found = marks(old)
    assert [found[f"night {seed}"] for seed in range(1, 7)] == [PLAIN] * 6


def test_an_old_library_is_rebuilt_from_its_files(old: Path) -> None:
    before = state(old)
    (old / "library.sqlite").unlink()
    edition(old, "rescan")
    assert state(old) == before


def test_each_released_version_has_a_library_that_is_opened_here() -> None:
    changelog = Path(__file__).parents[2] / "CHANGELOG.md"
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)", changelog.read_text("utf-8"), re.MULTILINE)
    for version in {"0.1.0", *released}:
        name = f"library_of_{version.replace('.', '_')}.zip"
        assert ARCHIVE.with_name(name).is_file(), f"a library made by {version}, as {name}"
