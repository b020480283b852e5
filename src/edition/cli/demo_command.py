"""The verb that runs every step, and prints how long each took."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from edition.actions import job_queries, print_queries, proofs
from edition.actions.diverse_selection import farthest_picks
from edition.actions.example_editions import EMBEDDED as SLUG
from edition.actions.example_editions import put_example
from edition.cli.render_commands import wait_for
from edition.cli.shared_options import JsonFlag, open_desk, report, say
from edition.recipe.seeds import parse_seeds
from edition.text_format import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.actions.session import Session

_BY_MAKE = "MAKELEVEL" in os.environ
"""Started by make; an installed package has no Makefile."""
_AGAIN = "make demo" if _BY_MAKE else "edition demo"


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command()(demo)


def demo(
    seeds: Annotated[str, typer.Option(help="Which seeds to render.")] = "1..24",
    picks: Annotated[int, typer.Option(min=1, help="How many to star.")] = 8,
    as_json: Annotated[bool, JsonFlag] = False,
) -> None:
    """Run every step: render, stack, star, upscale, contact sheet, wall proof."""
    wanted = parse_seeds(seeds)
    stages: dict[str, float] = {}

    def stage(name: str, work: Callable[[], str]) -> None:
        started = time.monotonic()
        told = work()
        stages[name] = round(time.monotonic() - started, 1)
        if not as_json:
            say(f"{stages[name]:7.1f} s  {told}")

    with open_desk() as session:
        put_example(session.root)
        started = time.monotonic()
        stage("render", lambda: _render(session, wanted))
        stage("stack", lambda: f"{session.restack(SLUG)} stacks of near-duplicates")
        stage("star", lambda: _star(session, farthest_picks(session, SLUG, picks)))
        stage("upscale", lambda: _upscale(session))
        stage("sheet", lambda: f"contact sheet {proofs.make(session, SLUG, 'sheet').file}")
        stage("wall", lambda: f"wall proof {proofs.make(session, SLUG, 'wall').file}")
        total = round(time.monotonic() - started, 1)
        found = [str(path) for path in session.proofs(SLUG)]
    if as_json:
        report({"stages": stages, "total": total, "proofs": found})
    else:
        look = "make run" if _BY_MAKE else f"edition open {SLUG}"
        say(f"{total:7.1f} s  in all. Look at them, then: {look}")


def _render(session: Session, seeds: tuple[int, ...]) -> str:
    job = session.render(SLUG, seeds)
    each = wait_for(session, job, "render", again=_AGAIN).seconds_each if job else 0.0
    pace = f", {duration(each)} each" if each else ", there already"
    return f"{len(seeds)} prints of {SLUG}{pace}"


def _star(session: Session, ids: tuple[int, ...]) -> str:
    session.mark(ids, "star")
    seeds = sorted(p.seed for p in print_queries.get(session, ids).values())
    return f"starred the {len(ids)} most diverse: seeds {', '.join(map(str, seeds))}"


def _upscale(session: Session) -> str:
    job = session.upscale(SLUG)
    wait_for(session, job, "upscale", again=_AGAIN)
    settings = session.recipe(SLUG).upscale
    side = round(session.recipe(SLUG).sampling.width * settings.scale)
    number = len(job_queries.print_ids(session, job))
    return f"{number} prints upscaled to {side} x {side} with {settings.method}"
