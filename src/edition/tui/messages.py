"""Messages of widgets. Screens decide what they mean."""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class Moved(Message):
    """The selection is on another place of a list or grid."""

    index: int


@dataclass
class Opened(Message):
    """The person wants to see what is selected: Enter or a second click."""

    index: int


@dataclass
class LibraryChanged(Message):
    """Another connection has committed: prints, marks, jobs or settings may differ."""


@dataclass
class PressChanged(Message):
    """The press or its queue has changed."""
