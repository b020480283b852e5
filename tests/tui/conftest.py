"""The fixtures of these tests; what they share stands in helpers.py."""

from tests.tui.helpers import config_home, library

__all__ = ["config_home", "library"]
