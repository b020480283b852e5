"""The output of `list` and `show`, apart from their options: the short way calls them too."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edition import paths
from edition.actions import editions, print_queries
from edition.cli.output import open_desk, report, root, say, table

if TYPE_CHECKING:
    from edition.recipe.recipe import Recipe


def list_editions(*, as_json: bool) -> None:
    """Lists the library's editions."""
    with open_desk() as session:
        cards = editions.cards(session)
    if as_json:
        report(
            [
                {
                    "slug": c.slug,
                    "title": c.title,
                    "artist": c.artist,
                    **asdict(c.counts),
                    "error": c.error,
                }
                for c in cards
            ]
        )
    elif not cards:
        say(f"There is no edition in {root()} yet. Make one with: edition new my-edition")
    else:
        table(
            ("edition", "prints", "starred", "rejected", "stacks", "upscaled", "title"),
            [
                (
                    c.slug, c.counts.prints, c.counts.starred, c.counts.rejected, c.counts.stacks,
                    c.counts.upscaled, c.title if not c.error else "invalid recipe: edition show",
                )
                for c in cards
            ],
        )  # fmt: skip


def show(slug: str, *, as_json: bool) -> None:
    """Shows an edition."""
    from edition.actions import model_changes  # `list` needs no recipes

    with open_desk() as session:
        recipe = session.recipe(slug)
        card = editions.card(session, slug)
        folder = paths.edition_folder(session.root, slug)
        digests = print_queries.digests(session, slug)
        former = model_changes.former_weights(session, slug)
    facts: dict[str, Any] = {
        "slug": slug,
        "title": recipe.title,
        "artist": recipe.artist,
        "folder": str(folder),
        **asdict(card.counts),
        "proofs": [str(paths.proofs_folder(root(), slug) / name) for name in card.proofs],
        "adopted": list(card.folders),
        "recipes": {digest: made for digest, made in digests},
        "former_weights": [asdict(one) for one in former],
        "recipe": recipe.model_dump(mode="json"),
    }
    if as_json:
        report(facts)
        return
    say(f"{recipe.title}" + (f", by {recipe.artist}" if recipe.artist else ""))
    for place in card.folders:
        say(f"  adopted   {place}")
    if not card.folders:
        _say_recipe(recipe)
    counts = card.counts
    say(
        f"  prints    {counts.prints}, starred {counts.starred}, rejected {counts.rejected}, "
        f"stacks {counts.stacks}, upscaled {counts.upscaled}"
    )
    for one in former:
        say(f"  former    {one.words}")
    for proof in facts["proofs"]:
        say(f"  proof     {proof}")
    say(f"  folder    {folder}")


def _say_recipe(recipe: Recipe) -> None:
    sampling = recipe.sampling
    say(f"  prompt    {recipe.prompt.positive}")
    if recipe.prompt.negative:
        say(f"  against   {recipe.prompt.negative}")
    say(
        f"  drawn     {recipe.model.base}, {sampling.sampler}, {sampling.steps} steps, guidance "
        f"{sampling.guidance:g}, {sampling.width} x {sampling.height}"
    )
