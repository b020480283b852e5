"""The proof room's choices and pages: real prints, real PDFs, keys pressed."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tui.helpers import DIGEST, draw, has, make_edition, new_print, screen_text, settle

from edition import paths
from edition.actions import proofs, register
from edition.actions.session import Session
from edition.domain import MarkChange, Marks
from edition.library.print_table import UpscaledFile
from edition.library.store import Store
from edition.proof.document_model import ProofPrint
from edition.recipe.proof_settings import ProofSettings
from edition.tui.app import EditionApp
from edition.tui.screens import pdf_viewer, proof_choice
from edition.tui.widgets.picture_view import PictureView


def star(root, ids):
    with Store(root) as store:
        star_it = [MarkChange(i, Marks(), Marks(star=True)) for i in ids]
        store.journal.apply("star", star_it)


@pytest.fixture
def starred(tmp_path, config_home):
    """An edition with six starred prints."""
    root = tmp_path / "editions"
    ids = make_edition(root, "pocket-dreams", range(1, 7), title="Pocket Dreams")
    star(root, ids)
    return root


def proof_file(root, name):
    return paths.proofs_folder(root, "pocket-dreams") / name


def made_by_the_desk(root, kind, name, **chosen):
    session = Session(root)
    try:
        settings = session.recipe("pocket-dreams").proof.model_copy(update=chosen)
        proofs.make(session, "pocket-dreams", kind, settings=settings)
    finally:
        session.close()
    return proof_file(root, name).read_bytes()


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
        await settle(app, pilot)


async def test_the_wall_is_hung_as_chosen_and_the_recipe_stays(starred):
    recipe = paths.edition_file(starred, "pocket-dreams")
    before = recipe.read_text()
    row = made_by_the_desk(starred, "wall", "wall.pdf")
    grid = made_by_the_desk(
        starred, "wall", "wall.pdf", hang="grid", sequence="look", paper="A3", style="minimal"
    )
    proof_file(starred, "wall.pdf").unlink()
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P")
        assert has(app, "5 hang row  6 order given  7 paper A4  8 style gallery  9 size 300 mm")
        await press(app, pilot, "5", "6", "7", "8")
        assert has(app, "5 hang grid  6 order look  7 paper A3  8 style minimal  9 size 300 mm")
        await press(app, pilot, "2")
        assert has(app, "wall.pdf")
        assert proof_file(starred, "wall.pdf").read_bytes() == grid != row
        await press(app, pilot, "5", "5", "6")
        assert has(app, "hang row  6 order given")
    assert recipe.read_text() == before


async def test_pages_are_turned_with_keys(starred):
    made_by_the_desk(starred, "wall", "wall.pdf")
    from edition.proof.rasterize import page_count

    total = page_count(proof_file(starred, "wall.pdf"))
    assert total >= 3
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "enter")
        page = app.screen.query_one("#page", PictureView)
        seen = [page._lines]
        assert has(app, f"1 of {total}")
        for key, at in (
            ("right", 2), ("pagedown", 3), ("left", 2), ("pageup", 1), ("left", 1),
            ("end", total), ("right", total),
        ):  # fmt: skip
            await press(app, pilot, key)
            assert has(app, f"{at} of {total}")
            seen.append(page._lines)
        assert seen[0] == seen[4] == seen[5]
        assert seen[1] == seen[3]
        assert len({seen[0], seen[1], seen[2]}) == 3
        planes, wide, high = pdf_viewer.view(proof_file(starred, "wall.pdf"), 0, *page.room)
        assert (wide == page.room[0]) or (high == page.room[1])
        assert wide * high == len(planes[0])
        await press(app, pilot, "home")
        whole = page._lines
        await press(app, pilot, "plus")
        assert has(app, f"1.5×   1 of {total}")
        larger = page._lines
        await press(app, pilot, "right")
        moved = page._lines
        assert has(app, f"1.5×   1 of {total}"), "the arrow moves the page, and turns none"
        assert len({whole, larger, moved}) == 3
        await press(app, pilot, "left", "left", "up", "f")
        assert page._lines == whole
        await pilot.resize_terminal(120, 40)
        await settle(app, pilot)
        assert len(page._lines) > len(seen[0])
        await press(app, pilot, "escape")
        assert has(app, "wall.pdf")


async def test_a_file_that_is_no_pdf_is_named(starred):
    file = proof_file(starred, "wall.pdf")
    file.parent.mkdir()
    file.write_bytes(b"%PDF-nothing")
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "enter")
        assert any("can't be opened as a PDF" in n for n in app.heard)
        assert has(app, "contact sheet of 6 prints")


async def test_plates_and_the_sharpness_of_each_print(starred):
    file = starred / "pocket-dreams/upscaled.png"
    draw(3, 1024).save(file)
    with Store(starred) as store:
        third = store.prints.find("pocket-dreams", [3])[0]
        facts = UpscaledFile("lanczos", "", 1024, 1024)
        store.prints.add_upscale(third.id, file.relative_to(starred).as_posix(), facts, 1.0)
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P")
        assert has(app, "1   21")  # 256 / (300 + 2 * 3) * 25.4: with the bleed, as on the plate
        assert has(app, "3   84")  # 1024 / 306 * 25.4
        await press(app, pilot, "3")
        assert any("seed" in n.lower() for n in app.heard)
        assert not proof_file(starred, "plates.pdf").exists()
        await press(app, pilot, "9", "9", "9", "9")
        assert has(app, "size 100 mm")
        assert has(app, "3  245")  # 1024 / 106 * 25.4
        text = paths.edition_file(starred, "pocket-dreams")
        text.write_text(text.read_text() + "\n[proof]\nppi_least = 40.0\n")
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "9", "9", "9", "9", "3")
        assert has(app, "plates.pdf")
        await press(app, pilot, "enter")
        assert has(app, "1 of 6")


async def test_two_hundred_starred_prints_are_listed_without_their_files(tmp_path, config_home):
    root = tmp_path / "editions"
    ids = make_edition(root, "pocket-dreams", range(1, 201), title="Pocket Dreams")
    star(root, ids)
    for file in root.glob("pocket-dreams/prints/*/*.png"):
        file.unlink()
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P")
        assert has(app, "more of 21 or finer")
        await pilot.resize_terminal(120, 60)
        await settle(app, pilot)
        assert has(app, "  200   21")
        await press(app, pilot, "9")
        assert has(app, "  200   16")


def test_the_coarsest_come_first_and_the_rest_are_counted():
    prints = tuple(
        ProofPrint(Path("none.png"), seed, 300 - seed, 300 - seed) for seed in range(100)
    )
    settings = ProofSettings(print_mm=254.0, sizes={"5": 2540.0}, bleed_mm=0)
    rows = proof_choice.sharpness(prints, settings, 80, 6)
    words = ["".join(text for _, text in left) for left, _ in rows]
    assert words[0].endswith("under 240 looks coarse: smaller, or enlarge")
    assert words[1].split()[:2] == ["5", "2"]
    assert len(rows) == 6
    assert words[-1] == "   and 84 more of 21 or finer"
    assert proof_choice.sharpness(prints, settings, 80, 2) == []


def test_a_value_of_the_recipe_that_is_not_on_offer_comes_round_again():
    own = ProofSettings(paper="roll24", sequence="hand")
    seen, now = [], own
    for _ in range(3):
        now = proof_choice.following(own, now, "order")
        seen.append(now.sequence)
    assert seen == ["given", "look", "hand"]
    assert own.paper == now.paper == "roll24"


def starred_order(root):
    """The recipe's order as it is in the file."""
    with Session(root) as session:
        return session.recipe("pocket-dreams").proof


def test_the_screen_says_measures_in_the_persons_units():
    settings = ProofSettings(units="in", wall_width_mm=4000.0)
    said = "".join(text for left, _ in proof_choice.lines(settings, str, 300) for _, text in left)
    assert "11 13/16 in" in said
    assert "157 1/2 × 110 1/4, centre 59 1/16, gap 3 1/8 in" in said
    assert "300 mm" not in said


async def test_the_hang_is_put_in_order_by_hand_and_saved_in_the_recipe(starred):
    file = paths.edition_file(starred, "pocket-dreams")
    file.write_text("# mine\n" + file.read_text())
    before = file.read_text()
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "W")
        assert has(app, "6 prints   row")
        wall = app.screen.wall
        await press(app, pilot, "right", "J", "shift+down", "shift+right")
        assert [work.picture.seed for work in app.screen.works] == [1, 3, 4, 5, 2, 6]
        assert has(app, "not saved")
        assert has(app, "5 of 6")
        moved = app.screen.wall.hung[4]
        assert (moved.framed.picture.seed, moved.box) == (2, wall.hung[4].box)
        assert has(app, f"left edge {moved.box.x:.0f}   nail {moved.nail_x:.0f}")
        await press(app, pilot, "z", "z", "z")
        assert [work.picture.seed for work in app.screen.works] == [1, 2, 3, 4, 5, 6]
        await press(app, pilot, "z")
        assert any("Nothing to undo" in n for n in app.heard)
        await press(app, pilot, "Z", "Z")
        await press(app, pilot, "end", "shift+home", "right_square_bracket")
        assert has(app, "350 × 350 mm")
        assert file.read_text() == before, "nothing is saved before it is asked for"
        await press(app, pilot, "escape")
        assert any("Not saved" in n for n in app.heard)
        await press(app, pilot, "ctrl+s")
        assert has(app, "by hand")
        await press(app, pilot, "escape")
        assert has(app, "order hand")
        await press(app, pilot, "2")
        by_screen = proof_file(starred, "wall.pdf").read_bytes()
    proof = starred_order(starred)
    assert (proof.sequence, proof.order) == ("hand", (6, 1, 3, 4, 2, 5))
    assert proof.sizes == {"6": 350.0}
    assert file.read_text().startswith("# mine\n")
    assert made_by_the_desk(starred, "wall", "wall.pdf") == by_screen


async def test_prints_are_ordered_by_look_first_and_by_hand_then(starred):
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "W", "O")
        looked = [work.picture.seed for work in app.screen.works]
        assert looked != sorted(looked) == [1, 2, 3, 4, 5, 6]
        await press(app, pilot, "home", "J", "ctrl+s", "escape", "escape")
    looked[0], looked[1] = looked[1], looked[0]
    assert list(starred_order(starred).order) == looked


async def test_a_seed_of_two_recipes_keeps_both_places(starred):
    with Store(starred) as store:
        first = store.prints.get(store.prints.select("pocket-dreams"))
        twin = replace(
            new_print(starred, "pocket-dreams", 2), digest="beef" * 16, file="pocket-dreams/t.png"
        )
        (starred / "pocket-dreams/t.png").write_bytes(
            (starred / next(iter(first.values())).file).read_bytes()
        )
        star(starred, store.prints.add([twin]))
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "W", "right", "shift+home", "ctrl+s")
        wanted = [(w.picture.digest, w.picture.seed) for w in app.screen.works]
        assert [seed for _, seed in wanted] == [2, 1, 2, 3, 4, 5, 6]
        await press(app, pilot, "escape", "W")
        assert [(w.picture.digest, w.picture.seed) for w in app.screen.works] == wanted
    order = starred_order(starred).order
    assert order[0] == f"{DIGEST[:12]}:2"
    assert order[2] == "beefbeefbeef:2"


async def test_a_wall_that_is_too_small_is_said_and_mended_by_its_measures(starred):
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "M", *["down"] * 6, "backspace", *"90cm")
        assert has(app, "The wall is too small: the row needs")
        await press(app, pilot, "enter")
        assert has(app, "M wall 900 × 2800")
        await press(app, pilot, "W")
        assert has(app, "The wall is too small: the row needs")
        assert has(app, "M opens the wall's measures")
        await press(app, pilot, "M", *["down"] * 6, *["backspace"] * 3, *"5 m")
        assert has(app, "6 prints hang from")
        await press(app, pilot, "enter")
        assert has(app, "5.00 × 2.80 m")
        await press(app, pilot, "escape")
        assert has(app, "M wall 5000 × 2800")
        assert starred_order(starred).wall_width_mm == 0, "used, not saved"


async def test_measures_are_checked_as_one_types_and_saved(starred):
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "M", *["backspace"] * 3, *"5")
        assert has(app, "allowed: greater than or equal to 10")
        await press(app, pilot, "enter", "ctrl+s")
        assert any("10 to 5,000" in n for n in app.heard)
        assert starred_order(starred).print_mm == 300
        await press(app, pilot, "backspace", *"soon")
        assert has(app, "no length, as 450 or 45 cm")
        await press(app, pilot, *["backspace"] * 4, *"16 in", "tab", "backspace", "backspace", "0")
        assert has(app, "on a wall of 4000 × 2800 mm, 1277 to 1723")  # 16 in and two frames
        await press(app, pilot, "ctrl+s")
        assert has(app, "size 406.4 mm")
        await press(app, pilot, "M", "escape")
        assert has(app, "size 406.4 mm")
    proof = starred_order(starred)
    assert (proof.print_mm, proof.mat_mm) == (406.4, 0.0)


async def test_plates_get_their_paper_by_key(starred):
    text = paths.edition_file(starred, "pocket-dreams")
    text.write_text(text.read_text() + "\n[proof]\nppi_least = 40.0\nprint_mm = 100.0\n")
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P")
        assert has(app, "0 plates' paper fit")
        await press(app, pilot, *["0"] * 8)
        assert has(app, "0 plates' paper roll24")
        await press(app, pilot, "3", "enter")
        assert has(app, "1 of 1"), "six plates nested on one cut of the roll"


async def test_numbers_are_given_out_and_certified(starred):
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "ctrl+n")
        assert has(app, "pocket-dreams seed 1")
        await press(app, pilot, "n")
        assert any("edition is not open" in n for n in app.heard)
        await press(app, pilot, "enter", "backspace", "backspace", *"0", "enter")
        assert app.screen.query("#answer"), "0 is refused, and asked again"
        await press(app, pilot, "backspace", *"3", "enter")
        assert has(app, "0/3   AP 0/1   300 × 300 mm")
        await press(app, pilot, "n", *"Baryta 310", "enter", "n", "enter", "1", "enter")
        assert has(app, "2/3   AP 1/1")
        assert has(app, "Baryta 310"), "asked for once, remembered then"
        await press(app, pilot, "1", "enter")
        assert any("there is no number 2" in n for n in app.heard)
        await press(app, pilot, "D", *["backspace"] * 5, *"2", "enter")
        assert app.screen.query("#answer"), "a number is withdrawn with a reason"
        await press(app, pilot, *"/3 torn", "enter")
        assert has(app, "withdrawn")
        assert has(app, "2 numbers issued")
        await press(app, pilot, "4")
        assert has(app, "certificates.pdf")
        assert has(app, "certificates of 2 numbers")
        await press(app, pilot, "enter")
        assert has(app, "1 of 2")
    with Session(starred) as session:
        rows = register.rows(session)
    assert [(row.act, row.label) for row in rows if row.act != "open"] == [
        ("issue", "1/3"), ("issue", "2/3"), ("issue", "AP I/I"), ("void", "2/3"),
    ]  # fmt: skip


async def test_a_long_list_of_proofs_scrolls(starred):
    folder = proof_file(starred, "x").parent
    folder.mkdir(exist_ok=True)
    for number in range(40):
        file = folder / f"proof-{number:02}.pdf"
        file.write_bytes(b"%PDF-")
        os.utime(file, (1.7e9 - number, 1.7e9 - number))
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P")
        assert has(app, "proof-00.pdf")
        assert has(app, "1 of 40")
        assert has(app, "pixels an inch"), "the list leaves room for the prints' sharpness"
        for keys, name, place in (
            (["down"] * 9, "proof-09.pdf", 10), (["end"], "proof-39.pdf", 40),
            (["up", "pageup"], "proof-28.pdf", 29), (["home"], "proof-00.pdf", 1),
        ):  # fmt: skip
            await press(app, pilot, *keys)
            assert any("▌" in line and name in line for line in screen_text(app)), name
            assert has(app, f"{place} of 40")


async def test_two_hundred_prints_are_moved_on_their_wall(tmp_path, config_home):
    root = tmp_path / "editions"
    star(root, make_edition(root, "pocket-dreams", range(1, 201), title="Pocket Dreams"))
    app = EditionApp(root, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "W", "5", "5")
        assert has(app, "200 prints   salon")
        await press(app, pilot, "end", "J", "shift+home", "ctrl+s")
        assert has(app, "1 of 200")
    with Session(root) as session:
        assert session.recipe("pocket-dreams").proof.order[:3] == (200, 1, 2)
