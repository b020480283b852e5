"""Adds prints to the current exhibition, from any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition import paths
from edition.errors import LibraryError
from edition.text_format import count
from edition.tui.navigation import QUESTION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edition.actions.session import Session
    from edition.tui.controllers.ports import AppPort


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
            _hang(app, answer, lambda session: exhibitions.hang(session, answer, ids, new_one=True))

    app.open_screen(QUESTION, "Hang it in which exhibition?", "", name_fault, then=named)


def hang_in(app: AppPort, name: str, ids: Sequence[int]) -> None:
    """Hangs prints in an exhibition that is there; later ones hang in it too.

    Args:
        app: the application.
        name: of the exhibition.
        ids: prints, in the order they hang.
    """
    from edition.actions import exhibitions

    def hang(session: Session) -> tuple[str, int]:
        exhibitions.turn_to(session, name)
        return exhibitions.hang(session, name, ids)

    if ids:
        _hang(app, name, hang)


def _hang(app: AppPort, name: str, hang: Callable[[Session], tuple[str, int]]) -> None:
    def told(found: tuple[str, int]) -> None:
        done, hung = found
        what = f"Hung in {name}" if done else f"It hangs in {name} already"
        key = app.get_key_of("exhibitions").split()[0]
        app.say(f"{what}: {count(hung, 'print')}. {key} shows it, undo is there.")

    app.write(hang, told)


def name_fault(answer: str) -> str:
    """What is wrong with an exhibition's name; nothing when it can be one."""
    try:
        paths.check_exhibition(answer)
    except LibraryError:
        return "a-z, 0-9, '-', '_' and '.', as in summer-show"
    return ""
