"""Adds prints to the current exhibition, from any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.text_format import count
from edition.tui.navigation import QUESTION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.actions.session import Session
    from edition.tui.controllers.ports import AppPort

_LONGEST = 200
"""Characters of a title."""


def hang_prints(app: AppPort, ids: Sequence[int]) -> None:
    """Adds prints to the current exhibition; asks for a name when there is none.

    Args:
        app: the application.
        ids: prints, in the order they hang.
    """
    from edition.actions import exhibitions  # pydantic, which the first screen does without

    if not ids:
        return
    name = exhibitions.last(app.session)
    if name:
        hang_in(app, name, ids)
        return

    def named(answer: str | None) -> None:
        if answer:
            _hang(app, len(ids), lambda session: _hang_in_new(session, answer, ids))

    question = f"Hang {count(len(ids), 'print')} in a new exhibition; its title?"
    app.open_screen(QUESTION, question, "", title_fault, then=named, told=name_words(app.session))


def hang_in(app: AppPort, name: str, ids: Sequence[int]) -> None:
    """Hangs prints in an exhibition that is there; later ones hang in it too.

    Args:
        app: the application.
        name: of the exhibition.
        ids: prints, in the order they hang.
    """
    from edition.actions import exhibitions

    def hang(session: Session) -> tuple[str, int, int]:
        exhibitions.turn_to(session, name)
        return name, *exhibitions.hang(session, name, ids)

    if ids:
        _hang(app, len(ids), hang)


def _hang_in_new(session: Session, answer: str, ids: Sequence[int]) -> tuple[str, int, int]:
    from edition.actions import exhibitions

    name, title = exhibitions.read_name(session, answer)
    return name, *exhibitions.hang(session, name, ids, new_one=True, title=title)


def _hang(app: AppPort, asked: int, hang: Callable[[Session], tuple[str, int, int]]) -> None:
    def told(found: tuple[str, int, int]) -> None:
        name, fresh, hung = found
        key = app.get_key_of("exhibitions").split()[0]
        app.say(f"{hung_words(name, fresh, hung, asked)} {key} shows it, undo is there.")

    app.write(hang, told)


def hung_words(name: str, fresh: int, hung: int, asked: int) -> str:
    """What was hung, in words: 2 prints, 5 in all; 1 hung there before.

    Args:
        name: of the exhibition.
        fresh: prints that did not hang there before.
        hung: prints that hang there now.
        asked: prints that were to be hung.
    """
    if not fresh:
        who = "It hangs" if asked == 1 else "They hang"
        return f"{who} in {name} already, {hung:,} in all."
    before = f"; {asked - fresh:,} hung there before" if asked > fresh else ""
    return f"Hung in {name}: {count(fresh, 'print')}, {hung:,} in all{before}."


def title_fault(answer: str) -> str:
    """What is wrong with an exhibition's title; nothing when it can be one."""
    return "" if len(answer) <= _LONGEST else f"at most {_LONGEST} characters"


def name_words(session: Session) -> Callable[[str], str]:
    """Says which name a title gives, as one types."""
    from edition.actions import exhibitions

    return lambda answer: (
        f"name: {exhibitions.read_name(session, answer.strip())[0]}" if answer.strip() else ""
    )
