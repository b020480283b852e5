"""The files of prints that go on paper: their size, upscaler and licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from edition.diffusion.catalog import licence_of
from edition.domain import RETOUCHED
from edition.library import metadata
from edition.text_format import factor
from edition.upscale import UPSCALERS

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.domain import Print


class FileShown(NamedTuple):
    """A file that goes on paper, as far as the library knows it."""

    width: int
    height: int
    sha256: str
    upscaler: str = ""
    licence: str = ""
    interpolated: bool = False
    """Its pixels were enlarged by a method that draws nothing."""


def licence(session: Session, item: Print) -> tuple[str, str]:
    """The model of a print, and the licences of it and of the enlarged file that goes on paper.

    Args:
        session: the library.
        item: the print.
    """
    made = session.print_recipe(item.digest)
    model = made.model.base if made else ""
    return model, licences(session, item, model, shown(session, item, item.upscaled))


def licences(session: Session, item: Print, model: str, file: FileShown) -> str:
    """Of the upscaler and the model of a print whose file is shown."""
    of_model = metadata.recorded_licence(session.file(item.file)) or licence_of(model)
    return " + ".join(dict.fromkeys(one for one in (file.licence, of_model) if one))


def shown(session: Session, item: Print, enlarged: str) -> FileShown:
    """What is known of the file that goes on paper: an enlarged one, or the print itself."""
    facts = session.store.prints.upscale_facts(enlarged) if enlarged else None
    if facts is None:
        return FileShown(item.width, item.height, session.store.prints.sha256(item.file))
    told = f"{facts.method} {factor(facts.width / item.width)}"
    return FileShown(
        facts.width, facts.height, facts.sha256,
        upscaler=RETOUCHED if facts.method == RETOUCHED else told,
        licence=facts.licence or _licence(facts.method),
        interpolated=facts.method in UPSCALERS and not UPSCALERS[facts.method].draws,
    )  # fmt: skip


def _licence(method: str) -> str:
    return UPSCALERS[method].licence if method in UPSCALERS else ""
