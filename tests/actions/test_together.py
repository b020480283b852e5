"""Two processes that read, decide and write at the same moment lose nothing of each other."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from edition import paths
from edition.actions import search
from edition.actions import session as desk_module
from edition.actions.session import Session
from edition.errors import LibraryError
from edition.recipe.seeds import parse_seeds

BOTH = (
    "import sys; from pathlib import Path; from edition.actions.session import Session\n"
    "with Session(Path(sys.argv[1])) as session:\n"
    "    session.digest('small')\n"
    "    print('ready', flush=True); sys.stdin.readline()\n"
    "    {act}\n"
)


def at_once(root: Path, acts: Sequence[str]) -> None:
    """Lets a process do each act, all from the same moment on."""
    each = [
        subprocess.Popen(
            [sys.executable, "-c", BOTH.format(act=act), str(root)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for act in acts
    ]  # fmt: skip
    for process in each:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in each:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in each:
        process.communicate()
        assert process.returncode == 0


def test_new_seeds_asked_for_at_once_are_different(session: Session) -> None:
    act = "for _ in range(20): session.render('small', more=5, start=False)"
    at_once(session.root, [act, act])
    queued = [parse_seeds(job.payload["seeds"]) for job in session.store.jobs.live()]
    assert len(queued) == 40
    assert sorted(seed for seeds in queued for seed in seeds) == list(range(1, 201))


def test_edits_at_once_keep_both(session: Session) -> None:
    acts = [
        f"for n in range(10, 30): session.edit('small', {{'{key}': n}})"
        for key in ("sampling.steps", "sampling.guidance", "proof.print_mm")
    ]
    for _ in range(2):
        session.edit("small", {"sampling.steps": 3, "sampling.guidance": 3, "proof.print_mm": 100})
        at_once(session.root, acts)
        found = session.recipe("small")
        assert (found.sampling.steps, found.sampling.guidance, found.proof.print_mm) == (
            29, 29, 29,
        )  # fmt: skip


def test_filters_saved_and_forgotten_at_once_are_all_kept(session: Session) -> None:
    for number in range(20):
        search.save(session, f"old {number}", "star:yes")
    acts = [
        "from edition.actions import search; "
        f"[search.save(session, f'{sign} {{n}}', 'star:no') for n in range(20)]"
        for sign in "ab"
    ]
    acts.append(
        "from edition.actions import search; "
        "[search.unsave(session, f'old {n}') for n in range(20)]"
    )
    at_once(session.root, acts)
    assert set(search.saved(session)) == {f"{sign} {n}" for sign in "ab" for n in range(20)}


def test_one_that_holds_on_is_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "BUSY_SECONDS", 0)
    before = paths.edition_file(session.root, "small").read_text()
    with Session(session.root) as other, other.alone(), pytest.raises(LibraryError) as caught:
        session.edit("small", {"sampling.steps": 9})
    assert "nothing was changed" in caught.value.hint
    assert paths.edition_file(session.root, "small").read_text() == before
