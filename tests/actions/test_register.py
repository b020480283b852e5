"""Numbered prints: the register is append-only, survives a lost database, and shows tampering."""

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition import atomic, paths
from edition.actions import exhibitions, print_sources, proofs, register, versions, works
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.errors import LibraryError, ProofError
from edition.library.database import Database
from edition.library.print_table import UpscaledFile
from edition.proof.certificates import certificates, declaration
from edition.proof.document_model import PrintSet, ProofPrint
from edition.proof.picture_metadata import said, xmp


@pytest.fixture
def item(session: Session):
    (only,) = add_prints(session, "small", [1])
    return session.store.prints.get([only])[only]


def test_numbers_are_given_out_once_and_not_beyond_the_count(session: Session, item) -> None:
    with pytest.raises(ProofError, match="not open"):
        register.issue(session, item)
    register.open_edition(session, item, 2, artist_proofs=1)
    with pytest.raises(ProofError, match="is open"):
        register.open_edition(session, item, 3)
    assert [register.issue(session, item).label for _ in range(2)] == ["1/2", "2/2"]
    with pytest.raises(ProofError, match="no number 3"):
        register.issue(session, item)
    assert register.issue(session, item, "AP").label == "AP I/I"
    register.void(session, item, "number", 1, "spoiled in the press")
    with pytest.raises(ProofError, match="have been made"):
        register.issue(session, item)  # a withdrawn number stays in the register
    assert [row.act for row in register.rows(session)] == [
        "open",
        "issue",
        "issue",
        "issue",
        "void",
    ]
    assert all(len(row.sha256) == 64 for row in register.rows(session) if row.act == "issue")


def test_a_number_whose_certificate_cannot_be_written_is_not_issued_again(
    session: Session, item
) -> None:
    register.open_edition(session, item, 5)
    row = register.issue(session, item)
    paths.proofs_folder(session.root, "small").write_text("in the folder's place")
    with pytest.raises(ProofError, match=r"1/5 is issued all the same.*proof certificates small"):
        register.certify_one(session, item, row)


def test_an_edition_keeps_its_size(session: Session, item) -> None:
    register.open_edition(session, item, 5)
    session.edit("small", {"proof.print_mm": 300.0})
    with pytest.raises(ProofError, match="was asked for"):
        register.issue(session, item)


def test_the_database_itself_refuses_changes(session: Session, item) -> None:
    register.open_edition(session, item, 5)
    connection = sqlite3.connect(paths.database_file(session.root))
    for statement in ("UPDATE register SET json = 'x'", "DELETE FROM register"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_a_changed_row_shows(root: Path) -> None:
    with Session(root) as session:
        (only,) = add_prints(session, "small", [1])
        item = session.store.prints.get([only])[only]
        register.open_edition(session, item, 5)
        register.issue(session, item)
    for file in root.glob("library.sqlite*"):
        file.unlink()
    copy = paths.register_file(root)
    copy.write_text(copy.read_text().replace('"count": 5', '"count": 50', 1))
    with Session(root) as session:
        rescan(session)
        with pytest.raises(ProofError, match="does not follow"):
            register.rows(session)


def test_the_register_survives_a_lost_database(root: Path) -> None:
    with Session(root) as session:
        (only,) = add_prints(session, "small", [1])
        item = session.store.prints.get([only])[only]
        register.open_edition(session, item, 5)
        register.issue(session, item)
        before = register.rows(session)
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session:
        rescan(session)
        assert register.rows(session) == before
        rescan(session)
        assert register.rows(session) == before


def test_two_that_bring_the_register_back_do_it_once(root: Path, monkeypatch) -> None:
    with Session(root) as session:
        session.store.register.append(lambda rows: ['{"a": 1}', '{"a": 2}'])
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as session, Session(root) as other:
        write = Database.write

        def late(self: Database):  # somebody else gets the lock first
            monkeypatch.setattr(Database, "write", write)
            other.store.register.append(lambda rows: ['{"a": 3}'])
            return write(self)

        monkeypatch.setattr(Database, "write", late)
        assert session.store.register.restore() == 0
        assert session.store.register.rows() == ('{"a": 1}', '{"a": 2}', '{"a": 3}')


def test_a_refused_act_writes_nothing(session: Session, item) -> None:
    with pytest.raises(ProofError):
        register.open_edition(session, item, 0)
    assert register.rows(session) == ()
    assert not paths.register_file(session.root).exists()
    paths.mirrors_log_file(session.root).mkdir()  # the copy can't be written
    with pytest.raises(LibraryError):
        register.open_edition(session, item, 5)
    assert register.rows(session) == ()


def test_certificates_are_for_numbers_that_stand(session: Session, item) -> None:
    with pytest.raises(ProofError, match="No number"):
        register.certify(session, "small")
    register.open_edition(session, item, 3)
    register.issue(session, item)
    register.issue(session, item)
    register.void(session, item, "number", 1, "lost")
    made = register.certify(session, "small")
    assert made.pages == 1
    first = made.file.read_bytes()
    assert register.certify(session, "small").file.read_bytes() == first
    folder = session.root / "papers"
    source = print_sources.EditionSource("small")
    assert source.make(session, "certificates", out=folder).file.parent == folder
    light = source.head(session).settings.model_copy(update={"paper": "A5", "screen": True})
    file = source.make(session, "certificates", light, out=folder / "one.pdf").file
    assert (file.name, folder / "one.pdf") == ("one.pdf", file)
    assert file.read_bytes() != first
    with pytest.raises(ProofError, match=r"it is a \.pdf"):
        source.make(session, "certificates", out=folder / "one.png")
    session.file(item.file).write_bytes(b"changed")
    with pytest.raises(ProofError):
        register.certify(session, "small")


def words(file: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    return " ".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_certificate_is_of_the_file_the_number_was_given_to(session: Session, item) -> None:
    """Neither a new enlargement nor an edited recipe changes what 1/3 certifies."""
    register.open_edition(session, item, 3)
    given = register.issue(session, item)
    before = words(register.certify(session, "small").file)
    assert "3" in before
    enlarged = paths.upscaled_file(session.root, "small", item.digest, item.seed, "0" * 8)
    atomic.write(enlarged, session.file(item.file).read_bytes() + b"\0")
    facts = UpscaledFile("lanczos", "", 128, 128, hashlib.sha256(enlarged.read_bytes()).hexdigest())
    name = enlarged.relative_to(session.root).as_posix()
    session.store.prints.add_upscale(item.id, name, facts, 1.0)
    session.edit("small", {"sampling.guidance": 9.0, "sampling.steps": 77})
    item = session.store.prints.get([item.id])[item.id]
    second = register.issue(session, item, other_file=True)
    assert second.sha256 == facts.sha256 != given.sha256
    made = register.certify(session, "small")
    assert made.pages == 2
    text = words(made.file)
    assert "3 steps" in text
    assert "77 steps" not in text
    assert "lanczos" in text
    assert text.startswith(before[: len(before) // 2])


def test_a_certificate_names_the_work_as_it_was_called_when_it_was_issued(
    session: Session, item
) -> None:
    works.say(session, [item], {"title": "Night Sea", "year": "2024", "medium": "Pigment print"})
    register.open_edition(session, item, 10)
    row = register.issue(session, item)
    one = words(register.certify_one(session, item, row).file)
    assert all(said in one for said in ("Night Sea", "2024", "Pigment print", "A. Tester"))
    works.say(session, [item], {"title": "Day Sea", "year": "2025", "medium": "Linen"})
    session.edit("small", {"artist": "B. Other", "title": "Other Dreams"})
    assert words(register.certify(session, "small").file) == one
    second = register.issue(session, item)
    register.void(session, item, "number", 1, "torn")
    assert all(said in words(register.certify_one(session, item, second).file)
               for said in ("Day Sea", "2025", "Linen", "B. Other"))  # fmt: skip
    found = register.rows(session)
    named = [work for _, work in register.works_of(session, found)]
    assert named == ["Night Sea", "Night Sea", "Day Sea", "Night Sea"], "opened, 1, 2, 1 withdrawn"


def test_an_unnamed_work_stays_unnamed_on_what_was_issued(session: Session, item) -> None:
    register.open_edition(session, item, 10)
    row = register.issue(session, item)
    one = words(register.certify_one(session, item, row).file)
    works.say(session, [item], {"title": "Night Sea", "medium": "Linen"})
    again = words(register.certify_one(session, item, row).file)
    assert again == one


def test_rows_that_name_no_work_take_todays_title(root: Path) -> None:
    """As early versions wrote them; what is appended follows from them."""
    with Session(root) as session:
        (only,) = add_prints(session, "small", [1])
        item = session.store.prints.get([only])[only]
        register.open_edition(session, item, 10)
        register.issue(session, item)
        rows = register.rows(session)
    early = [replace(row, title="", artist="", year="", medium="") for row in rows]
    early[1] = replace(early[1], before=early[0].seal)
    text = "".join(f"{row.to_json()}\n" for row in early)
    assert not any(f'"{key}"' in text for key in ("title", "artist", "year", "medium"))
    for file in root.glob("library.sqlite*"):
        file.unlink()
    paths.register_file(root).write_text(text)
    with Session(root) as session:
        rescan(session)
        (item,) = session.store.prints.get(session.store.prints.select("small")).values()
        works.say(session, [item], {"title": "Night Sea"})
        assert [work for _, work in register.works_of(session, early)] == ["Night Sea"] * 2
        assert "Night Sea" in words(register.certify(session, "small").file)
        assert register.issue(session, item).title == "Night Sea"
        works.say(session, [item], {"title": "Day Sea"})
        named = [work for _, work in register.works_of(session, register.rows(session))]
        assert named == ["Day Sea", "Day Sea", "Night Sea"]


def enlarge(session: Session, item, scale: int):
    """One more enlarged file, which goes to paper from now on."""
    file = paths.upscaled_file(session.root, "small", item.digest, item.seed, f"{scale:08}")
    atomic.write(file, session.file(item.file).read_bytes() + bytes([scale]))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    facts = UpscaledFile("lanczos", "", item.width, item.height, digest)
    session.store.prints.add_upscale(item.id, file.relative_to(session.root).as_posix(), facts, 1.0)
    return session.store.prints.get([item.id])[item.id], digest


def test_the_numbers_of_an_edition_are_of_one_file(session: Session, item) -> None:
    item, four = enlarge(session, item, 4)
    register.open_edition(session, item, 10)
    register.open_edition(session, item, 2, side_mm=500)
    for _ in range(3):
        register.issue(session, item)
    register.void(session, item, "number", 3, "torn")
    item, six = enlarge(session, item, 6)
    before = register.rows(session)
    for kind in ("number", "AP", "BAT"):
        with pytest.raises(ProofError, match=r"certified are 1/10, 2/10 of the file") as caught:
            register.issue(session, item, kind)
        assert four[:12] in caught.value.message
        assert six[:12] in caught.value.message
        assert "edition versions small 1 --choose 1." in caught.value.hint
        assert "--other-file" in caught.value.hint
    assert register.rows(session) == before
    assert register.issue(session, item, side_mm=500).sha256 == six, "an edition of its own"
    source = print_sources.EditionSource("small")
    session.mark([item.id], "star")
    told = [one.what for one in source.findings(session) if "are alike" in one.what]
    assert len(told) == 1
    assert told[0].endswith(
        f"certified are 1/10, 2/10 of the file sha256 {four[:12]}…,"
        f" and the file is sha256 {six[:12]}… now"
    )
    versions.choose(session, item, 1)
    item = session.store.prints.get([item.id])[item.id]
    assert not [one for one in source.findings(session) if "are alike" in one.what]
    assert register.issue(session, item).label == "4/10"
    versions.choose(session, item, 2)
    item = session.store.prints.get([item.id])[item.id]
    assert register.issue(session, item, other_file=True).sha256 == six


def test_a_print_certified_before_it_was_enlarged_is_another_file(session: Session, item) -> None:
    register.open_edition(session, item, 10)
    register.issue(session, item)
    item, _ = enlarge(session, item, 4)
    with pytest.raises(ProofError, match=r"1/10 of the file") as caught:
        register.issue(session, item)
    assert "--choose" not in caught.value.hint, "no version to go back to"
    register.void(session, item, "number", 1, "torn")
    assert register.issue(session, item).label == "2/10", "a withdrawn number binds nobody"


def test_a_certificate_of_a_file_that_is_gone_is_refused_by_name(session: Session, item) -> None:
    register.open_edition(session, item, 3)
    row = register.issue(session, item)
    path = session.file(item.file)
    path.write_bytes(path.read_bytes() + b"\0")  # another file: cropped, retouched
    with pytest.raises(ProofError, match="changed"):
        register.certify(session, "small")
    path.unlink()
    rescan(session)
    with pytest.raises(ProofError):
        register.certify(session, "small")
    assert row.label == "1/3"


def test_an_exhibition_certifies_the_same_words_as_the_edition(session: Session, item) -> None:
    register.open_edition(session, item, 3)
    register.issue(session, item)
    own = words(register.certify(session, "small").file)
    exhibitions.new(session, "show", title="Elsewhere", artist="Somebody Else")
    exhibitions.add(session, "show", [item.id])
    shown = words(print_sources.ExhibitionSource("show").make(session, "certificates").file)
    assert shown == own


def test_a_title_page_takes_each_prints_own_recipe(session: Session, item) -> None:
    session.edit("small", {"sampling.guidance": 9.0})
    show = proofs.gather(session, "small", session.recipe("small"), [item.id], full_size=True)
    assert ("Guidance", "3") in show.recipe_lines
    (other,) = add_prints(session, "small", [2])
    both = proofs.gather(
        session, "small", session.recipe("small"), [item.id, other], full_size=True
    )
    assert ("Guidance", "differs by print: 3; 9") in both.recipe_lines


def test_no_number_is_spent_where_its_certificate_would_have_no_artist(
    session: Session, item
) -> None:
    register.open_edition(session, item, 5)
    session.edit("small", {"artist": ""})
    with pytest.raises(ProofError, match="names no artist"):
        register.issue(session, item)
    assert [row.act for row in register.rows(session)] == ["open"]


def test_a_certificate_claims_nothing_about_a_file_that_does_not_say(
    session: Session, item
) -> None:
    row = register.open_edition(session, item, 5, artist_proofs=1)
    recipe = session.recipe("small")
    known = proofs.picture(session, item, recipe, full_size=True)
    assert "generative model" in declaration(row, known)
    adopted = replace(known, model="", prompt="", recipe_lines=())
    assert "generative" not in declaration(row, adopted)
    assert "1 artist's proof (I), 1 printer's proof and 1 bon" in declaration(row, adopted)
    assert b"trainedAlgorithmicMedia" not in xmp(said(proofs_of(adopted), adopted))
    file = certificates(
        replace(proofs_of(adopted), artist="A. Tester"),
        [replace(row, act="issue", number=1)],
        recipe.proof,
        session.root / "one.pdf",
    ).file
    assert b"trainedAlgorithmicMedia" not in file.read_bytes()
    assert "Seed" not in words(file)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("number", "numbered 1/10, is an original of an edition of 10"),
        ("AP", "marked AP I/II, is an original artist's proof beside an edition of 10"),
        ("PP", "marked PP 1/1, is an original printer's proof beside an edition of 10"),
        ("HC", "marked HC 1/3, is an original print hors commerce, not for sale, beside an edition"
               " of 10"),
        ("BAT", "marked BAT, is the bon à tirer, the original that all others match, beside an"
                " edition of 10"),
    ],
)  # fmt: skip
def test_a_certificate_says_what_a_print_is_and_what_else_there_is(
    session: Session, item, kind, said
) -> None:
    register.open_edition(session, item, 10, artist_proofs=2, hors_commerce=3)
    row = register.issue(session, item, kind)
    text = " ".join(words(register.certify_one(session, item, row).file).split())
    assert f"The undersigned declares that this print, {said} in the size W 200 × H 200 mm." in text
    assert (
        "Beside the 10 there may be 2 artist's proofs (I–II), 1 printer's proof, 3 prints hors"
        " commerce and 1 bon à tirer. No further print of this size will be made."
    ) in text


def test_a_certificate_of_a_single_print_counts_what_is_beside_it(session: Session, item) -> None:
    register.open_edition(session, item, 1, artist_proofs=0)
    picture = proofs.picture(session, item, session.recipe("small"), full_size=True)
    text = declaration(register.issue(session, item), picture)
    assert "an original of an edition of 1 in" in text
    assert "Beside it there may be 1 printer's proof and 1 bon à tirer." in text


def proofs_of(picture: ProofPrint) -> PrintSet:
    return PrintSet("small", (picture,))
