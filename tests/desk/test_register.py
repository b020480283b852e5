"""Numbered prints: the register is append-only, survives a lost database, and shows tampering."""

import sqlite3
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.desk import register
from edition.desk.desk import Desk
from edition.desk.rescan import rescan
from edition.errors import LibraryError, ProofError
from edition.library.db import Database


@pytest.fixture
def item(desk: Desk):
    (only,) = add_prints(desk, "small", [1])
    return desk.store.prints.get([only])[only]


def test_numbers_are_given_out_once_and_not_beyond_the_count(desk: Desk, item) -> None:
    with pytest.raises(ProofError, match="not open"):
        register.issue(desk, item)
    register.open_edition(desk, item, 2, artist_proofs=1)
    with pytest.raises(ProofError, match="is open"):
        register.open_edition(desk, item, 3)
    assert [register.issue(desk, item).label for _ in range(2)] == ["1/2", "2/2"]
    with pytest.raises(ProofError, match="no 3th"):
        register.issue(desk, item)
    assert register.issue(desk, item, "AP").label == "AP 1/1"
    register.void(desk, item, "number", 1, "spoiled in the press")
    with pytest.raises(ProofError, match="have been made"):
        register.issue(desk, item)  # a withdrawn number stays in the register
    assert [row.act for row in register.rows(desk)] == ["open", "issue", "issue", "issue", "void"]
    assert all(len(row.sha256) == 64 for row in register.rows(desk) if row.act == "issue")


def test_an_edition_keeps_its_size(desk: Desk, item) -> None:
    register.open_edition(desk, item, 5)
    desk.edit("small", {"proof.print_mm": 300.0})
    with pytest.raises(ProofError, match="was asked for"):
        register.issue(desk, item)


def test_the_database_itself_refuses_changes(desk: Desk, item) -> None:
    register.open_edition(desk, item, 5)
    connection = sqlite3.connect(paths.database_file(desk.root))
    for statement in ("UPDATE register SET json = 'x'", "DELETE FROM register"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_a_changed_row_shows(root: Path) -> None:
    with Desk(root) as desk:
        (only,) = add_prints(desk, "small", [1])
        item = desk.store.prints.get([only])[only]
        register.open_edition(desk, item, 5)
        register.issue(desk, item)
    for file in root.glob("library.sqlite*"):
        file.unlink()
    copy = paths.register_file(root)
    copy.write_text(copy.read_text().replace('"count": 5', '"count": 50', 1))
    with Desk(root) as desk:
        rescan(desk.store)
        with pytest.raises(ProofError, match="does not follow"):
            register.rows(desk)


def test_the_register_survives_a_lost_database(root: Path) -> None:
    with Desk(root) as desk:
        (only,) = add_prints(desk, "small", [1])
        item = desk.store.prints.get([only])[only]
        register.open_edition(desk, item, 5)
        register.issue(desk, item)
        before = register.rows(desk)
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Desk(root) as desk:
        rescan(desk.store)
        assert register.rows(desk) == before
        rescan(desk.store)
        assert register.rows(desk) == before


def test_two_that_bring_the_register_back_do_it_once(root: Path, monkeypatch) -> None:
    with Desk(root) as desk:
        desk.store.register.append(lambda rows: ['{"a": 1}', '{"a": 2}'])
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Desk(root) as desk, Desk(root) as other:
        write = Database.write

        def late(self: Database):  # somebody else gets the lock first
            monkeypatch.setattr(Database, "write", write)
            other.store.register.append(lambda rows: ['{"a": 3}'])
            return write(self)

        monkeypatch.setattr(Database, "write", late)
        assert desk.store.register.restore() == 0
        assert desk.store.register.rows() == ('{"a": 1}', '{"a": 2}', '{"a": 3}')


def test_a_refused_act_writes_nothing(desk: Desk, item) -> None:
    with pytest.raises(ProofError):
        register.open_edition(desk, item, 0)
    assert register.rows(desk) == ()
    assert not paths.register_file(desk.root).exists()
    paths.mirrors_log_file(desk.root).mkdir()  # the copy can't be written
    with pytest.raises(LibraryError):
        register.open_edition(desk, item, 5)
    assert register.rows(desk) == ()


def test_certificates_are_for_numbers_that_stand(desk: Desk, item) -> None:
    with pytest.raises(ProofError, match="No number"):
        register.certify(desk, "small")
    register.open_edition(desk, item, 3)
    register.issue(desk, item)
    register.issue(desk, item)
    register.void(desk, item, "number", 1, "lost")
    made = register.certify(desk, "small")
    assert made.pages == 1
    first = made.file.read_bytes()
    assert register.certify(desk, "small").file.read_bytes() == first
    desk.file(item.file).write_bytes(b"changed")
    with pytest.raises(ProofError):
        register.certify(desk, "small")
