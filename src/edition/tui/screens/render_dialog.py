"""How many more prints: offers the number of last time, with its seeds and its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from edition.actions import render_plan
from edition.errors import EditionError
from edition.recipe.seeds import format_seeds
from edition.text_format import count
from edition.tui.screens.prompt_dialog import PromptDialog

if TYPE_CHECKING:
    from textual.widgets import Input

    from edition.actions.render_plan import RenderPlan
    from edition.actions.session import Session
    from edition.tui.app import EditionApp


class RenderDialog(PromptDialog):
    """Queues what is asked for. Enter may come before the plan is read: it is kept until then."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"Render how many prints of {slug}?", "", self._wrong, told=self._words)
        self.slug = slug
        self.plan: RenderPlan | None = None
        self._entered = False

    @property
    def edition_app(self) -> EditionApp:
        """The application."""
        return cast("EditionApp", self.app)

    def on_mount(self) -> None:
        """Reads what is printed and measured, beside the keys."""
        super().on_mount()

        def look(session: Session) -> RenderPlan | EditionError:
            try:
                return render_plan.plan(session, self.slug)
            except EditionError as error:
                return error

        self.edition_app.read(look, self._take)

    def _take(self, found: RenderPlan | EditionError) -> None:
        if not self.is_current:
            return
        if isinstance(found, EditionError):
            self.edition_app.tell(found)
            self.dismiss(None)
            return
        self.plan = found
        if not self.box.value:
            self.box.value = str(found.number)
            self.box.select_all()
        self._show(self.box.value)
        if self._entered:
            self._entered = False
            self._queue(self.box.value)

    def _words(self, answer: str) -> str:
        if self.plan is None:
            return "…"
        try:
            return self.plan.words(answer or "0")
        except ValueError:
            return ""

    def _wrong(self, answer: str) -> str:
        if self.plan is None:
            return ""
        try:
            self.plan.words(answer or "0")
        except ValueError as error:
            return str(error)
        return ""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Queues so many prints, if that is a number."""
        event.stop()
        if self.plan is None:
            self._entered = True
        else:
            self._queue(event.value)

    def _queue(self, answer: str) -> None:
        fault = self._wrong(answer)
        if fault or self.plan is None:
            self._show(answer or "0")
            return
        slug, number, app = self.slug, int(answer), self.edition_app
        seeds = format_seeds(self.plan.seeds(number))
        app.write(
            lambda session: render_plan.submit(session, slug, number),
            lambda job: app.say(f"Job {job}: {count(number, 'print')} of {slug}, seeds {seeds}."),
            f"render {count(number, 'print')} of {slug}",
        )
        self.dismiss(None)
