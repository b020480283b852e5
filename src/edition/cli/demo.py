"""The whole road with no hands, and how long each stretch took."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from edition.cli.context import open_desk, report, say
from edition.cli.making import wait_for
from edition.desk.examples import EMBEDDED as SLUG
from edition.desk.examples import put_example

if TYPE_CHECKING:
    from collections.abc import Callable

    from edition.desk.desk import Desk

_BY_MAKE = "MAKELEVEL" in os.environ
"""Started by make; an installed package has no Makefile."""
_AGAIN = "make demo" if _BY_MAKE else "edition demo"


def run(seeds: str, picks: int, *, as_json: bool) -> None:
    """Renders, stacks, stars the prints that lie farthest apart, enlarges and proofs them.

    Args:
        seeds: which, as ``parse_seeds`` reads them.
        picks: how many to star.
        as_json: report for a program.
    """
    from edition.desk import proofs
    from edition.desk.picks import farthest_picks
    from edition.recipe.seeds import parse_seeds

    wanted = parse_seeds(seeds)
    stages: dict[str, float] = {}

    def stage(name: str, work: Callable[[], str]) -> None:
        started = time.monotonic()
        told = work()
        stages[name] = round(time.monotonic() - started, 1)
        if not as_json:
            say(f"{stages[name]:7.1f} s  {told}")

    with open_desk() as desk:
        put_example(desk.root)
        started = time.monotonic()
        stage("render", lambda: _render(desk, wanted))
        stage("stack", lambda: f"{desk.restack(SLUG)} stacks of near-duplicates")
        stage("star", lambda: _star(desk, farthest_picks(desk.store, SLUG, picks)))
        stage("upscale", lambda: _upscale(desk))
        stage("sheet", lambda: f"contact sheet {proofs.make(desk, SLUG, 'sheet').file}")
        stage("wall", lambda: f"wall proof {proofs.make(desk, SLUG, 'wall').file}")
        total = round(time.monotonic() - started, 1)
        found = [str(path) for path in desk.proofs(SLUG)]
    if as_json:
        report({"stages": stages, "total": total, "proofs": found})
    else:
        look = "make run" if _BY_MAKE else f"edition open {SLUG}"
        say(f"{total:7.1f} s  in all. Look at them, then: {look}")


def _render(desk: Desk, seeds: tuple[int, ...]) -> str:
    from edition.desk.words import duration

    job = desk.render(SLUG, seeds)
    each = wait_for(desk, job, "render", again=_AGAIN).seconds_each if job else 0.0
    pace = f", {duration(each)} each" if each else ", there already"
    return f"{len(seeds)} prints of {SLUG}{pace}"


def _star(desk: Desk, ids: tuple[int, ...]) -> str:
    desk.mark(ids, "star")
    seeds = sorted(p.seed for p in desk.store.prints.get(ids).values())
    return f"starred the {len(ids)} that lie farthest apart: seeds {', '.join(map(str, seeds))}"


def _upscale(desk: Desk) -> str:
    job = desk.upscale(SLUG)
    wait_for(desk, job, "upscale", again=_AGAIN)
    settings = desk.recipe(SLUG).upscale
    side = round(desk.recipe(SLUG).sampling.width * settings.scale)
    number = len(desk.store.jobs.get(job).payload["ids"])
    return f"{number} prints upscaled to {side} x {side} with {settings.method}"
