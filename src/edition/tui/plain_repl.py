"""Lists and prompts, line by line: for a screen reader, or a terminal that can do nothing else."""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING

from edition.actions import (
    editions,
    history,
    job_queries,
    mark_ops,
    print_queries,
    search,
    trash,
    versions,
)
from edition.actions.seed_selection import of_current_recipe
from edition.actions.session import Session
from edition.domain import LABELS
from edition.errors import EditionError
from edition.text_format import act_words, clean, count
from edition.tui import format_status, plain_exhibitions
from edition.tui.format_status import PressView

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edition.domain import Print

PAGE = 10
"""Prints listed at a time."""
HELP = (
    "Commands:",
    "  editions              all editions",
    "  open NAME             an edition's prints",
    "  next, previous        the next or previous ten",
    "  filter WORDS          only some prints, as star:yes tower; filter alone shows all",
    "  filter sort:ORDER     made, newest, seed, rating, likeness, colour or spread",
    "  tag WORD SEED ...     -WORD removes it",
    "  note SEED WORDS       without words: remove it",
    "  show SEED             a print, its marks and its recipe",
    "  star, unstar, reject, unmark SEED ...",
    "  trash, restore SEED ...   filter trash:yes lists them",
    "  rate N SEED ...       0 to 5",
    "  label COLOUR SEED ...",
    "  undo, redo",
    "  render                the recipe's seeds, then new ones",
    "  upscale               enlarge the starred prints",
    "  proof sheet, proof wall",
    *plain_exhibitions.HELP,
    "  press                 state of the press",
    "  quit",
)


def run(root: Path, slug: str | None, render: str | None) -> int:
    """Talks until the person leaves.

    Args:
        root: the library.
        slug: the edition to open first.
        render: an edition to start rendering at once.

    Returns:
        The exit code.
    """
    session = Session(root)
    try:
        talk = PlainRepl(session, _say)
        if render:
            talk.obey(f"open {render}")
            talk.obey("render")
        talk.obey(f"open {slug}" if slug else "editions")
        _say("Type help for the commands.")
        while not talk.over:
            sys.stdout.write("> ")
            sys.stdout.flush()
            line = sys.stdin.readline()
            if not line:
                break
            talk.obey(line)
    finally:
        session.close()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class PlainRepl:
    """One session: reads a line, prints the answer."""

    def __init__(self, session: Session, say: Callable[[str], None]) -> None:
        self.session = session
        self.say = say
        self.slug = ""
        self.ids: array[int] = array("q")
        self.top = 0
        self.of_recipe = False
        """Whether the filter names a recipe: then seeds mean its prints."""
        self.over = False
        self._acts: dict[str, Callable[[list[str]], None]] = {
            "help": lambda _: self.say("\n".join(HELP)),
            "editions": self._editions,
            "open": self._open,
            "next": lambda _: self._turn(PAGE),
            "previous": lambda _: self._turn(-PAGE),
            "filter": self._filter,
            "show": self._show,
            "rate": self._rate,
            "label": self._label,
            "tag": self._tag,
            "note": self._note,
            "trash": self._trash,
            "restore": self._restore,
            "undo": lambda _: self.say(act_words(history.undo(session)) or "Nothing to undo."),
            "redo": lambda _: self.say(act_words(history.redo(session)) or "Nothing to redo."),
            "render": self._render,
            "upscale": self._upscale,
            "proof": self._proof,
            "hang": self._hang,
            **plain_exhibitions.verbs(session, say),
            "press": lambda _: self._press(),
            "quit": self._quit,
        }

    def obey(self, line: str) -> None:
        """Runs a command line; prints what is wrong with it otherwise."""
        words = line.split()
        if not words:
            return
        try:
            if words[0] in ("star", "unstar", "reject", "unmark"):
                self._mark(words[0], words[1:])
            elif words[0] in self._acts:
                self._acts[words[0]](words[1:])
            else:
                self.say(f"{clean(words[0])} is not known. Type help for the commands.")
        except EditionError as error:
            self.say(f"{clean(error.message)} {clean(error.hint)}".rstrip())

    def _editions(self, _: list[str]) -> None:
        cards = editions.cards(self.session)
        for card in cards:
            c = card.counts
            fault = f", {clean(card.error)}" if card.error else ""
            self.say(
                f"{card.slug}: {clean(card.title)}, {count(c.prints, 'print')}, "
                f"{c.starred} starred, {c.rejected} rejected{fault}"
            )
        if not cards:
            self.say("No editions. Make one with: edition new my-dreams")

    def _open(self, words: list[str]) -> None:
        slug = words[0] if words else self.slug
        self.session.recipe(slug)
        self.slug, self.top = slug, 0
        self._filter([])

    def _filter(self, words: list[str]) -> None:
        self._need()
        query = search.parse(" ".join(words))
        like = self.ids[self.top] if len(self.ids) else 0
        order = query.order or "made"
        self.ids = search.find(self.session, self.slug, query.where, order, like)
        self.of_recipe = any(term.field == "recipe" for term in query.where.terms)
        self.top = 0
        self.say(f"{clean(self.slug)}: {count(len(self.ids), 'print')}.")
        self._turn(0)

    def _turn(self, by: int) -> None:
        self._need()
        if not 0 <= self.top + by < max(1, len(self.ids)):
            self.say("No more prints.")
            return
        self.top += by
        page = list(self.ids[self.top : self.top + PAGE])
        prints = print_queries.get(self.session, page)
        for print_id in page:
            if print_id in prints:
                self.say(sentence(prints[print_id]))

    def _show(self, words: list[str]) -> None:
        for item in self._prints(words):
            self.say(sentence(item))
            enlarged = versions.versions(self.session, item)
            recipe = self.session.print_recipe(item.digest)
            for left, _ in format_status.facts(item, recipe, 76, enlarged)[2:]:
                self.say("  " + "".join(text for _, text in left).strip())

    def _mark(self, kind: str, words: list[str]) -> None:
        ids = tuple(item.id for item in self._prints(words))
        self.say(self.session.mark(ids, kind) or "Nothing changed.")  # type: ignore[arg-type]

    def _trash(self, words: list[str]) -> None:
        self.say(trash.put(self.session, [item.id for item in self._prints(words)]).told)

    def _restore(self, words: list[str]) -> None:
        lying = trash.listed(self.session, self.slug)
        ids = [item.id for item in lying if str(item.seed) in words]
        done = trash.restore(self.session, ids)
        self.say(act_words(done) or "No such print is in the trash.")

    def _rate(self, words: list[str]) -> None:
        if not words or words[0] not in ("0", "1", "2", "3", "4", "5"):
            raise EditionError("A rating is 0 to 5.", hint="Type: rate 4 17")
        ids = tuple(item.id for item in self._prints(words[1:]))
        self.say(self.session.rate(ids, int(words[0])) or "Nothing changed.")

    def _label(self, words: list[str]) -> None:
        colours = tuple(LABELS[1:])
        if not words or words[0] not in colours:
            raise EditionError(
                f"A label is one of {', '.join(colours)}.", hint="Type: label red 17"
            )
        prints = self._prints(words[1:])
        colour = mark_ops.resolved_label(words[0], prints)
        self.say(self.session.label([p.id for p in prints], colour) or "Nothing changed.")

    def _tag(self, words: list[str]) -> None:
        if not words:
            raise EditionError("No tag given.", hint="Type: tag night-sea 17")
        tag, ids = words[0], tuple(item.id for item in self._prints(words[1:]))
        away = tag.startswith("-")
        add, remove = ("", tag[1:]) if away else (tag, "")
        self.say(search.tag(self.session, ids, add=add, remove=remove) or "Nothing changed.")

    def _note(self, words: list[str]) -> None:
        ids = tuple(item.id for item in self._prints(words[:1]))
        done = search.write_note(self.session, ids, " ".join(words[1:]))
        self.say(done or "Nothing changed.")

    def _render(self, _: list[str]) -> None:
        self._need()
        job = self.session.render(self.slug) or self.session.render(self.slug, more=12)
        self.say(f"Queued: job {job}.")

    def _upscale(self, _: list[str]) -> None:
        self._need()
        job = self.session.upscale(self.slug)
        self.say(f"Queued: job {job}." if job else "Nothing to enlarge: star some first.")

    def _proof(self, words: list[str]) -> None:
        self._need()
        kind = words[0] if words else "sheet"
        self.say(f"Made {clean(str(self.session.proof(self.slug, kind).file))}")

    def _hang(self, words: list[str]) -> None:
        ids = [item.id for item in self._prints(words[1:])]
        self.say(plain_exhibitions.hang(self.session, words[0], ids))

    def _press(self) -> None:
        view = PressView(self.session.press_state(), job_queries.live(self.session))
        self.say(f"The press is {view.state.state}.")
        for job in view.jobs:
            self.say(
                f"job {job.id}: {job.kind} {clean(job.slug)}, {job.state}, "
                f"{job.done} of {job.total}{format_status.left_words(job).replace('  ', ', ', 1)}"
            )

    def _quit(self, _: list[str]) -> None:
        self.over = True

    def _need(self) -> None:
        if not self.slug:
            raise EditionError("No edition is open.", hint="Type: open NAME")

    def _prints(self, words: list[str]) -> tuple[Print, ...]:
        """Prints by seed: of the recipe that the filter names, else of the edition's own.

        Raises:
            EditionError: there is none, or a seed has prints of other recipes only.
        """
        self._need()
        seeds = [int(word) for word in words if word.isdecimal() and int(word) < 2**63]
        found = print_queries.of_seeds(self.session, self.slug, seeds) if seeds else ()
        if not found:
            raise EditionError("No print of this edition has that seed.", hint="Type: show 17")
        if self.of_recipe:
            listed = set(self.ids)
            meant = [item for item in found if item.id in listed]
        else:
            meant = of_current_recipe(self.session, self.slug, found)
        lacking = {item.seed for item in found} - {item.seed for item in meant}
        if lacking:
            other = next(item for item in found if item.seed in lacking)
            raise EditionError(
                f"Seed {min(lacking)} has prints of other recipes only.",
                hint=f"Type: filter recipe:{other.digest[:8]}",
            )
        return tuple(meant)


def sentence(item: Print) -> str:
    """A print in words: ``seed 17, starred, rated 3, red, one of a stack of 4``."""
    m = item.marks
    parts = [f"seed {item.seed}"]
    parts += ["starred"] * m.star + ["rejected"] * m.reject
    if m.rating:
        parts.append(f"rated {m.rating}")
    if m.label:
        parts.append(m.label)
    if item.stack_size > 1:
        best = "best of" if item.stack == item.id else "one of"
        parts.append(f"{best} a stack of {item.stack_size}")
    if item.upscaled:
        parts.append("upscaled")
    if item.tags:
        parts.append("tagged " + " ".join(item.tags))
    if item.note:
        parts.append("with a note")
    return ", ".join(parts)
