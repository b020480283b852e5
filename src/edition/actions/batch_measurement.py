"""Measures how many of an edition's prints to draw together, and keeps that for its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition import paths
from edition.actions.queueing import refuse_adopted
from edition.diffusion import init_image
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.resolve import find
from edition.errors import PressError
from edition.press import batch_timing
from edition.press.batching import measured_key, size_key, todo_maker

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.press.batch_timing import BatchTiming


@dataclass(frozen=True, slots=True)
class MeasuredBatches:
    """What was measured, and what is taken from now on."""

    device: str
    """What a person calls it."""
    timings: tuple[BatchTiming, ...]
    places: int
    """Of the batches from now on."""
    chosen: bool
    """By this measurement; False where prints were begun with another size, which stays."""


def measure(session: Session, slug: str, device: str = "auto") -> MeasuredBatches:
    """Draws an edition's recipe in batches of several sizes and keeps the fastest in the library.

    A size that prints were begun with stays, so that a seed keeps its bytes on this device. Nothing
    that is drawn is filed.

    Args:
        session: the library.
        slug: the edition.
        device: see ``edition.diffusion.device``.

    Raises:
        PressError: the press is at work: what is measured beside it means nothing.
        ModelError: the model is missing, or can't draw the recipe.
    """
    refuse_adopted(session.root, slug)
    state = session.press_state()
    if state.pid and state.state in ("loading", "working"):
        raise PressError(
            "The press is at work, and beside it nothing can be measured.",
            hint="Wait for it, or stop it first: edition press stop",
        )
    from edition.press.device_session import DeviceSession  # torch, when it is needed

    home = paths.edition_folder(session.root, slug)
    recipe = init_image.with_init_digest(session.recipe(slug), home)
    model = find(recipe.model, home)
    fingerprint = Fingerprints(paths.fingerprints_file(session.root)).of(model)
    image = init_image.picture(recipe.init, home) if recipe.init else None
    bench = DeviceSession(device)
    bench.load(recipe, fingerprint, home)
    bench.check(recipe)
    timings = batch_timing.measure(
        bench, lambda places: [RenderRequest(recipe, seed, image) for seed in range(1, places + 1)]
    )
    item = todo_maker(recipe, recipe.digest(fingerprint))(1, ())
    key, best = size_key(fingerprint, item, bench.device.title), batch_timing.fastest(timings)
    begun = session.store.setting(key)
    if not begun:
        session.store.remember(measured_key(key), str(best))
    return MeasuredBatches(bench.device.title, timings, int(begun or best), not begun)
