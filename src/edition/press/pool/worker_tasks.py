"""What a worker can do: batches of prints, enlargements, films, trainings. No library, no queue."""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edition import atomic, paths
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.render_request import RenderRequest
from edition.diffusion.resolve import find
from edition.errors import BrokenImages, EditionError, ModelError, OutOfMemory, Stopped
from edition.library import metadata
from edition.library.metadata import Origin
from edition.press.film_take import FilmTake, film
from edition.press.ingest import describe
from edition.press.pool.task_bodies import opened_png, png_of, recipe_of
from edition.press.pool.worker_messages import Unfit, fault, versions
from edition.press.upscaled_print import enlarged_png

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from PIL import Image

    from edition.diffusion.render_request import OnEstimate
    from edition.domain import NewPrint
    from edition.press.pool.worker_messages import Message
    from edition.press.pool.worker_server import TaskReporter
    from edition.recipe.recipe import Recipe

CANARY_SEED = 1


@dataclass(frozen=True, slots=True)
class DrawnPrint:
    """A print as a worker gives it back: its bytes, or none where it wrote them in place."""

    row: NewPrint
    data: bytes | None


@dataclass(frozen=True, slots=True)
class LostPrint:
    """A print of a batch that came to nothing."""

    place: int
    fault: Message
    together: int


class Core:
    """One device with at most one model on it, and what is done with it."""

    def __init__(self, device: str, root: Path, *, sees_library: bool) -> None:
        """Takes the device; loads nothing yet.

        Args:
            device: as torch names it.
            root: of the press's library, as this machine would call it.
            sees_library: whether it is there.

        Raises:
            ModelError: the device isn't there.
        """
        self.bench = self.bench_of(device)
        self.root, self.sees_library = root, sees_library
        self._loaded: tuple[str, ...] | None = None
        self._told: set[str] = set()
        self._proved: set[tuple[str, str]] = set()
        self._fingerprints = Fingerprints(paths.fingerprints_file(root) if sees_library else None)

    def bench_of(self, device: str) -> Any:  # noqa: ANN401 - device_session.DeviceSession, which needs torch
        """What computes."""
        from edition.press.device_session import DeviceSession

        return DeviceSession(device, lambda text: print(f"note: {text}", file=sys.stderr))  # noqa: T201 - the log

    def versions(self) -> dict[str, str]:
        """Of all that decides what a seed looks like."""
        return versions()

    def do(self, task: Message, talk: TaskReporter) -> Callable[[], Any]:
        """Does a task; what it returns gives the task's value, in another thread."""
        found: Callable[[], Any] = getattr(self, f"_{task['do']}")(task, talk)
        return found

    def unload(self) -> None:
        """Gives the device's memory back."""
        self._loaded = None
        self.bench.unload()

    def home(self, slug: str) -> Path | None:
        """An edition's folder, where this machine sees it."""
        return paths.edition_folder(self.root, slug) if self.sees_library else None

    def _open(self, task: Message, talk: TaskReporter) -> Callable[[], Any]:
        """Loads a recipe's model, and returns what the press must know to make batches."""
        recipe = recipe_of(task["recipe"])
        self._load(task, recipe, talk)
        bench, device = self.bench, self.bench.device
        bench.device = replace(device, memory_bytes=min(device.memory_bytes, task["memory"]))
        try:
            size = bench.batch_size(recipe)
        finally:
            bench.device = device
        facts = {"mixed": bench.renderer.mixed, "size": size, "title": device.title}
        return lambda: facts

    def _load(self, task: Message, recipe: Recipe, talk: TaskReporter) -> None:
        """Makes the recipe's model the loaded one, if it is the press's own.

        Raises:
            Unfit: it is missing here, has other weights, can't be loaded, or draws the canary
                seed otherwise than the first worker did.
        """
        try:
            self._load_proved(task, recipe, talk)
        except Stopped:
            raise
        except EditionError as error:
            raise Unfit(error) from error

    def _load_proved(self, task: Message, recipe: Recipe, talk: TaskReporter) -> None:
        wanted = task["fingerprint"]
        named, home, found = self.find(recipe, task["slug"], wanted)
        key = (found, recipe.sampling.dtype, recipe.model.model_dump_json())
        if key != self._loaded:
            talk.tell("loading", model=recipe.model.base)
            self._loaded = None
            self.bench.load(named, found, home)
            self._loaded = key
            talk.tell("model")
        proof = (found, repr(task.get("canary")))
        if task.get("canary") and proof not in self._proved:
            talk.prove(self._canary(task["canary"]))
            self._proved.add(proof)

    def find(self, recipe: Recipe, slug: str, wanted: str) -> tuple[Recipe, Path | None, str]:
        """The recipe as its files are called here: in the library, or in this machine's models."""
        here = paths.models_folder()
        ways = [(recipe, self.home(slug)), (_by_name(recipe), here)]
        reason: EditionError | None = None
        for named, home in ways:
            try:
                found = self._fingerprints.of(find(named.model, home))
                return named, home, equal(found, wanted, recipe)
            except EditionError as error:
                reason = reason or error
        if reason is None or self.sees_library:
            raise reason or ModelError(f"The model {recipe.model.base} is missing.")
        raise ModelError(
            reason.message, hint=f"Copy the model's folder or file into {here} on that machine."
        )

    def _canary(self, wish: Message) -> str:
        """What one seed looks like on this device, by a recipe and in a shape that all share."""
        cell = RenderRequest(recipe_of(wish["recipe"]), CANARY_SEED)
        picture = self.bench.draw((cell,) * wish["places"], 1, None, None)[0]
        return hashlib.sha256(picture.convert("RGB").tobytes()).hexdigest()

    def _render(self, task: Message, talk: TaskReporter) -> Callable[[], Any]:
        """Draws a batch; the prints are encoded by what it returns."""
        recipes = {digest: recipe_of(text) for digest, text in task["recipes"].items()}
        items, wanted, slug = task["items"], task["wanted"], task["slug"]
        self._load(task, recipes[items[0][0]], talk)
        images = {key: opened_png(data) for key, data in task["images"].items()}
        cells = [
            RenderRequest(r := recipes[digest], seed, images.get(r.init.file) if r.init else None)
            for digest, seed in items
        ]
        began = time.monotonic()
        drawn, lost = self._draw(cells, wanted, talk)
        seconds = (time.monotonic() - began) / wanted
        cut = tuple(line for d, r in recipes.items() for line in self._cut(d, r))
        made = {
            digest: self.bench.made_with(recipe, task["fingerprint"], len(items)) | task["files"]
            for digest, recipe in recipes.items()
        }

        def finish() -> Message:
            prints = [
                self.encode(image, Origin(
                    r := recipes[items[place][0]], items[place][0], items[place][1],
                    made[items[place][0]], {}, r.init.parent if r.init else "",
                ), slug, seconds, talk)
                for place, image in drawn.items()
            ]  # fmt: skip
            return {"prints": prints, "lost": lost, "seconds": seconds, "cut": cut}

        return finish

    def _cut(self, digest: str, recipe: Recipe) -> tuple[str, ...]:
        """What the model does not read of a recipe's prompts, reported once a recipe."""
        if digest in self._told:
            return ()
        self._told.add(digest)
        memory = (self.bench.memory,) if self.bench.memory else ()
        return (*self.bench.cut(recipe), *memory)

    def _draw(
        self, cells: Sequence[RenderRequest], wanted: int, talk: TaskReporter
    ) -> tuple[dict[int, Image.Image], list[LostPrint]]:
        """Draws a batch; where it fails, each print alone, in its shape."""

        def on_step(step: int, steps: int, latents: torch.Tensor) -> None:
            talk.step(step, steps, lambda: self.bench.previews(latents)[:wanted])

        try:
            for recipe in {id(cell.recipe): cell.recipe for cell in cells}.values():
                self.bench.check(recipe)
            images = self.bench.draw(cells, wanted, on_step, None)
        except (Stopped, OutOfMemory):
            raise
        except BrokenImages as error:  # the other pictures of the batch are whole
            there = error.pictures[:wanted] or (None,) * wanted
            bad = [k for k, image in enumerate(there) if image is None]
            lost = [LostPrint(k, fault(error), wanted) for k in bad]
            return {k: image for k, image in enumerate(there) if image is not None}, lost
        except Exception as error:
            if wanted == 1:
                return {}, [LostPrint(0, fault(error), 1)]
            found: dict[int, Image.Image] = {}
            lost = []
            for place in range(wanted):
                one, bad_one = self._draw((cells[place],) * len(cells), 1, talk)
                if one:
                    found[place] = one[0]
                lost += [replace(item, place=place) for item in bad_one]
            return found, lost
        return dict(enumerate(images)), []

    def encode(
        self, image: Image.Image, origin: Origin, slug: str, seconds: float, talk: TaskReporter
    ) -> DrawnPrint:
        """Makes a print's file, in place where the library is seen."""
        talk.check()
        data = metadata.encode(image, origin)
        path = paths.print_file(self.root, slug, origin.digest, origin.seed)
        if self.sees_library:
            atomic.write(path, data)
        row = describe(
            image, origin, slug=slug, file=path.relative_to(self.root).as_posix(),
            made=time.time(), seconds=seconds, sha256=hashlib.sha256(data).hexdigest(),
        )  # fmt: skip
        return DrawnPrint(row, None if self.sees_library else data)

    def _enlarge(self, task: Message, talk: TaskReporter) -> Callable[[], Any]:
        """Enlarges one print."""

        def progress(step: int, steps: int, preview: Callable[[], bytes] | None) -> None:
            talk.step(step, steps, lambda: (preview(),) if preview else ())

        began = time.monotonic()
        data, size, facts = enlarged_png(
            opened_png(task["picture"]), task["origin"], task["settings"],
            device=self.bench.device.name, progress=progress,
        )  # fmt: skip
        seconds = time.monotonic() - began
        if self.sees_library:
            atomic.write(self.root / task["file"], data)
        value = {
            "size": size, "facts": facts, "seconds": seconds,
            "sha256": hashlib.sha256(data).hexdigest(),
            "data": None if self.sees_library else data,
        }  # fmt: skip
        return lambda: value

    def _film(self, task: Message, talk: TaskReporter) -> Callable[[], Any]:
        """Films one print; its files are written in place, or given back."""
        recipe = recipe_of(task["recipe"])
        self._load(task, recipe, talk)
        self.bench.check(recipe)
        images = {key: opened_png(data) for key, data in task["images"].items()}
        cell = RenderRequest(
            recipe, task["seed"], images.get(recipe.init.file) if recipe.init else None
        )
        places = task["places"] or self.bench.batch_size(recipe)
        with tempfile.TemporaryDirectory(prefix="edition-film-") as made:
            folder = self.root / task["folder"] if self.sees_library else Path(made)

            def on_step(step: int, steps: int, latents: torch.Tensor) -> None:
                talk.step(step, steps, lambda: self.bench.previews(latents)[:1])

            def on_frame(k: int, each: float) -> None:
                talk.check()
                talk.event("frame", k, each)

            def draw(on_estimate: OnEstimate) -> Image.Image:
                cells = (cell,) * places
                drawn: list[Image.Image] = self.bench.draw(cells, 1, on_step, on_estimate)
                return drawn[0]

            image = film(self.bench, FilmTake(recipe, task["wish"], folder), draw, on_frame)
            files = {}
            if not self.sees_library:
                files = {p.name: p.read_bytes() for p in Path(made).iterdir() if p.is_file()}
        made_with = self.bench.made_with(recipe, task["fingerprint"], places)
        value = {"image": png_of(image), "made_with": made_with, "files": files}
        return lambda: value

    def _train(self, task: Message, talk: TaskReporter) -> Callable[[], Any]:
        """Trains, or makes a map of trainings; only where the library is seen."""
        from edition.press.training_work import computed

        self.unload()  # the card is wanted whole
        made = computed(
            task["kind"], task["payload"], self.root, task["slug"],
            self.bench.device.name, Watched(talk),
        )  # fmt: skip
        return lambda: made


class Watched:
    """A training's watcher that sends the press all that happens."""

    def __init__(self, talk: TaskReporter) -> None:
        """Speaks of one training."""
        self._talk = talk

    def beat(self) -> None:
        """Ends a training that is no longer wanted."""
        self._talk.check()

    def step(self, facts: Any) -> None:  # noqa: ANN401 - finetune.callbacks.Step
        """Hands a step on, and ends as ``beat`` does."""
        self._talk.event("step", facts)
        self._talk.check()

    def sample(self, step: int, seeds: Sequence[int], images: Sequence[Image.Image]) -> None:
        """Hands samples on, as small as they are shown."""
        small = [image.convert("RGB").resize((32, 32)) for image in images]
        self._talk.event("sample", step, tuple(seeds), small)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """``note``, ``phase``, ``opened``, ``checkpoint``, ``cell``: handed on as they are."""
        return lambda *values: self._talk.event(name, *values)


def equal(found: str, wanted: str, recipe: Recipe) -> str:
    """A model's fingerprint, if it is the press's.

    Raises:
        ModelError: it isn't.
    """
    if found != wanted:
        raise ModelError(
            f"The model {recipe.model.base} has other weights here: fingerprint {found[:12]}, "
            f"the press's is {wanted[:12]}.",
            hint="Copy the press's model to that machine.",
        )
    return found


def _by_name(recipe: Recipe) -> Recipe:
    """The recipe with its files named without folders, as they be in a machine's own."""
    model = recipe.model
    local = model.model_copy(
        update={
            "base": model.base if model.base == "pocket" else Path(model.base).name,
            "embeddings": tuple(Path(name).name for name in model.embeddings),
            "loras": tuple(
                lora.model_copy(update={"file": Path(lora.file).name}) for lora in model.loras
            ),
        }
    )
    return recipe.model_copy(update={"model": local})
