"""Facts in words: an edition's counts, a print's marks, state of the press. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len

from edition import paths
from edition.domain import Counts, FoundFacts, Job, PressState, Print, WorkerState
from edition.text_format import clean, count, duration, factor
from edition.tui.terminal_text import fit, when, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.actions.versions import UpscaledVersion
    from edition.recipe.recipe import Recipe
    from edition.tui.terminal.ansi_style import Row, Span


@dataclass(frozen=True, slots=True)
class PressView:
    """The press and its queue at one moment."""

    state: PressState = field(default_factory=PressState)
    jobs: tuple[Job, ...] = ()
    """Live ones, in the order of work."""

    @property
    def job(self) -> Job | None:
        """The running job, or the first that waits."""
        running = [job for job in self.jobs if job.state == "running"]
        return next(iter(running or self.jobs), None)


def counts(numbers: Counts, *, apart: bool = False) -> tuple[Span, ...]:
    """``24 prints  ★ 3  ✕ 1  ≡ 2``: zero counts are left out.

    Args:
        numbers: of an edition.
        apart: cells of studies are counted for themselves: ``24 prints + 36 cells``.
    """
    cells = numbers.cells if apart else 0
    spans: list[Span] = [("text", count(numbers.prints - cells, "print"))]
    if cells:
        spans.append(("dim", f" + {count(cells, 'cell')}"))
    for sign, number, tone in (
        ("★", numbers.starred, "accent"),
        ("✕", numbers.rejected, "dim"),
        ("≡", numbers.stacks, "dim"),
        ("▲", numbers.upscaled, "good"),
    ):
        if number:
            spans.append((tone, f"  {sign} {number:,}"))
    return tuple(spans)


def left_seconds(job: Job) -> float:
    """Measured time left of a job; 0 when nothing is known yet."""
    return job.seconds_each * max(0, job.total - job.done)


def worker_lines(workers: Sequence[WorkerState], most: int) -> list[str]:
    """The press's workers, a line each: where, on what, with which model, how fast, what was lost.

    Args:
        workers: of the press.
        most: lines; where there are more, the last one says how many.
    """
    lines = []
    for worker in workers:
        facts = [f"{worker.name}  {worker.machine}", worker.device, worker.state, worker.model]
        if worker.seconds_each:
            facts.append(f"{duration(worker.seconds_each)} a picture")
        if worker.lost:
            facts.append(f"{count(worker.lost, 'batch')} lost")
        facts.append(worker.words)
        lines.append(clean(" · ".join(fact for fact in facts if fact)))
    if len(lines) > most:
        lines[most - 1 :] = [f"and {count(len(lines) - most + 1, 'worker')} more"]
    return lines


def press_chip(view: PressView, slug: str = "") -> tuple[Span, ...]:
    """What the press does, in a few words for a corner.

    Args:
        view: press and queue.
        slug: the edition one looks at; another one's job is named.
    """
    job, state = view.job, view.state.state
    if job is None:
        return (("dim", "press idle"),) if state not in ("off", "stopping") else ()
    if state == "off":
        return (("dim", f"{count(len(view.jobs), 'job')} waiting, press off"),)
    if state == "paused" or job.state == "paused":
        return (("accent", "‖ "), ("dim", f"paused {job.done}/{job.total}"))
    other = f"{clean(job.slug)} " if slug and job.slug != slug else ""
    spans: list[Span] = [("accent", "● "), ("text", f"{other}{job.done}/{job.total}")]
    if state == "loading" and job.state == "running" and not job.done:
        spans.append(("dim", "  loading the model"))
    elif state == "starting":
        spans.append(("dim", "  starting"))
    elif job.seconds_each:
        each, left = duration(job.seconds_each), duration(left_seconds(job))
        spans.append(("dim", f"  {each} each, {left} left"))
    elif view.state.steps:
        spans.append(("dim", f"  step {view.state.step}/{view.state.steps}"))
    return tuple(spans)


def bar(done: int, total: int, width: int) -> tuple[Span, ...]:
    """A thin progress bar."""
    full = 0 if total <= 0 else min(width, round(width * done / total))
    return (("accent", "━" * full), ("faint", "─" * (width - full)))


def marks(item: Print) -> tuple[Span, ...]:
    """A print's marks in words."""
    m = item.marks
    spans: list[Span] = []
    if m.star:
        spans.append(("accent", "★ starred  "))
    if m.reject:
        spans.append(("error", "✕ rejected  "))
    if m.rating:
        spans.append(("bright", "▪" * m.rating + "·" * (5 - m.rating) + f" {m.rating}  "))
    if m.label:
        spans.append((m.label, f"● {m.label}  "))
    if item.stack_size > 1:
        where = "best of" if item.stack == item.id else "one of"
        spans.append(("dim", f"≡ {where} a stack of {item.stack_size}  "))
    if item.upscaled:
        spans.append(("good", "▲ upscaled  "))
    if item.trash:
        spans.append(("error", "in the trash  "))
    return tuple(spans) or (("dim", "undecided"),)


def caption(item: Print) -> str:
    """A print below its picture: mark, seed, rating, label, told apart without colour."""
    m = item.marks
    sign = "★ " if m.star else "✕ " if m.reject else ""
    rating = "   " + "▪" * m.rating + "·" * (5 - m.rating) if m.rating else ""
    label = f"   ● {m.label}" if m.label else ""
    return f"{sign}{name_of(item)}{rating}{label}"


def empty_table(
    counts: Counts,
    key: Callable[[str], str],
    *,
    in_trash: bool,
    printing: bool,
    reading: str = "",
) -> list[Span]:
    """The text of a light table without prints: why, and what to do.

    Args:
        counts: of the edition.
        key: gives an action's keys.
        in_trash: whether the trash was asked for.
        printing: whether the press makes prints of this edition.
        reading: how far the reading of its adopted folders has come.
    """
    if (in_trash and not counts.trash) or (counts.trash and not counts.prints):
        return _no_print_but_trash(counts.trash, key)
    if counts.prints and counts.prints == counts.cells:
        walk, too = key("studies").split()[0], key("show-cells").split()[0]
        return [
            ("bright", f"All {count(counts.prints, 'print')} are cells of studies."),
            ("dim", f"{walk} opens the studies, {too} shows the cells here"),
        ]
    if counts.prints:
        return [
            ("bright", "No prints match this filter."),
            ("dim", f"{key('back').split()[0]} shows all {count(counts.prints, 'print')}"),
        ]
    if reading:
        return [("bright", "Its folders are being read."), ("dim", reading)]
    if printing:
        return [
            ("bright", "The first prints are queued."),
            ("dim", "They appear here as they are rendered."),
        ]
    return [
        ("bright", "No prints yet."),
        ("dim", f"{key('more').split()[0]} renders the recipe's seeds"),
    ]


def _no_print_but_trash(trash: int, key: Callable[[str], str]) -> list[Span]:
    """The text of an empty light table where prints are in the trash, or that was asked for."""
    if not trash:
        return [("bright", "The trash is empty."), ("dim", f"{key('back').split()[0]} goes back")]
    find, undo = key("filter").split()[0], key("undo").split()[0]
    return [
        ("bright", f"All prints are in the trash: {trash:,}."),
        ("dim", f"{find} trash:yes shows them, {undo} undoes the last change"),
    ]


def facts(
    item: Print,
    recipe: Recipe | FoundFacts | None,
    width: int,
    enlarged: Sequence[UpscaledVersion] = (),
) -> list[Row]:
    """A print, its marks and its recipe, as lines of a side panel.

    Args:
        item: the print.
        recipe: as it was made, or what an adopted picture says of that; None when the library
            does not know it.
        width: cells.
        enlarged: its enlarged versions.
    """
    rows: list[Row] = [
        ((("bright", name_of(item)),), ()),
        (marks(item), ()),
        ((("dim", f"{item.width} × {item.height} pixels"),), ()),
        ((("dim", f"made {when(item.made)}"),), ()),
        ((("dim", f"{_kind(item)} {item.digest[:12]}"),), ()),
    ]
    rows += [version_row(version) for version in enlarged]
    if item.tags:
        rows += [((("accent", line),), ()) for line in wrap(hashed(item.tags), width, 3)]
    if item.note:
        rows += [((("text", line),), ()) for line in wrap(clean(item.note), width, 8)]
    if isinstance(recipe, FoundFacts):
        rows += found_rows(recipe, width)
    elif recipe is not None:
        rows += recipe_rows(recipe, width)
    return rows


def name_of(item: Print) -> str:
    """A print as a person calls it: by its seed; an adopted picture by its number and file."""
    name = paths.adopted_name(item.file)
    return f"{item.seed}  {clean(name)}" if name else f"seed {item.seed}"


def _kind(item: Print) -> str:
    return "picture" if paths.adopted_name(item.file) else "recipe"


def found_rows(found: FoundFacts, width: int) -> list[Row]:
    """What an adopted picture says of its making, as lines; only what it says."""
    rows: list[Row] = [((), ())]
    for name, text, most in (("prompt", found.prompt, 8), ("negative", found.negative, 5)):
        if text:
            rows.append(((("dim", name),), ()))
            rows += [((("text", line),), ()) for line in wrap(clean(text), width, most)]
    sampler = clean(found.sampler or "")
    steps = "" if found.steps is None else count(found.steps, "step")
    values = (
        ("made by", found.program),
        ("model", found.model),
        ("sampler", ", ".join(part for part in (sampler, steps) if part)),
        ("guidance", "" if found.guidance is None else f"{found.guidance:g}"),
        ("seed", "" if found.seed is None else str(found.seed)),
    )
    rows += [((("dim", f"{k:10}"), ("text", clean(v))), ()) for k, v in values if v]
    if not found.program:
        rows.append(((("dim", "It doesn't say how it was made."),), ()))
    return rows


def version_words(version: UpscaledVersion) -> str:
    """An enlarged version: how, how much, and how much of the print it keeps."""
    words = f"{clean(version.method)} {factor(version.scale)}"
    db = version.fidelity_db
    return words if db is None else f"{words}  {db:.1f} dB to its source"


def version_row(version: UpscaledVersion) -> Row:
    """An enlarged version: how, and how much of the print it keeps; the chosen one stands out."""
    style = "error" if not version.here else "good" if version.chosen else "dim"
    words = f"{'▲' if version.chosen else ' '} {version_words(version)}"
    return ((style, words if version.here else f"{words}  gone"),), ()


def hashed(tags: tuple[str, ...]) -> str:
    """Tags as a person sees them: ``#fog #night``."""
    return " ".join(f"#{clean(tag)}" for tag in tags)


def recipe_rows(recipe: Recipe, width: int) -> list[Row]:
    """A recipe as lines."""
    rows: list[Row] = [((), ())]
    for name, text, most in (
        ("prompt", recipe.prompt.positive, 8),
        ("negative", recipe.prompt.negative, 5),
    ):
        if text:
            rows.append(((("dim", name),), ()))
            rows += [((("text", line),), ()) for line in wrap(clean(text), width, most)]
    s = recipe.sampling
    rows += [
        ((), ()),
        ((("dim", "model     "), ("text", clean(recipe.model.base))), ()),
        ((("dim", "sampler   "), ("text", f"{s.sampler}, {count(s.steps, 'step')}")), ()),
        ((("dim", "guidance  "), ("text", f"{s.guidance:g}")), ()),
        ((("dim", "size      "), ("text", f"{s.width} × {s.height}")), ()),
        ((("dim", "noise     "), ("text", s.noise)), ()),
    ]
    return rows


def brief(item: Print, recipe: Recipe | FoundFacts | None, width: int, most: int) -> list[Row]:
    """A print in a few lines below the grid."""
    first: Row = (
        (("bright", f" {name_of(item)}   "), *marks(item)),
        (("dim", f"{item.width} × {item.height}   {when(item.made)}   {item.digest[:12]} "),),
    )
    rows = [first]
    if item.tags or item.note:
        tied: tuple[Span, ...] = (("accent", f" {hashed(item.tags)} "),) if item.tags else ()
        rows.append(((*tied, ("text", f" {clean(item.note)}")), ()))
    if recipe is not None and most > len(rows):
        prompt = recipe.prompt if isinstance(recipe, FoundFacts) else recipe.prompt.positive
        text = clean(prompt or "")
        lines = wrap(text, max(10, width - 2), most - len(rows))
        rows += [((("dim", f" {line}"),), ()) for line in lines]
    return rows[:most]


def one_line(item: Print, recipe: Recipe | FoundFacts | None, width: int) -> Row:
    """A print's tags, note and prompt in one line: seed and marks are in its caption."""
    prompt = recipe.prompt if isinstance(recipe, FoundFacts) else recipe and recipe.prompt.positive
    told = (("accent", hashed(item.tags)), ("text", clean(item.note)), ("dim", clean(prompt or "")))
    spans: list[Span] = []
    room = width - 2
    for tone, text in told:
        if text and room > 0:
            cut = text if cell_len(text) <= room else fit(text, room)
            spans.append((tone, f" {cut} "))
            room -= cell_len(cut) + 2
    return tuple(spans), ()


def left_words(job: Job) -> str:
    """Seconds an image and time left, measured; empty before the first."""
    if not job.seconds_each:
        return ""
    return f"  {duration(job.seconds_each)} each, {duration(left_seconds(job))} left"
