"""The proof room's choices and pages: real prints, real PDFs, keys pressed."""

import pytest
from tests.tui.helpers import draw, has, make_edition, settle

from edition import paths
from edition.desk import proofs
from edition.desk.desk import Desk
from edition.facts import MarkChange, Marks
from edition.library.prints import Enlarged
from edition.library.store import Store
from edition.recipe.proofing import Proofing
from edition.tui.app import EditionApp
from edition.tui.screens import pages, proof_choice
from edition.tui.widgets.picture import Picture


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
    desk = Desk(root)
    try:
        settings = desk.recipe("pocket-dreams").proof.model_copy(update=chosen)
        proofs.make(desk, "pocket-dreams", kind, settings=settings)
    finally:
        desk.close()
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
        assert has(app, "h hang row  o order given  a paper A4  t style gallery  s size 300 mm")
        await press(app, pilot, "h", "o", "a", "t")
        assert has(app, "h hang grid  o order look  a paper A3  t style minimal  s size 300 mm")
        await press(app, pilot, "w")
        assert has(app, "wall.pdf")
        assert proof_file(starred, "wall.pdf").read_bytes() == grid != row
        await press(app, pilot, "h", "h", "o")
        assert has(app, "hang row  o order given")
    assert recipe.read_text() == before


async def test_pages_are_turned_with_keys(starred):
    made_by_the_desk(starred, "wall", "wall.pdf")
    from edition.proof.screen import page_count

    total = page_count(proof_file(starred, "wall.pdf"))
    assert total >= 3
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "enter")
        page = app.screen.query_one("#page", Picture)
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
        planes, wide, high = pages.view(proof_file(starred, "wall.pdf"), 0, *page.room)
        assert (wide == page.room[0]) or (high == page.room[1])
        assert wide * high == len(planes[0])
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
        assert any("can't be opened as a PDF" in n.message for n in app._notifications)
        assert has(app, "contact sheet of 6 prints")


async def test_plates_and_the_sharpness_of_each_print(starred):
    file = starred / "pocket-dreams/upscaled.png"
    draw(3, 1024).save(file)
    with Store(starred) as store:
        third = store.prints.find("pocket-dreams", [3])[0]
        facts = Enlarged("lanczos", "", 1024, 1024)
        store.prints.add_upscale(third.id, file.relative_to(starred).as_posix(), facts, 1.0)
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P")
        assert has(app, "1   21")  # 256 / 300 * 25.4
        assert has(app, "3   86")  # 1024 / 300 * 25.4
        await press(app, pilot, "l")
        assert any("seed" in n.message.lower() for n in app._notifications)
        assert not proof_file(starred, "plates.pdf").exists()
        await press(app, pilot, "s", "s", "s", "s")
        assert has(app, "size 100 mm")
        assert has(app, "3  260")  # 1024 / 100 * 25.4
        text = paths.edition_file(starred, "pocket-dreams")
        text.write_text(text.read_text() + "\n[proof]\nppi_least = 40.0\n")
    app = EditionApp(starred, slug="pocket-dreams")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await press(app, pilot, "P", "s", "s", "s", "s", "l")
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
        await press(app, pilot, "s")
        assert has(app, "  200   16")


def test_the_coarsest_come_first_and_the_rest_are_counted():
    prints = tuple(proof_choice.Pixels(seed, 300 - seed) for seed in range(100))
    settings = Proofing(print_mm=254.0, sizes={"5": 2540.0})
    rows = proof_choice.sharpness(prints, settings, 80, 6)
    words = ["".join(text for _, text in left) for left, _ in rows]
    assert words[1].split()[:2] == ["5", "2"]
    assert len(rows) == 6
    assert words[-1] == "   and 84 more of 21 or finer"
    assert proof_choice.sharpness(prints, settings, 80, 2) == []


def test_a_value_of_the_recipe_that_is_not_on_offer_comes_round_again():
    own = Proofing(paper="roll24", sequence="hand")
    seen, now = [], own
    for _ in range(3):
        now = proof_choice.following(own, now, "order")
        seen.append(now.sequence)
    assert seen == ["given", "look", "hand"]
    assert own.paper == now.paper == "roll24"
