"""Verbs for galleries and print houses, each run for real."""

import hashlib
import json
import re
import sys
from pathlib import Path

import pypdfium2
import pytest
from tests.fakes import add_prints

from edition.actions.session import Session
from edition.cli.main import main
from edition.proof.screen_show import FORMAT


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with Session(root) as session:
        session.mark(add_prints(session, "small", [1, 2]), "star")
        session.edit("small", {"proof.print_mm": 20.0, "proof.ppi_least": 36.0})

    def verb(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(root), *words])
        code = main()
        out = capsys.readouterr()
        assert code == 0, out.err
        return out.out

    return verb


def test_works_are_named_and_every_list_is_made(run, tmp_path: Path) -> None:
    assert "title" in run("work", "small", "1", "--title", "Night Sea", "--price", "€ 9")
    table = tmp_path / "works.csv"
    run("works", "small", "--csv", "--out", str(table))
    table.write_text(table.read_text().replace("Night Sea", "Day Sea"))
    assert "2 works" in run("works", "small", "--from", str(table))
    assert "Day Sea" in run("works", "small")
    assert '"1"' not in run("works", "small", "--toml")
    assert json.loads(run("works", "small", "--json"))[0]["price"] == "€ 9"
    made = [
        run("proof", "checklist", "small"),
        run("proof", "prices", "small"),
        run("proof", "labels", "small"),
        run("proof", "loan", "small"),
        run("proof", "condition", "small"),
        run("proof", "strip", "small", "--sizes", "25,1in"),
        run("proof", "order", "small", "--copies", "3"),
    ]
    assert all(Path(out.splitlines()[0]).read_bytes()[:5] == b"%PDF-" for out in made)


def test_an_order_names_what_is_sent(run, root: Path) -> None:
    def order(*words: str) -> tuple[str, str]:
        out = run("proof", "order", "small", *words)
        document = pypdfium2.PdfDocument(out.splitlines()[0])
        try:
            pages = (page.get_textpage().get_text_range() for page in document)
            return " ".join(" ".join(pages).split()), out
        finally:
            document.close()

    def as_it_is(file: Path) -> str:
        data = file.read_bytes()
        return f"{file.name}, {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}"

    sheet, out = order()
    assert "none was made yet" in sheet
    assert "artist's own files" in sheet
    assert "Make plates or an export" in out
    plates = Path(run("proof", "plates", "small", "--copies", "3").splitlines()[0])
    sheet, out = order()
    assert as_it_is(plates) in sheet
    assert "2 works, 3 copies of each: 6 prints in all" in sheet, "as its plates say"
    assert "Make plates" not in out
    with pytest.raises(AssertionError, match="3 copies of each print, this order says 5"):
        order("--copies", "5")
    made = [Path(line) for line in run("export", "small", "png").splitlines()[:2]]
    run("edit", "small", "proof.bleed_mm=4")
    sheet, out = order("--copies", "5")
    assert all(f"File {as_it_is(file)}" in sheet for file in made)
    assert "plates.pdf" not in sheet, "other pages than those of this order"
    assert "plates.pdf is of other prints, sizes or settings" in out
    assert "8 bits a channel, sRGB; " in sheet, "what its kind of file is"
    assert "said 3 copies of each; it orders 1 copy" in order()[1]
    made[0].write_bytes(b"another file")
    sheet, out = order("--copies", "5")
    assert made[0].name not in sheet, "it is not what was made of this print"
    assert f"{made[0].name} is of other prints, sizes or settings, of an earlier version" in out
    assert out.count("no file of ") == 1, "of the other there is one"
    (plates.parent / "sent.json").write_text("[3]")
    assert "plates.pdf" not in order()[0]


def test_a_proof_goes_where_it_is_sent_and_its_name_says_what_it_is(run, tmp_path: Path) -> None:
    out = run("proof", "plates", "small", "--sizes", "25", "--out", str(tmp_path))
    assert out.splitlines()[0] == str(tmp_path / "small-dreams-plates-25mm-fit.pdf")
    out = run("proof", "wall", "small", "--screen", "--out", str(tmp_path))
    assert out.splitlines()[0] == str(tmp_path / "small-dreams-wall-row-a4-screen.pdf")
    run("proof", "sheet", "small", "--out", str(tmp_path / "mine.pdf"))
    assert (tmp_path / "mine.pdf").is_file()


def test_a_number_is_issued_with_its_certificate_and_sold(run) -> None:
    run("register", "open", "small", "1", "--count", "5", "--hors-commerce", "1")
    out = run("register", "issue", "small", "1", "--ink", "Pigment", "--buyer", "A. Museum")
    assert Path(out.splitlines()[-1].removeprefix("Certificate: ")).is_file()
    run("register", "open", "small", "1", "--count", "2", "--another-size", "1in")
    assert "1/2" in run("register", "issue", "small", "1", "--size", "1in")
    assert "Bergen" in run("register", "sold", "small", "1", "1", "--place", "Bergen")
    listed = run("register", "list")
    for told in ("small", "Untitled (Small Dreams, seed 1)", "20 × 20", "25 × 25"):
        assert told in listed, told
    assert "A. Museum" not in listed
    assert "A. Museum" in run("register", "list", "--buyers")


def test_a_number_is_named_as_every_page_prints_it(run) -> None:
    run("register", "open", "small", "1", "--count", "10", "--artist-proofs", "2")
    for kind in ("number", "number", "AP", "BAT"):
        run("register", "issue", "small", "1", "--kind", kind)
    assert "2/10 is with Anna" in run("register", "sold", "small", "1", "2/10", "--buyer", "Anna")
    for text, kind in (("AP I/II", "number"), ("1", "AP"), ("I/II", "AP"), ("ap i/ii", "AP")):
        out = run("register", "sold", "small", "1", text, "--place", "Bergen", "--kind", kind)
        assert "AP I/II is with" in out, text
    with pytest.raises(AssertionError, match=r"no number 2/12; its edition is of 10 numbered"):
        run("register", "sold", "small", "1", "2/12", "--buyer", "Anna")
    with pytest.raises(AssertionError, match=r"no number AP 2/10"):
        run("register", "sold", "small", "1", "2/10", "--kind", "AP", "--buyer", "Anna")
    with pytest.raises(AssertionError, match=r"(?s)no number 3.*Issued are: 1/10, 2/10, AP I/II"):
        run("register", "void", "small", "1", "3", "--reason", "torn")
    assert "BAT is withdrawn" in run("register", "void", "small", "1", "BAT", "--reason", "torn")


def test_a_number_of_a_second_size_is_found_by_its_suite(run) -> None:
    run("register", "open", "small", "1", "--count", "5")
    run("register", "open", "small", "1", "--count", "2", "--another-size", "1in")
    run("register", "issue", "small", "1", "--size", "1in")
    with pytest.raises(AssertionError, match=r"(?s)edition is of 5 .*1/2 \(--suite B\)"):
        run("register", "void", "small", "1", "1/2", "--reason", "torn")
    assert "1/2" in run("register", "void", "small", "1", "1/2", "--suite", "B", "--reason", "torn")


def test_the_certificate_of_a_withdrawn_number_is_named(run) -> None:
    run("register", "open", "small", "1", "--count", "10")
    for _ in range(2):
        run("register", "issue", "small", "1")
    file = Path(run("register", "issue", "small", "1").split("Certificate: ")[1].strip())
    out = run("register", "void", "small", "1", "3/10", "--reason", "torn")
    assert f"Its certificate is void now: {file}" in out
    assert "may hold it" not in out
    assert file.is_file(), "a person's paper is not deleted"
    run("proof", "certificates", "small")
    out = run("register", "void", "small", "1", "1", "--reason", "torn")
    assert "certificates.pdf may hold it too: make it again with:" in out
    assert "edition proof certificates small" in out


def test_a_number_issued_to_a_buyer_counts_as_sold(run) -> None:
    def prices() -> str:
        return words(Path(run("proof", "prices", "small").splitlines()[0]))

    run("register", "open", "small", "1", "--count", "10")
    run("register", "issue", "small", "1", "--place", "Bergen")
    assert "0 of 10 sold" in prices(), "it hangs somewhere"
    run("register", "issue", "small", "1", "--buyer", "Anna B.")
    assert "1 of 10 sold" in prices()
    run("register", "sold", "small", "1", "2/10", "--buyer", "Ben C.")
    assert "1 of 10 sold" in prices(), "sold on"
    run("register", "void", "small", "1", "2/10", "--reason", "torn")
    assert "0 of 10 sold" in prices()


def words(file: Path) -> str:
    document = pypdfium2.PdfDocument(file)
    try:
        return " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_an_edition_is_opened_when_a_person_has_seen_its_size(run, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked: list[str] = []

    def answer(said: bool):
        monkeypatch.setattr("typer.confirm", lambda text, **_: asked.append(text) or said)

    answer(False)
    assert "Nothing was opened" in run("register", "open", "small", "1", "--count", "5")
    assert "An edition of 5, each 20 × 20 mm: neither can be changed. Open it?" in asked
    assert "20 × 20" not in run("register", "list")
    answer(True)
    run("register", "open", "small", "1", "--count", "5")
    run("register", "open", "small", "2", "--count", "5", "--yes")
    assert len(asked) == 2
    assert run("register", "list").count("20 × 20") == 2


def test_a_show_is_mailed_and_its_answers_come_back(run, tmp_path: Path) -> None:
    run("exhibition", "new", "autumn")
    run("exhibition", "add", "autumn", "small", "--starred")
    out = run("proof", "show", "--exhibition", "autumn", "--rate", "--out", str(tmp_path))
    made = Path(out.splitlines()[0])
    assert made.suffix == ".html"
    named = re.search(r'data-print="([^"]+)"', made.read_text())
    works = [{"print": named[1], "rating": 5, "note": "Quiet"}]
    answers = tmp_path / "ratings.json"
    answers.write_text(
        json.dumps({"format": FORMAT, "show": "Autumn", "who": "Anna", "works": works})
    )
    told = run("exhibition", "ratings", "autumn", str(answers), "--keep")
    assert "Anna: Quiet" in told
    assert "Rated 1 print" in told


def test_an_order_takes_the_plates_that_say_its_copies(run, root: Path, tmp_path: Path) -> None:
    run("proof", "plates", "small", "--copies", "5", "--out", str(tmp_path / "A.pdf"))
    run("proof", "plates", "small", "--copies", "3")
    for copies, name in (("5", "A.pdf"), ("3", "plates.pdf")):
        (page,) = _texts(run("proof", "order", "small", "--copies", copies).splitlines()[0])
        assert name in page
    with pytest.raises(AssertionError, match="of each print, this order says 4"):
        run("proof", "order", "small", "--copies", "4")
    with pytest.raises(AssertionError, match="several numbers of copies"):
        run("proof", "order", "small")
    run("edit", "small", "title=Another name")
    out = run("proof", "order", "small")
    assert "plates.pdf is of other" in out, "the name stands below each plate"
    moved = tmp_path / "A.pdf"
    notes = json.loads((root / "small" / "proofs" / "sent.json").read_text())
    assert str(moved) in notes


def test_notes_of_files_made_at_once_are_all_kept(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from edition.proof import sent_files

    def note(number: int) -> tuple[str, ...]:
        (tmp_path / f"{number}.tif").write_bytes(b"x")
        key = f"d:{number}:f:1x1"
        return sent_files._write(tmp_path, {f"{number}.tif": {"of": [key], "sha256": ""}})

    with ThreadPoolExecutor(8) as many:
        assert set(many.map(note, range(40))) == {()}
    assert len(sent_files._read(tmp_path)) == 40
    gone = {"of": ["d:1:f:1x1"], "sha256": ""}
    sent_files._write(tmp_path, {str(tmp_path / "stick" / "a.tif"): gone, "b.tif": gone})
    (tmp_path / "1.tif").unlink()
    note(2)
    kept = sent_files._read(tmp_path)
    assert str(tmp_path / "stick" / "a.tif") in kept, "a stick that isn't in"
    assert "1.tif" not in kept
    assert "b.tif" not in kept


def _texts(file: str) -> list[str]:
    document = pypdfium2.PdfDocument(file)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
