"""Sheets of studies: prints out of the library onto labelled pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from edition import paths, picture_reader
from edition.actions.study_planning import find_study
from edition.diffusion import init_image
from edition.errors import StudyError
from edition.studies import sheet_layout, sheet_png, study_spec
from edition.studies.ab_compare import ImageDifference, difference, heat, verdict
from edition.studies.sheet_png import CellImage
from edition.studies.study_spec import Axis, Study, label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from edition.actions.session import Session
    from edition.library.study_table import CellRow
    from edition.studies.sheet_layout import SheetPage
THUMB_SIDE = 128
"""Cells of this side and smaller are drawn from the library's thumbnails."""


@dataclass(frozen=True, slots=True)
class PrintPair:
    """Two prints of one seed, and how they differ."""

    seed: int
    places: tuple[int, int]
    found: ImageDifference


def sheets(
    session: Session,
    slug: str,
    name: str,
    *,
    side: int = 0,
    pdf: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Draws all sheets of a study, page by page; memory is that of one page.

    Args:
        session: the library.
        slug: the edition.
        name: of the study.
        side: of a cell's longer side in pixels; 0 finds a good one.
        pdf: make one PDF of all pages too.
        progress: called with cells drawn and cells in all.

    Returns:
        The files: PNG pages, then the PDF.

    Raises:
        StudyError: there is no such study.
    """
    study, cells = find_study(session, slug, name)
    title = session.recipe(slug).title
    look = _CellReader(session, cells, progress).shown
    return _write(session, slug, study, look, (title, sheet_layout.about(study)), side, pdf)


def _write(
    session: Session,
    slug: str,
    study: Study,
    look: Callable[[int, int], CellImage],
    title: tuple[str, str],
    side: int,
    pdf: bool,
) -> tuple[Path, ...]:
    folder = paths.studies_folder(session.root, slug) / study.name
    for old in folder.glob("sheet*.p[nd][gf]"):
        old.unlink(missing_ok=True)
    made: list[Path] = []
    size = cell_size(study, side)
    several = len(list(laid_out(study, title, size))) > 1  # geometry only: cheap
    for number, page in enumerate(laid_out(study, title, size), start=1):
        path = folder / (f"sheet-{number:03d}.png" if several else "sheet.png")
        longest = max(page.cell_width, page.cell_height)
        image = sheet_png.paint(page, lambda place, side=longest: look(place, side))  # type: ignore[misc]
        sheet_png.save(image, path)
        made.append(path)
    if pdf:
        from edition.actions import study_pdf  # reportlab: 0.3 s

        made.append(
            study_pdf.write(laid_out(study, title, size), look, folder / "sheet.pdf", title[0])
        )
    return tuple(made)


def laid_out(study: Study, title: tuple[str, str], size: tuple[int, int]) -> Iterator[SheetPage]:
    """All pages of all sheets of a study, under a title and a note."""
    for table in sheet_layout.tables(study):
        yield from sheet_layout.pages(study, table, title[0], size, title[1])


def cell_size(study: Study, side: int) -> tuple[int, int]:
    """Width and height of a drawn cell, in the proportions of the study's prints."""
    sampling = study.base.sampling
    longest = max(sampling.width, sampling.height)
    table = sheet_layout.tables(study)[0]
    count = len(table.columns.values) * (len(table.rows.values) if table.rows else 1)
    chosen = min(side, 2048) if side > 0 else sheet_layout.best_side(count, longest)
    scale = chosen / longest
    return max(8, round(sampling.width * scale)), max(8, round(sampling.height * scale))


class _CellReader:
    """Opens the print in a cell when it is drawn, and lets it go."""

    def __init__(
        self,
        session: Session,
        cells: tuple[CellRow, ...],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._desk, self._cells, self._progress = session, cells, progress
        self._done = 0

    def shown(self, place: int, side: int) -> CellImage:
        cell = self._cells[place]
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, len(self._cells))
        if not cell.print_id:
            return CellImage(reason=cell.error)
        try:
            file = paths.inside(self._desk.root, cell.file)
            return CellImage(self.picture(cell, side), star=cell.star, file=file)
        except picture_reader.faults() as error:
            return CellImage(reason=f"can't be read: {error}")

    def picture(self, cell: CellRow, side: int) -> Image.Image:
        if side <= THUMB_SIDE:
            jpeg = self._desk.store.prints.jpeg([cell.print_id])[cell.print_id]
            with Image.open(BytesIO(jpeg)) as image:
                return image.convert("RGB")
        with picture_reader.opened(paths.inside(self._desk.root, cell.file)) as image:
            return image.convert("RGB")


def pairs(session: Session, slug: str, name: str) -> tuple[Study, tuple[PrintPair, ...]]:
    """Measures all pairs of a twin study; those that differ most come first.

    Raises:
        StudyError: it is no twin study, or no pair is whole.
    """
    study, cells = find_study(session, slug, name)
    if study.kind != "twin":
        raise StudyError(f"{name} is a {study.kind}, no pair of twins.")
    half = len(cells) // 2
    looker = _CellReader(session, cells, None)
    found = []
    for one, other in zip(cells[:half], cells[half:], strict=True):
        if one.print_id and other.print_id:
            pictures = looker.picture(one, 10**6), looker.picture(other, 10**6)
            found.append(PrintPair(one.seed, (one.place, other.place), difference(*pictures)))
    if not found:
        raise StudyError(f"{name} has no whole pair.", hint="See: edition press status")
    found.sort(key=lambda pair: -pair.found.mean)
    return study, tuple(found)


def twin_sheet(
    session: Session, slug: str, name: str, *, side: int = 0, pdf: bool = False
) -> tuple[tuple[Path, ...], str, tuple[PrintPair, ...]]:
    """Draws a twin study pair by pair, with a map of the difference, sorted by it.

    Returns:
        The files, what the change did in a sentence, and the pairs.

    Raises:
        StudyError: as for ``pairs``.
    """
    study, found = pairs(session, slug, name)
    _, cells = find_study(session, slug, name)
    looker = _CellReader(session, cells, None)
    changed = study.axes[0]
    said = verdict(changed.field, [pair.found for pair in found])
    rows = tuple(
        f"Seed {pair.seed} · {pair.found.mean:.1%} {pair.found.where}"
        if not pair.found.unseen
        else f"Seed {pair.seed} · nothing changed"
        for pair in found
    )
    columns = (
        *(f"{sheet_layout.name_of(changed)}: {label(v)}" for v in changed.values),
        "difference",
    )
    shown_as = study.model_copy(
        update={"axes": (Axis(field="pair", values=rows), Axis(field="twins", values=columns))}
    )

    @lru_cache(maxsize=2)
    def opened(place: int) -> Image.Image:
        return looker.picture(cells[place], 10**6)

    def look(place: int, side: int) -> CellImage:
        row, column = divmod(place, 3)
        pair = found[row]
        if column == 2:
            return CellImage(heat(opened(pair.places[0]), opened(pair.places[1])))
        cell = cells[pair.places[column]]
        file = paths.inside(session.root, cell.file)
        return CellImage(opened(cell.place), star=cell.star, file=file)

    chosen = side or min(256, max(study.base.sampling.width, study.base.sampling.height))
    title = (session.recipe(slug).title, said)
    made = _write(session, slug, shown_as, look, title, chosen, pdf)
    return made, said, found


def chain_sheet(session: Session, links: Sequence[tuple[str, str]], begun: str) -> Path:
    """Draws a chain from left to right: what it started from, then each link's first print.

    Args:
        session: the library.
        links: edition and study of each link, in order.
        begun: what the first image is called.

    Returns:
        The PNG, beside the last link's study.
    """
    pictures: list[Image.Image] = []
    names: list[str] = []
    for slug, name in links:
        study, cells = find_study(session, slug, name)
        recipe = study_spec.recipes(study)[0]
        if recipe.init is not None and not pictures:
            sampling = recipe.sampling
            image = init_image.picture(recipe.init, paths.edition_folder(session.root, slug))
            pictures.append(init_image.fitted(image, sampling.width, sampling.height))
            names.append(begun)
        strength = recipe.init.strength if recipe.init else 0.0
        names.append(f"{recipe.prompt.positive} · strength {strength:g} · seed {cells[0].seed}")
        pictures.append(_CellReader(session, cells, None).picture(cells[0], 10**6))
    slug, name = links[-1]
    study, _ = find_study(session, slug, name)
    shown = study.model_copy(update={"axes": (Axis(field="link", values=tuple(names)),)})
    size = cell_size(study, min(256, max(pictures[-1].size)))
    note = f"a chain of {len(links)} · {study.base.sampling.steps} steps"
    page = next(laid_out(shown, (session.recipe(slug).title, note), size))
    path = paths.studies_folder(session.root, slug) / name / "chain.png"
    image = sheet_png.paint(page, lambda place: CellImage(pictures[place]))
    sheet_png.save(image, path)
    return path
