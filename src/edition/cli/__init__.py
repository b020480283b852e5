"""The command line: a door to the same rooms as the screens. Each verb imports its room."""

from edition.cli.entry import main

__all__ = ["main"]
