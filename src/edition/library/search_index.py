"""What prints came from: one row for each edition and recipe, with the words one looks for.

Triggers keep rows and full text as prints come (migration 5); here is what they can't see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edition.library.database import explained

if TYPE_CHECKING:
    from edition.library.database import Database


class SearchIndex:
    """The titles that finding knows, and the index's repair."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def retitle(self, slug: str, title: str) -> bool:
        """Lets an edition be found by its title of now; True when it had another."""
        values = {"slug": slug, "title": title}
        with explained(self._db.root):
            old = self._db.connection.execute(
                "SELECT 1 FROM sources WHERE slug = :slug AND title != :title", values
            ).fetchone()
        if old is None or not self._db.writable:
            return False
        with self._db.write() as connection:
            connection.execute(
                "UPDATE sources SET title = :title WHERE slug = :slug AND title != :title", values
            )
        return True

    def rebuild(self) -> None:
        """Makes rows and full text again from prints, tags and notes."""
        with self._db.write() as connection:
            connection.execute("DELETE FROM sources WHERE id NOT IN (SELECT source FROM prints)")
            connection.execute(
                "INSERT OR IGNORE INTO sources (slug, digest, prompt)"
                " SELECT slug, digest, max(prompt) FROM prints WHERE source NOT IN"
                " (SELECT id FROM sources) GROUP BY slug, digest"
            )
            connection.execute(
                "UPDATE prints SET source = s.id FROM sources AS s WHERE s.slug = prints.slug"
                " AND s.digest = prints.digest AND prints.source != s.id"
            )
            connection.execute("INSERT INTO source_words (source_words) VALUES ('rebuild')")
            connection.execute("INSERT INTO print_words (print_words) VALUES ('delete-all')")
            connection.execute(
                "INSERT INTO print_words (rowid, tags, note)"
                " SELECT id, tags, note FROM prints WHERE tags != '' OR note != ''"
            )
