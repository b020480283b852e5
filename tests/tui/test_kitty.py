"""Kitty's protocol as bytes, and what is understood of a terminal's answers."""

import base64
import re
import zlib

from tests.tui.helpers import draw, settle

from edition.tui.app import EditionApp
from edition.tui.terminal import capabilities, kitty
from edition.tui.terminal.kitty import KittyBackend


def sent(text):
    """Image numbers and pixels of all transmissions in a text."""
    images, keys, data = {}, {}, ""
    for controls, payload in re.findall(r"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\", text):
        pairs = dict(pair.split("=") for pair in controls.split(","))
        if pairs.get("a") == "t":
            keys, data = pairs, ""
        if "m" in pairs:
            data += payload
            assert len(payload) <= kitty.CHUNK
            if pairs["m"] == "0":
                images[int(keys["i"])] = (zlib.decompress(base64.b64decode(data)), keys)
    return images


def test_placeholders_name_the_image_and_the_row():
    lines = kitty.placeholders(0x010203, 16, 8)
    assert len(lines) == 8
    for row, line in enumerate(lines):
        assert line.startswith("\x1b[38;2;1;2;3m" + kitty.PLACEHOLDER + kitty.accents()[row])
        assert line.count(kitty.PLACEHOLDER) == 16
    assert [ord(a) for a in kitty.accents()[:8]] == [
        0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F,
    ]  # fmt: skip
    assert len(kitty.accents()) == kitty.MAX_ROWS


def test_pixels_arrive_whole_and_are_sent_once():
    out = []
    drawn = KittyBackend(mode="kitty")
    drawn.attach(out.append, lambda ids: {})
    rgb = draw(3).resize((32, 32)).tobytes()
    first = drawn.thumb(7, rgb, 16, shade=False)
    again = drawn.thumb(7, rgb, 16, shade=False)
    assert first == again
    images = sent("".join(out))
    assert [pixels for pixels, _ in images.values()] == [rgb]
    (keys,) = [keys for _, keys in images.values()]
    assert (keys["s"], keys["v"], keys["f"], keys["o"]) == ("32", "32", "24", "z")
    assert "a=p,U=1" in "".join(out)
    drawn.thumb(7, rgb, 16, shade=True)
    assert len(sent("".join(out))) == 2, "a reject is another picture: a dark one"
    drawn.close()
    assert "".join(out).count("a=d,d=I") == 2


def test_old_images_are_freed_on_the_terminals_side(monkeypatch):
    monkeypatch.setattr(kitty, "KEPT", 3)
    out = []
    drawn = KittyBackend(mode="kitty", tmux=True)
    drawn.attach(out.append, lambda ids: {})
    for print_id in range(5):
        drawn.thumb(print_id, bytes(3072), 8, shade=False)
    text = "".join(out)
    assert text.count("a=d,d=I") == 2
    assert all(part.startswith("\x1bPtmux;\x1b\x1b_G") for part in out)


async def test_the_table_shows_placeholders(library):
    out = []
    drawn = KittyBackend(mode="kitty")
    app = EditionApp(library, slug="pocket-dreams", graphics=drawn)
    drawn.attach = lambda write, jpeg: KittyBackend.attach(drawn, out.append, jpeg)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        grid = app.screen.grid
        line = grid.render_lines(grid.size.region)[1].render(app.console)
        assert line.count(kitty.PLACEHOLDER) == 4 * 16
        assert all(keys["s"] == "128" for _, keys in sent("".join(out)).values())


async def test_a_dialog_over_the_table_tints_half_cells_not_placeholders(library):
    drawn = KittyBackend(mode="kitty")
    app = EditionApp(library, slug="pocket-dreams", graphics=drawn)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        grid = app.screen.grid
        strip = grid.render_lines(grid.size.region)[1]
        assert kitty.PLACEHOLDER in strip.render(app.console)
        cut = strip.crop(5, 40)
        assert kitty.PLACEHOLDER not in cut.text, "its colour is a number: it may not be mixed"
        assert cut.text.count("▀") > 20


def test_the_loupes_picture_takes_the_place_of_the_last_one():
    out = []
    drawn = KittyBackend(mode="kitty", cell=(10, 20))
    drawn.attach(out.append, lambda ids: {})
    planes = tuple(channel.tobytes() for channel in draw(3).resize((160, 160)).split())
    lines = drawn.picture(1, planes, 160, 160)
    assert len(lines) == 8
    assert lines[0].count(kitty.PLACEHOLDER) == 16
    ((first, (pixels, _)),) = sent("".join(out)).items()
    assert pixels == draw(3).resize((160, 160)).tobytes()
    drawn.picture(1, planes, 160, 160)
    assert "".join(out).count(kitty.removal(first)) == 1
    assert drawn.plain(lines[2]) == " " * 16, "a freed image leaves blanks"
    drawn.close()
    assert "".join(out).count("a=d,d=I") == 2


def test_the_terminals_answers():
    ok = "\x1b_Gi=4211;OK\x1b\\\x1b[6;20;10t\x1b[?62;4;22c"
    new = capabilities.understand("\x1bP>|kitty(0.35.1)\x1b\\" + ok)
    assert (new.kitty, new.sixel, new.cell) == (True, True, (10, 20))
    assert not capabilities.understand("\x1bP>|kitty(0.26.5)\x1b\\" + ok).kitty
    assert capabilities.understand("\x1bP>|ghostty 1.1\x1b\\" + ok).kitty
    assert not capabilities.understand("\x1bP>|WezTerm 2024\x1b\\" + ok).kitty, (
        "says OK, draws nothing"
    )
    assert capabilities.understand("") == capabilities.TerminalCapabilities()
    assert capabilities.choose("auto", new) == "kitty"
    assert capabilities.choose("auto", capabilities.TerminalCapabilities(sixel=True)) == "quadrant"
    assert capabilities.choose("half", new) == "half"
    vt340 = capabilities.understand("\x1b[6;20;10t\x1b[?1;0;1024S\x1b[?63;1;2;4;22c")
    assert (vt340.sixel, vt340.cell, vt340.colours) == (True, (10, 20), 256)
    assert capabilities.choose("auto", vt340) == "sixel"
    few = capabilities.understand("\x1b[6;20;10t\x1b[?1;0;16S\x1b[?63;1;2;4;22c")
    assert capabilities.choose("auto", few) == "quadrant", "sixteen colours look worse than cells"
    assert capabilities.choose("sixel", few) == "sixel"


def test_colours_ground_and_signs_are_asked_of_the_terminal():
    kept = "\x1bP1$r0;38:2::1:2:3m\x1b\\\x1b[?65;1;9c"
    assert capabilities.understand(kept).true_colour, "xterm's way"
    assert capabilities.understand("\x1bP1$r0;38;2;1;2;3m\x1b\\").true_colour, "VTE's way"
    assert not capabilities.understand("\x1bP1$r0;38:5:16m\x1b\\").true_colour, "the nearest of 256"
    assert not capabilities.understand("\x1bP0$r\x1b\\").true_colour
    assert capabilities.understand("", {"COLORTERM": "truecolor"}).true_colour
    assert capabilities.understand("", {"TERM": "xterm-kitty"}).true_colour
    assert capabilities.understand("\x1b]11;rgb:f3f3/f1f1/ecec\x1b\\").light is True
    assert capabilities.understand("\x1b]11;rgb:00/00/00\x07").light is False
    assert capabilities.understand("").light is None
    foot = capabilities.understand("\x1bP>|foot(1.13.1)\x1b\\")
    assert capabilities.choose("auto", foot) == "sextant"
    xterm = capabilities.understand("\x1bP>|XTerm(379)\x1b\\")
    assert capabilities.choose("auto", xterm) == "quadrant", "xterm leaves sextants to the font"


def test_the_terminal_behind_tmux():
    tmux = capabilities.understand("\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c", {"TMUX": "/t,1,0"})
    ghostty = capabilities.behind_tmux(tmux, "ghostty 1.1", "256,RGB,title", True)
    assert (ghostty.kitty, ghostty.true_colour, ghostty.tmux) == (True, True, True)
    assert capabilities.choose("auto", ghostty) == "kitty"
    closed = capabilities.behind_tmux(tmux, "kitty(0.41.1)", "256", False)
    assert capabilities.choose("auto", closed) == "sextant", "tmux must let pictures through"
    unknown = capabilities.behind_tmux(tmux, "", "", False)
    assert capabilities.choose("auto", unknown) == "quadrant"
