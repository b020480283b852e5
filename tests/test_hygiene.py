"""What static contracts can't prove: nothing heavy is imported before it is needed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "diffusers", "transformers", "accelerate")
PDF = ("reportlab", "pikepdf", "fontTools")


def loaded_after(script: str, *arguments: str) -> set[str]:
    """Top-level packages in ``sys.modules`` after a script has run in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nimport sys\nprint('\\n'.join(sys.modules))", *arguments],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return {name.partition(".")[0] for name in done.stdout.splitlines()}


def test_help_loads_next_to_nothing() -> None:
    loaded = loaded_after(
        "import sys; sys.argv = ['edition', '--help']\nfrom edition.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass"
    )
    lazy = (*HEAVY, *PDF, "textual", "numpy", "PIL", "pydantic", "scipy", "sqlite3", "tomlkit")
    assert not loaded & set(lazy)


@pytest.mark.parametrize(
    "room",
    [
        "edition.actions.session", "edition.press.loop", "edition.press.control",
        "edition.press.job_payloads",
        "edition.library.store", "edition.similarity.stack_grouping",
        "edition.similarity.perceptual_hash",
        "edition.diffusion.resolve", "edition.diffusion.fingerprint", "edition.upscale",
        "edition.recipe.edition_file", "edition.actions.rescan", "edition.actions.doctor",
    ],
)  # fmt: skip
def test_rooms_that_do_not_compute_never_load_torch(room: str) -> None:
    loaded = loaded_after(f"import {room}")
    assert not loaded & {*HEAVY, *PDF, "textual"}


def test_culling_and_proofing_never_load_torch(root: Path) -> None:
    loaded = loaded_after(
        "import sys; from pathlib import Path\n"
        "from tests.fakes import add_prints; from edition.actions.session import Session\n"
        "session = Session(Path(sys.argv[1])); ids = add_prints(session, 'small', range(8))\n"
        "from edition.actions import history\n"
        "session.mark(ids, 'star'); history.undo(session); history.redo(session)\n"
        "session.restack('small')\n"
        "session.proof('small', 'sheet'); session.proof('small', 'wall')",
        str(root),
    )
    assert not loaded & set(HEAVY)
    assert "reportlab" in loaded  # the proof really was made


def test_the_first_screen_never_loads_torch() -> None:
    loaded = loaded_after("import edition.cli.launch_tui, edition.tui.app")
    slow = ("pydantic", "tomlkit", "numpy", "PIL", "psutil", "typer", "scipy", "aiohttp")
    assert not loaded & {*HEAVY, *PDF, *slow}


def test_the_reference_pages_are_those_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_verbs_named_in_the_docs_exist() -> None:
    from edition.cli.verb_table import MODULES as verbs

    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for name in re.findall(r"^\s*(?:\$ )?edition ([a-z]+)", path.read_text(), re.M):
            assert name in verbs, f"{path.name} names the verb {name}, which does not exist"
