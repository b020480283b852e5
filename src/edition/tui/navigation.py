"""Screens by name: each one's module is imported when it is opened for the first time.

A screen that opens another names it, so no screen's module knows another's: the first screen
starts without the code of those that may never be opened, and no two modules import each other.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from edition.actions import study_queries
from edition.tui import keymap

if TYPE_CHECKING:
    from textual.screen import Screen

    from edition.tui.controllers.ports import AppPort

HELP, QUESTION, RENDER = "help", "question", "render"
SCREENS = {
    keymap.SHELF: "library_screen:LibraryScreen",
    keymap.TABLE: "light_table:LightTable",
    keymap.LOUPE: "loupe:Loupe",
    keymap.SURVEY: "survey:SurveyScreen",
    keymap.VERSIONS: "versions_screen:VersionsScreen",
    keymap.PRESS: "press_screen:PressScreen",
    keymap.PROOF: "proof_screen:ProofScreen",
    keymap.PAGES: "pdf_viewer:PdfViewer",
    keymap.MEASURES: "layout_form:LayoutForm",
    keymap.NUMBERS: "register_screen:RegisterScreen",
    keymap.ARRANGE: "hang_editor:HangEditor",
    keymap.EXHIBITIONS: "exhibition_list:ExhibitionListScreen",
    keymap.EXHIBITION: "exhibition_screen:ExhibitionScreen",
    keymap.HISTORY: "history_screen:HistoryScreen",
    keymap.RECIPE: "recipe_screen:RecipeScreen",
    keymap.FORM: "recipe_form:RecipeForm",
    keymap.NEW: "new_edition:NewEdition",
    keymap.DIFFERENCES: "recipe_diff_screen:RecipeDiffScreen",
    keymap.AGAIN: "rerender_dialog:RerenderDialog",
    keymap.SAVED: "saved_filters:SavedFilters",
    keymap.CHOICE: "choice_dialog:ChoiceDialog",
    keymap.SLIDER: "stack_slider:StackSlider",
    keymap.WORK: "work_form:WorkForm",
    keymap.STUDIES: "study_screen:StudyListScreen",
    keymap.STUDY: "study_screen:StudyScreen",
    keymap.TRAIN: "train_screen:TrainScreen",
    keymap.CORRIDOR: "lr_steps_screen:LrStepsScreen",
    keymap.FILM: "film_screen:FilmScreen",
    HELP: "help_screen:HelpScreen",
    QUESTION: "prompt_dialog:PromptDialog",
    RENDER: "render_dialog:RenderDialog",
}
"""A screen's name, as in the table of keys, and where its class is: module:class."""


def screen(name: str, *args: object, **options: object) -> Screen[Any]:
    """Makes a screen.

    Args:
        name: which, one of SCREENS.
        args: what its class takes.
        options: the same by name.
    """
    module, _, kind = SCREENS[name].partition(":")
    found = getattr(importlib.import_module(f"edition.tui.screens.{module}"), kind)
    made: Screen[Any] = found(*args, **options)
    return made


def open_studies(app: AppPort, slug: str) -> None:
    """Opens an edition's study; lists them when there are several, newest first."""
    found = study_queries.listed(app.session, slug)
    if not found:
        app.say(f"No study yet: edition sweep {slug} --axis guidance=1,3,5")
    elif len(found) == 1:
        app.open_screen(keymap.STUDY, slug, found[0].name)
    else:
        app.open_screen(keymap.STUDIES, slug, found)
