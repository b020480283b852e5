"""The shelf's list: a card for each edition, with a strip of its newest prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import var

from edition.text_format import clean
from edition.tui import format_status
from edition.tui.messages import Moved, Opened
from edition.tui.widgets.ansi_canvas import AnsiCanvas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from textual import events

    from edition.actions.editions import EditionCard
    from edition.domain import Job
    from edition.tui.terminal.ansi_style import Span
    from edition.tui.terminal.image_backend import ImageBackend


class EditionList(AnsiCanvas, can_focus=True):
    """Cards of equal height: title and counts, the prompt, the newest prints."""

    cursor: var[int] = var(0)

    def __init__(self, graphics: ImageBackend, root: Path, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.root = root
        self.graphics = graphics
        self.cards: tuple[EditionCard, ...] = ()
        self.jobs: dict[str, Job] = {}
        self.top = 0
        self.first = ""
        """The edition that is selected when cards come for the first time."""
        self._rgb: dict[int, bytes] = {}
        self._pictures: dict[tuple[int, int], tuple[str, ...]] = {}

    @property
    def across(self) -> int:
        """Width of a thumbnail, cells; small where cards would not fit."""
        return 16 if self.size.height >= 34 and len(self.cards) * 12 <= self.size.height else 8

    @property
    def card_height(self) -> int:
        """Lines of a card: title, prompt, strip, blank."""
        return self.graphics.down(self.across) + 3

    @property
    def fits(self) -> int:
        """Cards on screen."""
        return max(1, self.size.height // self.card_height)

    @property
    def current(self) -> EditionCard | None:
        """The selected edition."""
        return self.cards[self.cursor] if 0 <= self.cursor < len(self.cards) else None

    def strip_length(self, width: int) -> int:
        """Thumbnails in a strip."""
        return max(1, (width - 4) // (self.across + 1))

    def show(self, cards: tuple[EditionCard, ...], rgb: Mapping[int, bytes]) -> None:
        """Replaces the cards; the selection stays on its edition."""
        slug = self.current.slug if self.current else self.first
        self.cards = cards
        self._rgb = dict(rgb)
        shown = {i for card in cards for i in card.newest}
        self._pictures = {key: p for key, p in self._pictures.items() if key[0] in shown}
        at = next((i for i, card in enumerate(cards) if card.slug == slug), self.cursor)
        self.set_reactive(EditionList.cursor, max(0, min(at, len(cards) - 1)))
        self._reveal()
        self.repaint()

    def show_jobs(self, jobs: dict[str, Job]) -> None:
        """What the press does for which edition."""
        if jobs != self.jobs:
            self.jobs = jobs
            self.repaint(*[i * self.card_height + 1 for i in range(self.fits)])

    def go(self, index: int) -> None:
        """Selects a card by its place."""
        self.cursor = max(0, min(index, len(self.cards) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paints the two cards that differ."""
        if self.is_mounted and old != new:
            self._reveal()
            self.repaint()
            self.post_message(Moved(new))

    def _reveal(self) -> None:
        self.top = max(min(self.top, self.cursor), self.cursor - self.fits + 1, 0)

    def on_resize(self, event: events.Resize) -> None:
        """Keeps the selection on screen."""
        super().on_resize(event)
        self._reveal()

    def paint(self, y: int, width: int) -> str:
        """A line of a card."""
        row, line = divmod(y, self.card_height)
        index = self.top + row
        if index >= len(self.cards) or row >= self.fits:
            return self.ink.line(width, ())
        card, picked = self.cards[index], index == self.cursor
        if line == self.card_height - 1:
            return self.ink.line(width, ())
        edge: Span = ("accent", "▌ ") if picked else ("text", "  ")
        if line == 0:
            return self.ink.line(width, [edge, *_title(card, picked=picked)], _counts(card))
        if line == 1:
            return self.ink.line(width, [edge, *self._second(card, width)])
        return self._strip_line(card, edge, line - 2, width)

    def _second(self, card: EditionCard, width: int) -> tuple[Span, ...]:
        job = self.jobs.get(card.slug)
        if job is not None:
            size = max(8, min(40, width // 3))
            words = clean(job.message) or ("waiting" if job.state == "queued" else job.state)
            left = format_status.left_words(job)
            progress = format_status.bar(job.done, job.total, size)
            return (*progress, ("text", f"  {job.done}/{job.total}"), ("dim", f"  {words}{left}"))
        if card.error:
            short = card.error.replace(f"{self.root}/{card.slug}/", "")
            return (("error", clean(short)),)
        if card.folders:
            place = ("dim", clean("in " + ", ".join(card.folders)))
            return (("accent", f"{card.reading}  "), place) if card.reading else (place,)
        return (("dim", clean(card.recipe.prompt.positive) if card.recipe else ""),)

    def _strip_line(self, card: EditionCard, edge: Span, line: int, width: int) -> str:
        ids = card.newest[: self.strip_length(width)]
        if not ids:
            words = "No prints yet." if line == 1 else ""
            return self.ink.line(width, [edge, ("dim", words)])
        ground = self.ink.tones["text"]
        body = f"{ground} ".join([self._picture(i)[line] for i in ids])
        used = 2 + len(ids) * (self.across + 1) - 1
        start = self.ink.paint([edge])
        return f"{start}{body}{ground}{' ' * max(0, width - used)}\x1b[0m"

    def _picture(self, print_id: int) -> tuple[str, ...]:
        key = (print_id, self.across)
        if key not in self._pictures:
            rgb = self._rgb.get(print_id, b"")
            blank = (" " * self.across,) * self.graphics.down(self.across)
            drawn = self.graphics.thumb(print_id, rgb, self.across, shade=False) if rgb else blank
            self._pictures[key] = drawn
        return self._pictures[key]

    def notify_style_update(self) -> None:
        """Another theme."""
        super().notify_style_update()
        self._pictures.clear()

    def on_click(self, event: events.Click) -> None:
        """One click selects, two open."""
        index = self.top + event.y // self.card_height
        if index < len(self.cards):
            self.go(index)
            if event.chain == 2:
                self.post_message(Opened(index))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The next card."""
        self.go(self.cursor + 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The card before."""
        self.go(self.cursor - 1)


def _title(card: EditionCard, *, picked: bool) -> tuple[Span, ...]:
    artist = f"   {clean(card.artist)}" if card.artist else ""
    return (("bright" if picked else "text", clean(card.title)), ("dim", artist))


def _counts(card: EditionCard) -> tuple[Span, ...]:
    proofs: tuple[Span, ...] = (("dim", f"  ▤ {len(card.proofs)}"),) if card.proofs else ()
    return (*format_status.counts(card.counts, apart=True), *proofs, ("text", " "))
