"""Verbs that make pictures: render, upscale, versions."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from edition.actions import job_queries, press_control, print_queries, recipe_tools, trash
from edition.actions import versions as all_versions
from edition.cli.print_selection import AllRecipes, Recipe, Where, print_ids
from edition.cli.shared_options import JsonFlag, open_desk, report, say, table
from edition.domain import LIVE_STATES
from edition.errors import PressError, RecipeError, Stopped, UpscaleError
from edition.recipe import edition_file
from edition.recipe.seeds import format_seeds, parse_seeds
from edition.text_format import clean, duration
from edition.upscale import UPSCALERS

if TYPE_CHECKING:
    from rich.progress import Progress

    from edition.actions.session import Session
    from edition.domain import Job

_POLL_SECONDS = 0.25


def add_to(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.command()(render)
    app.command()(upscale)
    app.command()(versions)


def render(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seeds: Annotated[
        str | None, typer.Option(help="7, 1,5,9 or 1..16, and mixtures; default: the recipe's.")
    ] = None,
    more: Annotated[int, typer.Option(min=0, help="Render N additional seeds.")] = 0,
    earlier: Annotated[
        str,
        typer.Option("--recipe", help="First digits of an earlier recipe's digest; with --seeds."),
    ] = "",
    detach: Annotated[bool, typer.Option("--detach", help="Don't wait.")] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Render seeds; existing prints are skipped.

    Examples: edition render pocket-dreams --seeds 1..16

      edition render pocket-dreams --more 100 --detach
    """
    try:
        wanted = parse_seeds(seeds) if seeds is not None else None
    except ValueError as error:
        raise RecipeError(f"{error}.") from error
    with open_desk() as session:
        digest, wanted, job = _ask(session, slug, wanted, more, earlier)
        if not detach:
            while pending := job_queries.live_renders(session, slug, digest):
                wait_for(session, pending[0].id, "render", again=f"edition render {slug}")
        done = print_queries.seeds_made(session, slug, digest)
        missing = [seed for seed in wanted if seed not in done]
        lying = recipe_tools.in_trash(session, slug, wanted, digest)
    facts = {"slug": slug, "digest": digest, "job": job, "done": len(wanted) - len(missing)}
    if as_json:
        report({**facts, "missing": missing, "in_trash": lying})
    elif detach:
        say(f"{len(missing)} of {len(wanted)} to render; watch: edition press status")
    else:
        say(f"{len(wanted) - len(missing)} of {len(wanted)} prints are there.")
        if lying:
            say(f"In the trash: seed {format_seeds(lying)}; edition trash restore {slug}")
    if missing and not detach:
        raise PressError(
            f"Seeds {format_seeds(missing)} are missing.", hint="See: edition press status"
        )


def _ask(
    session: Session, slug: str, seeds: tuple[int, ...] | None, more: int, earlier: str
) -> tuple[str, tuple[int, ...], int]:
    """Queues what is asked for: the recipe's digest, the seeds meant, the job."""
    recipe = session.recipe(slug)
    if earlier:
        if seeds is None:
            raise RecipeError(
                "Which seeds of that recipe?", hint=f"edition trash list {slug} --emptied"
            )
        digest = recipe_tools.recipe_digest(session, slug, earlier)
        return digest, seeds, recipe_tools.render_earlier(session, slug, digest, seeds).job
    digest = session.digest(slug, recipe)
    spared = trash.emptied_seeds(session, slug, digest) if seeds is None else set()
    job = session.render(slug, seeds, more=more)
    if more:
        return digest, parse_seeds(job_queries.get(session, job).payload["seeds"]), job
    wanted = seeds or tuple(s for s in parse_seeds(recipe.seeds.render) if s not in spared)
    return digest, wanted, job


def wait_for(session: Session, job_id: int, what: str, again: str) -> Job:
    """Shows a job's progress until it ends; starts the press again if it dies.

    Args:
        session: the library.
        job_id: which job.
        what: the verb, in words.
        again: the command that continues after Ctrl-C.

    Returns:
        The job, done.

    Raises:
        PressError: it failed or was cancelled; with the press's own message and hint.
        Stopped: Ctrl-C; the job is cancelled, what it has made stays.
    """
    try:
        with progress_bar() as bar:
            task = bar.add_task(what, total=None, note="")
            while (job := job_queries.get(session, job_id)).state in LIVE_STATES:
                if session.press_state().pid is None and job.state != "paused":
                    session.start_press(wait=True)
                bar.update(
                    task, completed=job.done, total=job.total or None, note=_note(session, job)
                )
                time.sleep(_POLL_SECONDS)
            bar.update(task, completed=job.done, total=job.total or None, note="")
    except KeyboardInterrupt:
        press_control.cancel_job(session, job_id)
        done = job_queries.get(session, job_id)
        raise Stopped(
            f"Stopped after {done.done} of {done.total}; they are kept.",
            hint=f"Continue with: {again}",
        ) from None
    if job.state != "done":
        raise PressError(job.error or f"The job was {job.state}.", hint=job.hint)
    for line in job.message.splitlines():
        sys.stderr.write(f"note: {clean(line)}\n")
    return job


def progress_bar() -> Progress:
    """A bar on standard error, so that standard output stays for results."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[note]}", markup=False),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _note(session: Session, job: Job) -> str:
    state = session.press_state()
    if job.state == "paused" or state.state == "paused":
        return "paused: edition press resume"
    if job.state == "queued":
        return "waiting for the press"
    if not job.seconds_each:
        return job.message or state.state
    left = (job.total - job.done) * job.seconds_each
    return f"{duration(job.seconds_each)} each, {duration(left)} left"


def upscale(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seeds: Annotated[str | None, typer.Option(help="Which; default: the starred.")] = None,
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    where: Where = "",
    method: Annotated[str, typer.Option(help="Another upscaler than the recipe's.")] = "",
    scale: Annotated[
        float | None, typer.Option(help="Another factor than the recipe's, 1 to 16.")
    ] = None,
    model: Annotated[str, typer.Option(help="A model file, for spandrel.")] = "",
    listing: Annotated[bool, typer.Option("--list", help="List the upscalers.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Don't wait.")] = False,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Upscale prints; existing results are skipped.

    Example: edition upscale pocket-dreams --method lanczos --scale 4
    """
    if listing:
        list_upscalers(as_json=as_json)
        return

    with open_desk() as session:
        own = session.recipe(slug).upscale.model_dump(mode="json")
        named = {key: value for key, value in (("method", method), ("model", model)) if value}
        factor = {} if scale is None else {"scale": scale}
        merged = {"upscale": {**own, **named, **factor}}
        settings = edition_file.validate(merged, name="edition upscale").upscale
        chosen = None if seeds is None else [seeds]
        ids = (
            print_ids(session, slug, chosen, recipe, where, all_recipes=all_recipes)
            if chosen or where
            else None
        )
        job = session.upscale(slug, ids, settings)
        if not job:
            raise UpscaleError(
                f"{slug} has no starred print.", hint=f"Star some with: edition star {slug} SEEDS"
            )
        if not detach:
            wait_for(session, job, "upscale", again=f"edition upscale {slug}")
        files = [
            p.upscaled
            for p in print_queries.get(session, job_queries.print_ids(session, job)).values()
        ]
        made = [str(session.root / file) for file in files if file]
    if as_json:
        report({"job": job, "files": made})
    elif detach:
        say("Queued; watch: edition press status")
    else:
        for file in made:
            say(file)


def versions(
    slug: Annotated[str, typer.Argument(help="The edition.")],
    seeds: Annotated[list[str], typer.Argument(help="Seeds: 7, 1,5,9 or 1..16.")],
    recipe: Recipe = "",
    all_recipes: AllRecipes = False,
    choose: Annotated[int, typer.Option(help="The number of the one that goes to paper.")] = 0,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """List the enlarged versions of prints, and choose the one that goes to paper.

    The last one that was asked for is chosen until you choose another. The figure is the PSNR of
    a version, made smaller again, with its print: higher keeps more of what was there.

    Example: edition versions pocket-dreams 7 --choose 2
    """
    with open_desk() as session:
        ids = print_ids(session, slug, seeds, recipe, all_recipes=all_recipes)
        prints = print_queries.get(session, ids)
        if choose:
            for item in prints.values():
                all_versions.choose(session, item, choose)
            prints = print_queries.get(session, ids)
        found = {item: all_versions.versions(session, item) for item in prints.values()}
    if as_json:
        rows = [{"seed": i.seed, "versions": [asdict(v) for v in vs]} for i, vs in found.items()]
        report(rows)
        return
    table(
        ("seed", "version", "method", "size", "fidelity dB", "licence", "file"),
        [
            (
                item.seed, f"{version.number}{' ◂' if version.chosen else ''}",
                f"{version.method} ({version.came_of})" if version.came_of else version.method,
                f"{version.width} x {version.height}",
                "" if version.fidelity_db is None else f"{version.fidelity_db:.1f}",
                version.licence, version.file if version.here else "gone",
            )
            for item, each in found.items() for version in each
        ],
    )  # fmt: skip


def list_upscalers(*, as_json: bool) -> None:
    """Lists the upscalers."""
    if as_json:
        report([asdict(row) for row in UPSCALERS.values()])
        return
    for row in UPSCALERS.values():
        say(f"{row.name:12} {row.summary}")
        if row.needs:
            say(f"{'':12} needs {row.needs}")
        if row.licence:
            say(f"{'':12} licence: {row.licence}")
