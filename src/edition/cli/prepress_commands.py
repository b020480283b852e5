"""Verbs before the printer: preflight, soft, export."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from edition import atomic, paths
from edition.actions import exported_picks
from edition.actions.print_sources import EditionSource
from edition.cli.proof_options import InExhibition, Seed, Shown, Slug, newest_print, proof_source
from edition.cli.render_commands import progress_bar
from edition.cli.shared_options import JsonFlag, open_desk, report, root, say, table
from edition.errors import ProofError
from edition.proof.export import export as write
from edition.proof.export import houses
from edition.proof.sent_files import note_exports
from edition.proof.soft_proof import soft_proof

if TYPE_CHECKING:
    from edition.actions.print_sources import PrintSource


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(preflight)
    app.command()(soft)
    app.command()(export)


def preflight(
    slug: Shown = "", exhibition: InExhibition = "", as_json: Annotated[bool, JsonFlag] = False
) -> None:
    """Preflight: resolution, missing files, glyphs, licences, ICC profiles.

    Example: edition preflight pocket-dreams
    """
    source = proof_source(slug, exhibition)
    with open_desk() as session:
        findings = source.findings(session)
    if as_json:
        report([asdict(finding) for finding in findings])
    for finding in () if as_json else findings:
        say(f"{finding.level}: {finding.what}" + (f". {finding.hint}" if finding.hint else ""))
    if not findings and not as_json:
        say("No problems found.")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(7)


def soft(
    slug: Slug,
    seed: Seed,
    profile: Annotated[
        str, typer.Option(help="fogra39, or the printer's .icc file. Default: the recipe's.")
    ] = "",
    intent: Annotated[str, typer.Option(help="relative, perceptual, absolute.")] = "relative",
    out: Annotated[Path | None, typer.Option(help="Folder for the two PNG files.")] = None,
) -> None:
    """Soft proof: how a print looks on paper, which colours are out of gamut.

    Example: edition soft pocket-dreams 3 --profile my-paper.icc
    """
    with open_desk() as session:
        item = newest_print(session, slug, seed)
        own = EditionSource(slug).head(session).settings.profile
        proof = soft_proof(session.file(item.upscaled or item.file), profile or own, intent)
        folder = out or paths.proofs_folder(session.root, slug)
    atomic.sweep(folder)
    for name, image in (("soft", proof.image), ("gamut", proof.warning)):
        path = folder / f"{seed}-{name}.png"
        with atomic.opened(path) as stream:
            image.save(stream, "PNG")
        say(str(path))
    say(
        f"out of gamut: {proof.out_of_gamut:.1%} of the picture; "
        f"maximum ink coverage (TAC): {proof.ink:.0f} %"
    )


def export(
    slug: Shown = "",
    house: Annotated[
        str, typer.Argument(help="A print house, see --list; or a folder: ./picks")
    ] = "",
    exhibition: InExhibition = "",
    out: Annotated[Path | None, typer.Option(help="Output folder.")] = None,
    hard_link: Annotated[
        bool, typer.Option("--hard-link", help="Into a folder: link, don't copy.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the print houses.")] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Write the starred prints: as a print house wants them, or as they are into a folder.

    In a folder, files carry their rating, label and keywords as XMP.

    Examples: edition export pocket-dreams gallery-16bit

      edition export pocket-dreams ./picks

      edition export gallery-16bit --exhibition summer-show
    """
    if exhibition and not house:
        slug, house = "", slug
    if not (listing or house) and slug:
        raise ProofError(
            "No print house or folder is named.",
            hint=f"edition export {slug} ./picks, or a house of: edition export --list",
        )
    if listing or not house:
        table(("house", "files"), [(name, known.about) for name, known in houses().items()])
        return
    source = proof_source(slug, exhibition)
    if house not in houses() and (os.sep in house or house.startswith((".", "~"))):
        if out is not None:
            raise ProofError(f"The files go to {house}, so --out has nothing to say.")
        folder = paths.expanded(house).absolute()
        _export_picks(source, folder, hard_link=hard_link, as_json=as_json)
        return
    if hard_link:
        raise ProofError("--hard-link goes with a folder: edition export SLUG ./picks")
    folder = (out or source.folder(root()) / house).absolute()
    with open_desk() as session, progress_bar() as bar:
        task = bar.add_task("export", total=None, note="")
        show, settings = source.show(session), source.head(session).settings
        made = write(
            show, settings, house, folder, lambda k, n: bar.update(task, completed=k, total=n)
        )
        told = note_exports(source.folder(root()), made.files, show, settings, made.kind)
    warnings = (*made.warnings, *told)
    if as_json:
        report({"files": [str(path) for path in made.files], "warnings": list(warnings)})
        return
    for path in made.files:
        say(str(path))
    for warning in warnings:
        say(f"  note: {warning}")


def _export_picks(source: PrintSource, folder: Path, *, hard_link: bool, as_json: bool) -> None:
    with open_desk() as session, progress_bar() as bar:
        task = bar.add_task("export", total=None, note="")
        works = source.works(session)
        ids = [work.item.id for work in works if work.item is not None]
        if not ids:
            raise ProofError("No print is starred.", hint="Star some, then export again.")
        made = exported_picks.export(
            session, ids, folder, link=hard_link,
            progress=lambda k, n: bar.update(task, completed=k, total=n),
        )  # fmt: skip
    if as_json:
        report(
            {
                "files": [str(path) for path in made.files],
                "there": made.there,
                "warnings": list(made.warnings),
            }
        )
        return
    for path in made.files:
        say(str(path))
    if made.there:
        say(f"{made.there} there already.")
    for warning in made.warnings:
        say(f"  note: {warning}")
