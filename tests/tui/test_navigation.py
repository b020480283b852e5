"""Every screen can be opened by its name, and knows the others by theirs alone."""

from pathlib import Path

import pytest
from textual.screen import Screen

from edition.tui import keymap, navigation
from tools import measure_house

SOURCE = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize("name", navigation.SCREENS)
def test_a_name_stands_for_a_screen(name):
    module, _, kind = navigation.SCREENS[name].partition(":")
    found = getattr(__import__(f"edition.tui.screens.{module}", fromlist=[kind]), kind)
    assert issubclass(found, Screen)
    assert name in (navigation.QUESTION, navigation.RENDER) or found.room == name


def test_every_screen_of_the_table_of_keys_has_a_name():
    rooms = {room for act in keymap.ACTS for room in act.rooms} - {keymap.EVERYWHERE}
    assert rooms <= set(navigation.SCREENS)


def test_no_two_modules_of_the_screens_import_each_other():
    graph = measure_house.edges(measure_house.modules(SOURCE), lazy=True)
    circles = measure_house.cycles(graph)
    assert not [each for each in circles if any(".tui." in name for name in each)]
