"""Verbs on pictures that edition did not make: adopt, replace."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from edition import extras
from edition.actions import adopting_subprocess, adoption
from edition.actions.reading_state import reading
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, say
from edition.errors import LibraryError, Stopped

if TYPE_CHECKING:
    from edition.actions.adoption import Scan
    from edition.actions.retouched import Retouch
    from edition.actions.session import Session


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(adopt)
    app.command()(replace)


def adopt(
    folders: Annotated[list[Path], typer.Argument(help="Folders of pictures.")],
    slug: Annotated[str, typer.Option("--as", help="The edition's name; new, or adopted.")] = "",
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Take in what comes, until Ctrl-C.")
    ] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make folders of pictures an edition where they lie: nothing is moved, copied or renamed.

    The same folder again reads what is new; one that was moved is recognised.

    Example: edition adopt ~/comfyui/output --as comfy
    """
    with open_desk() as session:
        chosen = adoption.adopt(session, folders, slug, title)
        scan = _scan(session, chosen)
        if as_json:
            report(asdict(scan))
        else:
            for line in adoption.told(scan):
                say(line)
            say(f"Cull them with: edition open {chosen}")
        if watch:
            _watch(session, chosen)


def _scan(session: Session, slug: str) -> Scan:
    try:
        with progress_bar() as bar:
            task = bar.add_task("read", total=None, note="")
            return adoption.scan(session, slug, lambda k, n: bar.update(task, completed=k, total=n))
    except KeyboardInterrupt:
        done = reading(session, slug)
        raise Stopped(
            f"Stopped after {done.done:,} of {done.total:,}; they are kept.",
            hint="The same command goes on there.",
        ) from None


def _check_watching() -> None:
    if not adopting_subprocess.can_watch():
        raise LibraryError(
            "Folders can't be watched here: watchfiles is not installed.",
            hint=f"{extras.install_extra('watch')}, or run this again when files have come.",
        )


def _watch(session: Session, slug: str) -> None:
    _check_watching()
    folders = list(adoption.folders(session.root, slug).values())
    for _ in adopting_subprocess.changes(folders, lambda: True):
        scan = adoption.scan(session, slug)
        if scan.new or scan.gone or scan.rated:
            say(adoption.told(scan)[0])


def replace(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seed: Annotated[int | None, typer.Argument(help="The print's seed, or number.")] = None,
    file: Annotated[Path | None, typer.Argument(help="The retouched file.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--from", help="Take all new files of this folder, by name.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="With --from: take in what comes, until Ctrl-C.")
    ] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make a retouched file a version of its print: it goes to paper, the print stays.

    Examples: edition replace night-sea 7 ~/retouched/night-sea-7.tif

      edition replace night-sea --from ~/retouched --watch
    """
    from edition.actions import retouched  # not for adopt, whose first grid would wait for it
    from edition.cli.proof_options import newest_print

    if watch and folder is None:
        raise LibraryError(
            "--watch takes in what comes into a folder, and none is named.",
            hint="edition replace SLUG --from FOLDER --watch",
        )
    with open_desk() as session:
        session.recipe(slug)
        if folder is not None:
            done, faults = retouched.take_folder(session, slug, folder)
        elif seed is not None and file is not None:
            done, faults = [retouched.replace(session, newest_print(session, slug, seed), file)], []
        else:
            raise LibraryError(
                "Which file of which print?",
                hint="edition replace SLUG SEED FILE, or: --from FOLDER",
            )
        if as_json:
            report({"versions": [asdict(item) for item in done], "left": faults})
        else:
            _tell(done, faults)
        if watch and folder is not None:
            _check_watching()
            left = faults
            for _ in adopting_subprocess.changes([folder], lambda: True):
                done, faults = retouched.take_folder(session, slug, folder)
                _tell(done, [fault for fault in faults if fault not in left])
                left = faults


def _tell(done: list[Retouch], faults: list[str]) -> None:
    for item in done:
        state = "goes to paper now" if item.new else "was a version already; goes to paper now"
        say(f"{item.slug} {item.seed}: {item.width} × {item.height} pixels, {state}. {item.file}")
    for fault in faults:
        say(f"  left: {fault}")
