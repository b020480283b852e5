"""How far the reading of adopted folders has come. Imports next to nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.domain import READING

if TYPE_CHECKING:
    from edition.actions.session import Session


@dataclass(frozen=True, slots=True)
class ReadingState:
    """The latest reading of an edition's folders."""

    done: int = 0
    total: int = 0
    """Files that were new or changed."""
    ended: bool = True

    @property
    def words(self) -> str:
        """The status line while it goes on; empty when it is done."""
        return "" if self.ended else f"reading {self.done:,} of {self.total:,}"


def reading(session: Session, slug: str) -> ReadingState:
    """How far the latest reading of an edition's folders has come."""
    try:
        done, total, ended = json.loads(session.store.setting(READING + slug) or "[0, 0, true]")
        return ReadingState(int(done), int(total), bool(ended))
    except (ValueError, TypeError):
        return ReadingState()
