"""What the wall page draws, what it says and what the hanging list says are one and the same."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pypdfium2
import pytest
from tests_proof_kit import make_show, paint

from edition.errors import ProofError
from edition.proof.page_layout import zoomed
from edition.proof.paper_sizes import Size, length, whole
from edition.proof.paper_sizes import paper as paper_named
from edition.proof.rasterize import render_page
from edition.proof.wall_layout import hang, hang_walls
from edition.proof.wall_pdf import READABLE, sections, wall_proof, whole_scale
from edition.recipe.proof_settings import Opening, ProofSettings, WallPlan

SETTINGS = ProofSettings(
    print_mm=310.5, sizes={"2": 500.0, "5": 222.2}, mat_mm=35.5, frame_mm=25.0, gap_mm=77.0,
    wall_width_mm=5200.0,
)  # fmt: skip
DPI = 600


def words(file, index):
    document = pypdfium2.PdfDocument(str(file))
    try:
        return document[index].get_textpage().get_text_range()
    finally:
        document.close()


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wall")
    show = make_show(folder / "prints", 7, 96, 64)
    report = wall_proof(show, SETTINGS, folder / "wall.pdf")
    return show, report, hang(show.pictures, SETTINGS)


def test_the_list_and_the_wall_say_the_same_numbers(proof):
    _, report, wall = proof
    elevation = set(re.findall(r"\d+", words(report.file, 1)))
    listed = " ".join(words(report.file, 2).split())
    for hung, following in zip(wall.hung, [*wall.hung[1:], None], strict=True):
        gap = "–" if following is None else length(following.box.x - hung.box.right)
        left, top = length(hung.box.x), length(hung.box.top)
        hooks = [length(hook) for hook in hung.hooks]
        expected = [left, *hooks, length(hung.hook_y), top, length(hung.box.y), gap]
        assert " ".join(expected) in listed, (listed, expected)
        assert {left, *hooks} <= elevation
        assert hung.hook_y == whole(hung.box.top) - SETTINGS.hook_drop_mm
        assert all(hook == round(hook) for hook in (*hung.hooks, hung.hook_y, hung.box.x))


def test_what_is_drilled_is_bold(proof):
    _, report, wall = proof
    first = wall.hung[0]
    document = pypdfium2.PdfDocument(str(report.file))
    try:
        page = document[2]
        words = page.get_textpage()
        fonts = {
            text.extract().strip(): text.get_font().get_base_name()
            for text in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], textpage=words)
        }
    finally:
        document.close()
    drilled = {length(first.hooks[0]), length(first.hook_y)}
    told = {length(first.box.x), length(first.box.top), *drilled}
    assert {value for value in told if "Bold" in fonts[value]} == drilled


def edges(line):
    """First and last column of every dark run longer than 1 mm of paper, in pixels."""
    dark = np.concatenate([[False], line < 110, [False]])
    changes = np.flatnonzero(dark[1:] != dark[:-1])
    runs = [(a, b) for a, b in zip(changes[::2], changes[1::2], strict=True)]
    return [(a, b) for a, b in runs if b - a > DPI / 25.4]


@pytest.mark.slow
@pytest.mark.parametrize("paper", ["A4", "A3", "A5", "16x20in"])
def test_drawn_true_to_scale_within_a_tenth_of_a_millimetre(paper, proof, tmp_path):
    show, _, wall = proof
    settings = SETTINGS.model_copy(update={"paper": paper})
    report = wall_proof(show, settings, tmp_path / "wall.pdf")
    scale = float(report.scale.removeprefix("1:"))
    page = np.asarray(render_page(report.file, 1, dpi=DPI).convert("L"))
    per_mm = DPI / 25.4
    # The wall's left edge and floor, found in the picture: a tint beside white, over a dark line.
    high = page[page.shape[0] * 3 // 10]
    left = next(x for x in range(len(high)) if (high[x : x + 400] < 254).all())
    column = page[:, left + 8]
    _, zoom = zoomed(paper_named(paper).size.landscape())
    left += 0.2 * zoom / 72 * DPI  # the wall's edge is a line of 0.4 pt, half of it outside
    line = np.flatnonzero((column < 190) & (np.arange(len(column)) > page.shape[0] // 2))
    skirting, floor_line, *_ = np.split(line, np.flatnonzero(np.diff(line) > 1) + 1)
    floor = (floor_line[0] + floor_line[-1] + 1) / 2
    assert floor > skirting[-1]
    for hung in wall.hung:
        # Through the middle of the upper moulding, where a row is dark from edge to edge.
        height = hung.box.top - SETTINGS.frame_mm / 2
        row = page[round(floor - height / scale * per_mm)]
        found = [(a - left, b - left) for a, b in edges(row)]
        wanted = [hung.box.x / scale * per_mm, hung.box.right / scale * per_mm]
        near = min(found, key=lambda run: abs(run[0] - wanted[0]))
        for seen, true in zip(near, wanted, strict=True):
            assert abs(seen - true) / per_mm <= 0.1, (hung.number, near, wanted)


@pytest.mark.parametrize("kind", ["row", "grid", "salon"])
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_frames_keep_their_distance_and_stay_on_the_wall(kind, count, proof):
    show = proof[0]
    pictures = [
        replace(show.pictures[i % 7], seed=i, print_mm=200.0 + 37 * (i % 5)) for i in range(count)
    ]
    settings = ProofSettings(hang=kind, wall_height_mm=3200.0, gap_mm=60.0)
    wall = hang(pictures, settings)
    assert [h.framed.picture for h in wall.hung] == pictures
    for hung in wall.hung:
        assert hung.box.x >= settings.corner_mm - 1
        assert hung.box.right <= wall.size.width - settings.corner_mm + 1
        assert hung.box.y >= 0
        assert hung.box.top <= wall.size.height
        assert hung.box.x == round(hung.box.x)
    for i, one in enumerate(wall.hung):
        for other in wall.hung[:i]:
            apart_x = max(one.box.x - other.box.right, other.box.x - one.box.right)
            apart_y = max(one.box.y - other.box.top, other.box.y - one.box.top)
            assert max(apart_x, apart_y) >= 60 - 1.001


def test_a_row_is_centred_on_the_line_with_equal_gaps(proof):
    wall = proof[2]
    for hung in wall.hung:
        assert hung.box.y + hung.box.height / 2 == pytest.approx(1500)
    for one, other in pairwise(wall.hung):
        assert other.box.x - one.box.right == pytest.approx(77, abs=1)
    free_left = wall.hung[0].box.x
    free_right = wall.size.width - wall.hung[-1].box.right
    assert free_left == pytest.approx(free_right, abs=1)


def test_a_long_wall_is_cut_between_frames(proof):
    show = proof[0]
    pictures = [replace(show.pictures[i % 7], seed=i) for i in range(40)]
    wall = hang(pictures, ProofSettings())
    assert whole_scale(wall, Size(297, 210), 18, 1720) > READABLE
    parts = sections(wall, 5000)
    assert parts[0][0] == 0
    assert parts[-1][1] == wall.size.width
    for (_, end), (start, _) in pairwise(parts):
        assert end == start
        assert not any(h.box.x < end < h.box.right for h in wall.hung)
    assert all(end - start <= 5000 for start, end in parts)


def test_sections_are_pages(tmp_path):
    show = make_show(tmp_path / "prints", 20)
    report = wall_proof(show, ProofSettings(), tmp_path / "wall.pdf")
    texts = [words(report.file, index) for index in range(report.pages)]
    assert any("Section 1 of 2" in text for text in texts)
    rows = [line for text in texts if "Hanging list" in text for line in text.splitlines()]
    assert sum(bool(re.search(r"^seed \d+$", row)) for row in rows) == 20


@pytest.mark.parametrize(
    ("change", "words_found"),
    [
        ({"wall_width_mm": 900.0}, "wall is too small"),
        ({"wall_height_mm": 1600.0}, "wall is too low"),
        ({"paper": "foolscap"}, "no paper named 'foolscap'"),
        ({"paper": "roll24"}, "needs a sheet"),
        ({"style": "baroque"}, "no proof style 'baroque'"),
        ({"font": "Comic"}, "no font 'Comic'"),
        ({"profile": "nowhere.icc"}, "can't be read"),
    ],
)
def test_what_does_not_go_is_named_and_nothing_is_written(change, words_found, proof, tmp_path):
    with pytest.raises(ProofError, match=words_found) as caught:
        wall_proof(proof[0], SETTINGS.model_copy(update=change), tmp_path / "wall.pdf")
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def told(file, page):
    document = pypdfium2.PdfDocument(str(file))
    try:
        return " ".join(document[page].get_textpage().get_text_range().split())
    finally:
        document.close()


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """Two walls: a door between two frames, and two frames whose hooks are 60 mm apart."""
    folder = tmp_path_factory.mktemp("rooms")
    show = make_show(folder / "prints", 4)
    shapes = ((96, 96), (96, 60), (60, 96), (96, 36))
    pictures = tuple(
        replace(p, file=paint(folder / f"{w}x{h}-{p.seed}.png", p.seed, w, h), width=w, height=h)
        for p, (w, h) in zip(show.pictures, shapes, strict=True)
    )
    door = Opening(kind="door", x_mm=1700.0, width_mm=900.0)
    walls = (
        WallPlan(name="North wall", width_mm=4000.0, works=2, openings=(door,)),
        WallPlan(name="East wall", width_mm=4000.0),
    )
    settings = ProofSettings(ppi_least=36, walls=walls, two_hooks_mm=400.0)
    return replace(show, pictures=pictures), settings


def test_every_hook_height_is_in_the_drawing_with_its_number(rooms, tmp_path):
    show, settings = rooms
    walls = hang_walls(show.pictures, settings)
    file = wall_proof(show, settings, tmp_path / "wall.pdf").file
    for page, wall in enumerate(walls, 2):
        words = told(file, page)
        for hung in wall.hung:
            assert f"hook {hung.number}: {hung.hook_y:.0f}" in words
        assert "centre 1500" in words
    assert {hung.hook_y for hung in walls[1].hung} == {1660.0, 1566.0}


def test_openings_are_measured_and_a_gap_past_one_says_so(rooms, tmp_path):
    show, settings = rooms
    file = wall_proof(show, settings, tmp_path / "wall.pdf").file
    title, north, listed = (told(file, page) for page in (0, 2, 4))
    assert "door 900 × 2050" in north
    assert "1700" in north
    assert "2600" in north
    assert "past a door" in listed
    assert "Hanging list · North wall, East wall" in listed
    assert "Pocket Dreams – Álmok, Сны, Όνειρα · North wall" in north
    assert "made with edition" in listed, "not an edition of the artwork"
    assert re.search(r"8[01] mm between frames", title), "between 3 and 4: not past the door"
    alone = settings.model_copy(update={"walls": settings.walls[:1]})
    two = replace(show, pictures=show.pictures[:2])
    assert "between frames" not in told(wall_proof(two, alone, tmp_path / "two.pdf").file, 0)


@pytest.mark.parametrize("spacing", ["gap", "even"])
def test_frames_stand_in_the_middle_of_their_piece_of_wall(rooms, spacing):
    show, settings = rooms
    settings = settings.model_copy(update={"spacing": spacing, "print_mm": 200.0})
    first, second = hang_walls(show.pictures, settings)[0].numbered
    for hung, low, high in ((first, 0, 1700), (second, 2600, 4000)):
        assert hung.box.x - low == pytest.approx(high - hung.box.right, abs=1)


def test_a_door_stands_on_the_floor():
    with pytest.raises(ValueError, match="window"):
        Opening(x_mm=300.0, width_mm=900.0, y_mm=900.0)


def test_inches_in_the_hanging_list_stand_apart(rooms, tmp_path):
    show, settings = rooms
    inches = settings.model_copy(update={"units": "in", "walls": ()})
    file = wall_proof(show, inches, tmp_path / "wall.pdf").file
    document = pypdfium2.PdfDocument(str(file))
    try:
        page = document[2].get_textpage()
        boxes = [page.get_rect(i) for i in range(page.count_rects())]
    finally:
        document.close()
    for left, bottom, right, top in boxes:
        beside = [b[0] for b in boxes if b[0] > left and b[1] < top and b[3] > bottom]
        assert all(x - right > 4 for x in beside if x > right - 1), (left, right)
    words = told(file, 2)
    assert "don't add them up" in words
    assert "ft" in told(file, 1)


def test_many_hooks_of_one_height_are_cut_and_the_height_stays(tmp_path):
    show = make_show(tmp_path / "prints", 16, 24, 24)
    pictures = tuple(
        replace(p, print_mm=(100.0, 130.0)[n % 2]) for n, p in enumerate(show.pictures)
    )
    settings = ProofSettings(ppi_least=36, mat_mm=0.0, gap_mm=40.0)
    file = wall_proof(replace(show, pictures=pictures), settings, tmp_path / "wall.pdf").file
    words = told(file, 1)
    assert re.search(r"hook 1, 3, 5.*…: 1520", words)
    assert re.search(r"hook 2, 4, 6.*…: 1535", words)


def test_a_windows_measures_are_on_the_drawing_however_small_it_is(rooms, tmp_path):
    show, settings = rooms
    openings = (
        Opening(kind="window", x_mm=1500.0, width_mm=300.0, y_mm=900.0, height_mm=1200.0),
        Opening(kind="window", x_mm=2200.0, width_mm=1000.0, y_mm=950.0, height_mm=1100.0),
        Opening(kind="socket", x_mm=100.0, width_mm=80.0, y_mm=300.0, height_mm=80.0),
        Opening(kind="socket", x_mm=3700.0, width_mm=80.0, y_mm=300.0, height_mm=80.0),
    )
    walls = (WallPlan(name="North wall", width_mm=5000.0, openings=openings),)
    settings = settings.model_copy(update={"walls": walls, "print_mm": 200.0})
    words = told(wall_proof(show, settings, tmp_path / "wall.pdf").file, 1)
    for measures in ("300 × 1200", "sill 900", "1000 × 1100", "sill 950"):
        assert measures in words, measures
    assert "socket, 80 × 80, lower edge 300 at 100, 3700" in words


def lines_through(file, index, text):
    """Strokes and fills after the last that could cover a text's middle: each (kind, box)."""
    document = pypdfium2.PdfDocument(str(file))
    try:
        page = document[index]
        pieces = list(page.get_objects(textpage=page.get_textpage()))
        texts = [o for o in pieces if isinstance(o, pypdfium2.PdfTextObj)]
        (own,) = [o for o in texts if o.extract().strip() == text]
        left, bottom, right, top = own.get_bounds()
        x, y = (left + right) / 2, (bottom + top) / 2
        over = []
        for piece in pieces:
            if piece.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH:
                box = piece.get_bounds()
                if box[0] <= x <= box[2] and box[1] - 0.2 <= y <= box[3] + 0.2:
                    over.append(box[3] - box[1] > 2)
        return over
    finally:
        document.close()


def test_no_line_goes_through_a_number(tmp_path):
    show = make_show(tmp_path / "prints", 5)
    settings = ProofSettings(ppi_least=36, hang="grid", columns=3)
    file = wall_proof(show, settings, tmp_path / "wall.pdf").file
    for number in ("1", "2", "3"):
        assert lines_through(file, 1, number)[-1], "the wall's colour is the last below it"


@pytest.mark.parametrize(("kind", "across", "down"), [("grid", 3, 3), ("salon", 2, 2)])
def test_gaps_of_grids_and_salons_are_drawn_and_listed(kind, across, down, tmp_path):
    show = make_show(tmp_path / "prints", 5)
    settings = ProofSettings(ppi_least=36, hang=kind, columns=3, gap_mm=88.0)
    wall = hang(show.pictures, settings)
    assert (len(wall.neighbours), len(wall.stacked)) == (across, down)
    file = wall_proof(show, settings, tmp_path / "wall.pdf").file
    drawn, listed = told(file, 1), told(file, 2)
    assert drawn.split().count("88") == across + down
    for upper, lower in wall.stacked:
        assert upper.box.y - lower.box.top == pytest.approx(88)
        assert f"88 down to no. {lower.number}" in listed


def test_a_narrow_gap_of_a_row_stands_upright_in_it(tmp_path):
    show = make_show(tmp_path / "prints", 5)
    walls = (WallPlan(name="North", width_mm=5200.0),)
    settings = ProofSettings(ppi_least=36, gap_mm=83.0, walls=walls)
    words = told(wall_proof(show, settings, tmp_path / "wall.pdf").file, 1)
    assert words.split().count("83") == 4
    assert "Without room" not in words


def test_a_section_draws_no_opening_of_another(tmp_path):
    show = make_show(tmp_path / "prints", 20)
    sockets = tuple(
        Opening(kind="socket", x_mm=x, width_mm=80.0, y_mm=300.0, height_mm=80.0)
        for x in (100.0, 9000.0)
    )
    walls = (WallPlan(name="Long", width_mm=12000.0, openings=sockets),)
    settings = ProofSettings(ppi_least=36, walls=walls)
    report = wall_proof(show, settings, tmp_path / "wall.pdf")
    parts = [told(report.file, i) for i in range(report.pages)]
    first, *_, last = [text for text in parts if "Section " in text]
    assert "lower edge 300 at 100" in first
    assert "9000" not in first
    assert "at 100" not in last
