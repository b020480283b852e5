"""Pictures in real terminals: what the real command shows is compared with the prints."""

import re
import subprocess
import sys

import pytest
from PIL import Image, ImageChops, ImageStat
from tests.tui.emulators import CELL, EDITION, Ghostty, Pty, Xterm, needs_xterm
from tests.tui.helpers import draw, make_edition, settle
from tests.tui.test_real_terminal import Tmux, needs_tmux
from textual._compositor import LayoutUpdate
from textual.geometry import Region

from edition.tui.app import EditionApp
from edition.tui.terminal.sixel import SixelBackend, encode

try:
    import pyghostty  # noqa: F401
except (ImportError, OSError):
    HAS_GHOSTTY = False
else:
    HAS_GHOSTTY = True
needs_ghostty = pytest.mark.skipif(
    not HAS_GHOSTTY, reason="no Ghostty core: pip install pyghostty (Linux on x86_64)"
)

LEFT, TOP, ACROSS, DOWN, STEP_X, STEP_Y, COLUMNS = 7, 2, 16, 8, 18, 10, 6
"""Where the light table puts its thumbnails at 120x40, cells."""
VT340 = b"\x1bP>|XTerm(379)\x1b\\\x1b[6;20;10t\x1b[?1;0;256S\x1b[?63;1;2;4;6;22c"
ROWS = [
    0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350,
    0x351, 0x352, 0x357, 0x35B, 0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36A, 0x36B,
    0x36C, 0x36D, 0x36E, 0x36F, 0x483, 0x484, 0x485, 0x486, 0x487, 0x592, 0x593, 0x594, 0x595,
    0x597,
]  # fmt: skip
"""The protocol's own table, its first 40 numbers."""


@pytest.fixture
def command(tmp_path):
    root = tmp_path / "editions"
    make_edition(root, "pocket-dreams", range(1, 41), title="Pocket Dreams")
    return (*EDITION, "--library", str(root), "open", "pocket-dreams", "--graphics")


@pytest.fixture
def xterm(tmp_path):
    opened = []

    def start(*words):
        opened.append(Xterm(tmp_path, *words))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*words, answer):
        opened.append(Pty(tmp_path, *words, answer=answer))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def vt340(data):
    return VT340 if b"\x1b[>q" in data else b""


def place(index):
    """A thumbnail's cells: left, top."""
    row, column = divmod(index, COLUMNS)
    return LEFT + column * STEP_X, TOP + row * STEP_Y


def crop(shot, x, y, across, down):
    box = (x * CELL[0], y * CELL[1], (x + across) * CELL[0], (y + down) * CELL[1])
    return shot.crop(box)


def apart(shown, wanted):
    """Mean difference of two pictures, levels of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(shown, wanted)).mean) / 3


def colours(picture, across, down):
    """Mean colours of cells."""
    return picture.resize((across, down), Image.Resampling.BOX)


def differences(shot, side=ACROSS * CELL[0]):
    """How far the eighteen thumbnails are from their prints, pixel by pixel and cell by cell.

    As Sixel they are 156 pixels high and wide: whole bands of six, in the 160 of eight lines.
    """
    found = []
    for index in range(18):
        left, top = (n * c for n, c in zip(place(index), CELL, strict=True))
        left += (ACROSS * CELL[0] - side) // 2
        shown = shot.crop((left, top, left + side, top + side))
        wanted = draw(index + 1).resize(shown.size, Image.Resampling.LANCZOS)
        coarse = apart(colours(shown, ACROSS, DOWN), colours(wanted, ACROSS, DOWN))
        found.append((apart(shown, wanted), coarse))
    return found


@needs_xterm
@pytest.mark.slow
def test_sixel_shows_every_print_in_xterm(command, xterm):
    screen = xterm(*command, "sixel")
    screen.wait(lambda: screen.output().count(b"\x1bP0;0;0q") >= 9, "nine pictures of two prints")
    screen.settle()
    table = screen.picture()
    for fine, coarse in differences(table, 156):
        assert fine < 3, "finer than half-cells: those are 4 to 5 away, and this 1.4 to 1.7"
        assert coarse < 3
    before = len(screen.output())
    screen.press(b"\x1b[C")
    screen.settle()
    assert b"\x1bP" not in screen.output()[before:], "an arrow sends no pixel"
    assert differences(screen.picture(), 156) == differences(table, 156)
    for key in (b"\r", b"t"):  # at last without the filmstrip
        before = len(screen.output())
        screen.press(key)
        screen.wait(lambda at=before: b"\x1bP0;0;0q" in screen.output()[at:], "the loupe's picture")
        screen.settle()
    loupe = screen.picture()
    wanted = draw(2).resize((740, 740), Image.Resampling.NEAREST)
    assert apart(loupe.crop((50, 0, 790, 740)), wanted) < 3
    screen.press(b"?")
    screen.settle()
    page = screen.picture().crop((50, 0, 790, 740))
    assert len(page.getcolors(1 << 20)) < 16 < len(loupe.getcolors(1 << 20)), "text alone is left"
    screen.press(b"\x1b")
    screen.settle()
    assert apart(screen.picture(), loupe) < 0.5, "and is there again"
    screen.press(b"\x1b")
    screen.settle()
    assert all(fine < 3 for fine, _ in differences(screen.picture(), 156))


@needs_xterm
@pytest.mark.slow
def test_half_cells_show_every_print_in_xterm(command, xterm):
    screen = xterm(*command, "half")
    screen.wait(lambda: "▀".encode() in screen.output(), "the first grid")
    screen.settle()
    found = differences(screen.picture())
    assert all(coarse < 3 for _, coarse in found)
    assert all(fine > 3 for fine, _ in found), "what tells half-cells from pixels does tell"
    assert b"\x1bP0;0;0q" not in screen.output()


def test_marks_send_only_the_pictures_they_change(command, terminal):
    screen = terminal(*command, "auto", answer=vt340)
    screen.wait(b"\x1bP0;0;0q")
    screen.read(1.0)
    assert screen.text.count(b"\x1bP0;0;0q") == 9, "two prints to a picture: xterm keeps sixteen"
    star = screen.press(b" ")
    assert b"\x1bP" not in star
    assert len(star) < 4000
    arrow = screen.press(b"\x1b[C")
    assert b"\x1bP" not in arrow
    assert len(arrow) < 4000
    reject = screen.press(b"x")
    assert reject.count(b"\x1bP0;0;0q") == 1, "the one that is rejected, over the old one"
    assert "▀".encode() not in reject, "no cell of a picture is written: nothing blinks"
    page = screen.press(b"\x1b[6~") + screen.read(1.0)
    assert page.count(b"\x1bP0;0;0q") == 9
    back = screen.press(b"\x1b[5~")
    first = back.split(b"\x1bP0;0;0q")
    assert len(first) == 10, "known pictures come again with their page"


@needs_ghostty
@pytest.mark.slow
def test_kitty_shows_every_print_in_ghostty(command, terminal):
    ghostty = Ghostty()
    screen = terminal(*command, "auto", answer=ghostty.answer)
    screen.wait("\U0010eeee".encode())
    for index in range(18):
        shown = ghostty_picture(ghostty, *place(index), ACROSS, DOWN)
        wanted = colours(draw(index + 1), ACROSS, DOWN)
        assert apart(shown, wanted) < 3
    held = set(ghostty.placements())
    arrow = screen.press(b"\x1b[C")
    assert b"\x1b_G" not in arrow
    assert len(arrow) < 4000
    loupe = screen.press(b"\r") + screen.press(b"t") + screen.read(1.0)  # without its filmstrip
    assert b"\x1b_G" in loupe
    shown = ghostty_picture(ghostty, 5, 0, 74, 37)
    assert apart(shown, colours(draw(2), 74, 37)) < 4
    held = {number for number, cells in ghostty.placements().items() if cells != (74, 37)}
    large = set(ghostty.placements()) - held
    assert len(large) == 1
    screen.press(b"\x1b[C")
    screen.read(1.0)
    after = set(ghostty.placements()) - held
    assert len(after) == 1
    assert after != large, "the loupe's last picture is freed as the next one comes"
    every = held | large | after
    assert all(ghostty.image(number) for number in held | after)
    screen.press(b"\x11")
    screen.read(2.0, 20.0)
    assert not any(ghostty.image(number) for number in every), "freed on leaving"
    assert not ghostty.placements()
    ghostty.close()


def ghostty_picture(ghostty, left, top, across, down):
    """The mean colours of cells, by the placeholders that stand in them."""
    placements, images = ghostty.placements(), {}
    picture = Image.new("RGB", (across, down))
    for y in range(down):
        last = (0, -1, -1)
        for x in range(across):
            text, number = ghostty.cell(left + x, top + y)
            assert text[0] == 0x10EEEE, f"a placeholder at {left + x}, {top + y}"
            if len(text) == 3:
                last = (number, ROWS.index(text[1]), ROWS.index(text[2]))
            else:
                assert number == last[0], "a bare placeholder goes on from its left neighbour"
                last = (number, last[1], last[2] + 1)
            if number not in images:
                images[number] = colours(ghostty.image(number), *placements[number])
            picture.putpixel((x, y), images[number].getpixel((last[2], last[1])))
    return picture


def test_doctor_says_what_the_terminal_draws(tmp_path, terminal):
    command = (sys.executable, "-m", "edition.cli", "--library", str(tmp_path / "e"), "doctor")
    screen = terminal(*command, answer=vt340)
    screen.wait(b"library")
    assert b"sixel" in screen.text
    assert b"10 x 20 pixels a cell; auto takes sixel" in screen.text


async def test_nothing_is_drawn_over_a_message(library):
    out = []
    drawn = SixelBackend(mode="sixel")
    app = EditionApp(library, slug="pocket-dreams", graphics=drawn)
    drawn.attach = lambda write, jpeg: SixelBackend.attach(drawn, out.append, jpeg)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(app, pilot)
        await drawn_all(app, pilot)
        every = dict(drawn._shown)
        assert len(out) == len(every) == 8
        app.notify("one\ntwo\nthree\nfour", timeout=60)
        await settle(app, pilot)
        toast = app.screen.query_one("Toast").region
        drawn.draw_over(app, LayoutUpdate([], app.screen.size.region))
        left = set(drawn._shown)
        assert 0 < len(left) < 8
        assert not any(place.overlaps(toast) for place in left)
        assert len(out) == 8 + len(left), "known pictures come with the frame that wrote there"
        app.clear_notifications()
        await settle(app, pilot)
        drawn.draw_over(app, LayoutUpdate([], toast))
        assert drawn._shown == every
        assert len(out) == 16, "only what the message had covered"


async def drawn_all(app, pilot):
    for _ in range(500):
        app.graphics.draw_over(app, None)
        await settle(app, pilot)
        if app.graphics._making is None:
            return
    raise AssertionError("pictures are encoded without end")


@pytest.mark.parametrize("colours", [16, 256])
def test_sixel_defines_its_colours_before_it_uses_them(colours):
    text = encode(draw(5).resize((160, 96)), colours)
    assert text.startswith('\x1bP0;0;0q"1;1;160;96#')
    body = re.sub(r'^\x1bP0;0;0q"[\d;]+(#\d+;2;\d+;\d+;\d+)+', "", text)
    assert not re.search(r"#\d+;2", body), "xterm takes a definition for no choice of a colour"
    used = set(re.findall(r"#(\d+)", body))
    assert used <= set(re.findall(r"#(\d+);2;", text))
    assert 8 < len(used) <= colours


@needs_ghostty
@needs_tmux
@pytest.mark.slow
def test_kitty_reaches_ghostty_through_tmux(command, terminal, tmp_path):
    settings = tmp_path / "tmux.conf"
    settings.write_text("set -g allow-passthrough on\nset -as terminal-features ',*:RGB'\n")
    tmux = ("tmux", "-u", "-f", str(settings), "-S", str(tmp_path / "tmux.socket"))
    ghostty = Ghostty()
    try:
        screen = terminal(*tmux, "new-session", *command, "kitty", answer=ghostty.answer)
        screen.wait("\U0010eeee".encode())
        screen.read(1.0)
        shown = ghostty_picture(ghostty, *place(0), ACROSS, DOWN)
        assert apart(shown, colours(draw(1), ACROSS, DOWN)) < 3
        assert len(ghostty.placements()) == 18
        screen.press(b"\x11")
        screen.read(2.0, 20.0)
        assert not ghostty.placements(), "freed through tmux too"
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
    ghostty.close()


@needs_tmux
def test_a_tmux_without_sixel_shows_half_cells(command, tmp_path):
    screen = Tmux(tmp_path, *command, "sixel")
    try:
        screen.wait("1 of 40", "▀")
        screen.keys("Right")
        shown = screen.wait("2 of 40")
        assert "!160" not in shown
        assert "#1;2" not in shown
        assert shown.count("▀") >= 18 * 8 * 16
    finally:
        screen.close()


@pytest.mark.parametrize("height", [136, 144, 152])
def test_sixel_ends_with_a_whole_band_and_no_new_line(height):
    """foot and tmux count the line below to the picture otherwise, and clear the caption there."""
    text = encode(draw(5).resize((144, height)))
    whole = height // 6 * 6
    assert text.startswith(f'\x1bP0;0;0q"1;1;144;{whole}#')
    assert text.count("-") == whole // 6 - 1, "new lines stand between bands alone"
    assert not text.endswith("-\x1b\\")


def test_konsoles_bar_is_painted_over():
    drawn = SixelBackend(mode="sixel", overhang=True, ground=(1, 2, 3))
    hem = drawn._hem(Region(4, 2, 16, 3))
    assert hem.count("\x1b[0;48;2;1;2;3m ") == 3
    assert [f"\x1b[{y};21H" in hem for y in (3, 4, 5)] == [True] * 3
