"""Moving through a list, without a terminal."""

import pytest

from edition.tui.screens.list_screen import ListKeys


class Letters(ListKeys):
    def __init__(self, length, at=0):
        self.length, self.at = length, at

    def list_length(self):
        return self.length

    def list_page(self):
        return 4

    def list_go(self, index):
        self.at = index


@pytest.mark.parametrize(
    ("length", "at", "key", "given", "then"),
    [
        (9, 3, "step", "down", 4), (9, 3, "step", "up", 2), (9, 0, "step", "up", 0),
        (9, 8, "step", "down", 8), (9, 3, "turn", 1, 7), (9, 6, "turn", 1, 8),
        (9, 6, "turn", -1, 2), (9, 2, "turn", -1, 0), (0, 0, "step", "down", 0),
        (0, 0, "turn", 1, 0),
    ],
)  # fmt: skip
def test_the_keys_stay_within_the_list(length, at, key, given, then):
    letters = Letters(length, at)
    getattr(letters, f"action_{key}")(given)
    assert letters.at == then


def test_first_and_last():
    letters = Letters(9, 4)
    letters.action_last()
    assert letters.at == 8
    letters.action_first()
    assert letters.at == 0
