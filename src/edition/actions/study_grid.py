"""A study as a grid to walk: rows, columns and pages of cells with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edition.actions.study_planning import find_study
from edition.studies import sheet_layout
from edition.studies.study_spec import label

if TYPE_CHECKING:
    from edition.actions.session import Session
    from edition.library.study_table import CellRow


@dataclass(frozen=True, slots=True)
class GridPage:
    """One table of a study: the first axis down, the second across."""

    down: str
    """What the rows are, as ``Guidance``; empty when there is one axis."""
    across: str
    rows: tuple[str, ...]
    """Labels; one empty label when there is one axis."""
    columns: tuple[str, ...]
    fixed: str
    """The values of further axes on this page."""
    cells: tuple[CellRow, ...]
    """Row by row."""

    def cell(self, row: int, column: int) -> CellRow:
        """The cell in a row and a column, both from 0."""
        return self.cells[row * len(self.columns) + column]

    def words(self, row: int, column: int) -> str:
        """Both labels of a cell and what is fixed: ``Guidance 3 · Seed 2``."""
        parts = [f"{self.down} {self.rows[row]}"] if self.down else []
        parts.append(f"{self.across} {self.columns[column]}")
        return " · ".join(part.strip() for part in (*parts, self.fixed) if part.strip())


def pages(session: Session, slug: str, name: str) -> tuple[GridPage, ...]:
    """All pages of a study, with the current state of its cells.

    Raises:
        StudyError: there is none of that name, or it can't be read.
    """
    study, cells = find_study(session, slug, name)
    found = []
    for table in sheet_layout.tables(study):
        rows = tuple(label(v) for v in table.rows.values) if table.rows else ("",)
        columns = tuple(label(v) for v in table.columns.values)
        found.append(
            GridPage(
                down=sheet_layout.name_of(table.rows) if table.rows else "",
                across=sheet_layout.name_of(table.columns),
                rows=rows,
                columns=columns,
                fixed=" · ".join(
                    f"{sheet_layout.name_of(axis)} {label(axis.values[k])}"
                    for axis, k in table.fixed
                ),
                cells=tuple(
                    cells[table.place(row, column)]
                    for row in range(len(rows))
                    for column in range(len(columns))
                ),
            )
        )
    return tuple(found)
