"""Verbs that continue from a print: vary, film; and what was learned: notebook."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads the annotation when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from edition.actions import films, importing, study_queries, study_sheets
from edition.actions.study_planning import find_study
from edition.cli.render_commands import wait_for
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.cli.study_commands import changed, render_study
from edition.errors import StudyError
from edition.studies import axes, study_spec
from edition.studies.prompt_stats import BYS, PromptCounts
from edition.studies.prompt_stats import notebook as count

if TYPE_CHECKING:
    from edition.actions.films import InitSource
    from edition.actions.session import Session
    from edition.studies.study_spec import Study


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(vary)
    app.command()(film)
    app.command()(notebook)
    app.command("import")(take_in)


def vary(
    source: Annotated[str, typer.Argument(help="An image file, or a print: SLUG:SEED.")],
    prompt: Annotated[
        str, typer.Option(help="Prompt of the new print; several: one|two; default: the edition's.")
    ] = "",
    strength: Annotated[
        str, typer.Option(help="How far from the image: 0.6, or several: 0.3,0.5,0.8.")
    ] = "0.6",
    seeds: Annotated[str, typer.Option(help="Which seeds.")] = "1",
    then: Annotated[
        list[str] | None,
        typer.Option(help="Continue from the new print with this prompt; repeatable."),
    ] = None,
    edition: Annotated[str, typer.Option(help="The new prints' edition; needed for a file.")] = "",
    fix: Annotated[
        list[str] | None, typer.Option("--set", help="Another value: steps=30, guidance=5.")
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Print the image-to-image lineage; SOURCE is an edition.")
    ] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Render from an image (img2img): a sketch, a photo or another print.

    Examples: edition vary sketch.png --edition pocket-dreams --prompt "crimson mountains"

      edition vary pocket-dreams:7 --strength 0.3,0.5,0.8 --seeds 1..4

      edition vary sketch.png --edition pocket-dreams --prompt "the sea" --then "a forest"

      edition vary pocket-dreams --tree
    """
    with open_desk() as session:
        if tree:
            session.recipe(source)
            lines = films.tree(session, source)
            report(lines) if as_json else say(
                "\n".join(lines) or f"{source} has no image-to-image prints yet."
            )
            return
        begin = films.source(session, source, edition)
        links, names = [], list[str]()
        for text in (prompt, *(then or [])):
            if names:
                begin = films.source(session, names[-1], begin.slug)
            study = _link(session, begin, text, strength, seeds, fix or [])
            names.append(_first(session, begin, study))  # before any sheet: the cell's own reason
            links.append((begin, study))
        files = [
            path
            for begin, study in links
            if study.count > 1
            for path in study_sheets.sheets(session, begin.slug, study.name)
        ]
        chain = [(begin.slug, study.name) for begin, study in links]
        files.append(study_sheets.chain_sheet(session, chain, links[0][0].title))
    if as_json:
        report(
            {"prints": names, "studies": [n for _, n in chain], "files": [str(f) for f in files]}
        )
        return
    for name in names:
        say(name)
    for path in files:
        say(str(path))


def _link(
    session: Session, begin: InitSource, prompt: str, strength: str, seeds: str, fixes: list[str]
) -> Study:
    """Renders one link of a chain; its prints start from one image."""
    base = changed(begin.recipe, fixes)
    wanted = [("strength", axes.values("strength", strength)), ("seed", axes.values("seed", seeds))]
    if prompt:
        wanted.insert(0, ("prompt", axes.values("prompt", prompt)))
    study = study_spec.ask(base, wanted, kind="chain")
    render_study(session, begin.slug, study, plan=False, detach=False, as_json=True)
    return study


def _first(session: Session, begin: InitSource, study: Study) -> str:
    """The print in a link's first cell, from which the next link starts.

    Raises:
        StudyError: it could not be rendered.
    """
    _, cells = find_study(session, begin.slug, study.name)
    if not cells[0].print_id:
        raise StudyError(f"This step failed: {cells[0].error}", hint="See: edition press log")
    return f"{begin.slug}:{cells[0].digest}:{cells[0].seed}"


def film(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seed: Annotated[int, typer.Argument(min=0, help="Of the print.")],
    formats: Annotated[
        str, typer.Option("--format", help="webp, gif, mp4; several with commas.")
    ] = "webp",
    fps: Annotated[float, typer.Option(min=0.1, max=60, help="Frames a second.")] = 8.0,
    strip: Annotated[
        int, typer.Option(min=0, max=200, help="Frames on the filmstrip; 0 makes none.")
    ] = 12,
    recipe: Annotated[str, typer.Option(help="First digits of another recipe's digest.")] = "",
    fix: Annotated[
        list[str] | None, typer.Option("--set", help="Another value: steps=48, size=256.")
    ] = None,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Render the denoising steps of a print as a film and a strip.

    Example: edition film pocket-dreams 7 --set steps=48 --format webp,gif
    """
    wanted = tuple(part.strip() for part in formats.split(",") if part.strip())
    with open_desk() as session:
        base = session.recipe(slug)
        if recipe:
            item = films.print_named(session, f"{slug}:{recipe}:{seed}")
            base = session.print_recipe(item.digest) or base
        base = changed(base, fix or [])
        job, folder = films.film(session, slug, seed, base, formats=wanted, fps=fps, strip=strip)
        wait_for(session, job, "film", again=f"edition film {slug} {seed}")
    files = [folder / f"film.{name}" for name in wanted] + ([folder / "strip.png"] if strip else [])
    if as_json:
        report({"files": [str(path) for path in files]})
        return
    for path in files:
        say(str(path))


def notebook(
    slug: Annotated[str | None, typer.Argument(help="One edition; default: all.")] = None,
    by: Annotated[str, typer.Option(help="prompt, word or artist.")] = "prompt",
    least: Annotated[int, typer.Option(min=1, help="Minimum number of prints.")] = 1,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of rows.")] = 40,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Count which prompts, words and artists earn stars.

    Example: edition notebook pocket-dreams --by word --least 8
    """
    kind = next((known for known in BYS if known == by), None)
    if kind is None:
        raise StudyError(f"Can't count by {by!r}.", hint=f"Known: {', '.join(BYS)}.")
    with open_desk() as session:
        if slug:
            session.recipe(slug)
        tried = study_queries.tried(session, slug)
    counts = (PromptCounts(row.prompt, row.made, row.starred, row.rejected) for row in tried)
    entries = count(counts, kind, least)[:limit]
    if as_json:
        report([{**asdict(entry), "share": entry.share} for entry in entries])
        return
    if not entries:
        say("No prints yet." if kind == "prompt" else f"No {kind} was found in the prompts.")
        return
    rows = [
        (_short(entry.name), entry.made, entry.starred, f"{entry.share:.0%}", f"{entry.surely:.0%}")
        for entry in entries
    ]
    table((kind, "made", "starred", "share", "surely"), rows)


def _short(text: str) -> str:
    return text if len(text) <= 70 else text[:69] + "…"


def take_in(
    pictures: Annotated[list[Path], typer.Argument(help="PNGs as their program saved them.")],
    slug: Annotated[str, typer.Option("--as", help="The new edition's name.")] = "",
    model: Annotated[str, typer.Option(help="Name this model instead of theirs.")] = "",
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Make an edition of pictures from A1111, ComfyUI, InvokeAI, SwarmUI or Fooocus.

    Lists which settings can't be reproduced here.

    Example: edition import 00012-1234.png --model models/v1-5.safetensors
    """
    with open_desk() as session:
        found = importing.take_in(session, pictures, slug, model)
    if as_json:
        report(asdict(found))
        return
    for edition in found.editions:
        say(f"{edition.slug}: {len(edition.seeds)} seed(s) of {edition.program}; {edition.file}")
        for line in edition.lost:
            say(f"  not the same: {line}")
    for reason in found.refused:
        say(f"  left out: {reason}")
