"""What needs no terminal: text, cells, filters, keys, settings."""

import random

import pytest
from rich.cells import cell_len

from edition import paths
from edition.actions import search
from edition.domain import Filter, Span, Term
from edition.errors import EditionError
from edition.text_format import clean, count, duration, factor
from edition.tui import keymap, user_settings
from edition.tui.screens import help_screen
from edition.tui.terminal import half_blocks
from edition.tui.terminal.ansi_style import AnsiStyle, clip
from edition.tui.terminal.ansi_style import cells as width_of
from edition.tui.terminal_text import fit, wrap
from edition.tui.theme import DARK
from edition.tui.widgets.title_line import shortened
from tools import keys_page


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain [b]text[/b]", "plain [b]text[/b]"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("a\tb\nc\rd\x00e", "a b cde"),
        ("right\u202eleft", "rightleft"),
        ("\x9b31mred", "31mred"),
        ("漢字", "漢字"),
    ],
)
def test_clean(raw, shown):
    assert clean(raw) == shown


def test_clean_leaves_nothing_a_terminal_obeys():
    generator = random.Random(7)
    alphabet = "\x1b[]\x07\\;m0ab\x9b\x00\n\r\u202e(P"
    for _ in range(2000):
        text = "".join(generator.choices(alphabet, k=generator.randrange(24)))
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in clean(text)), repr(text)


def test_fit_and_wrap_keep_to_the_width():
    for text in ("short", "a much longer text than that", "漢字漢字漢字", ""):
        for width in (2, 3, 5, 9):
            assert cell_len(fit(text, width)) == width
            assert all(cell_len(line) <= width for line in wrap(text, width))
    assert wrap("one two three", 7) == ["one two", "three"]
    assert len(wrap("one two three four", 5, 2)) == 2


def test_a_factor_has_two_decimals_at_most():
    assert [factor(f) for f in (4, 5.6, 5.59961, 32 / 3)] == ["×4", "×5.6", "×5.6", "×10.67"]


def test_words_for_numbers():
    assert [count(n, "print") for n in (0, 1, 2, 12000)] == [
        "0 prints", "1 print", "2 prints", "12,000 prints",
    ]  # fmt: skip
    assert [duration(s) for s in (0.2, 3.21, 42, 150, 9000, 400000)] == [
        "0.20 s", "3.2 s", "42 s", "2 min 30 s", "2 h 30 min", "4 days 15 h",
    ]  # fmt: skip


def average(rgb, side):
    """2x2 means by hand, as planes."""
    half = side // 2
    planes = []
    for channel in range(3):
        plane = rgb[channel::3]
        planes.append([
            [plane[y * 2 * side + x * 2 + dy * side + dx] for dy in (0, 1) for dx in (0, 1)]
            for y in range(half) for x in range(half)
        ])  # fmt: skip
    return planes


def test_halving_is_the_mean_of_four_pixels():
    rgb = random.Random(1).randbytes(3072)
    for plane, wanted in zip(
        half_blocks.half(half_blocks.planes_of(rgb), 32, 32), average(rgb, 32), strict=True
    ):
        for got, four in zip(plane, wanted, strict=True):
            assert sum(four) / 4 - 1.5 <= got <= sum(four) / 4, "three roundings down at most"


@pytest.mark.parametrize("across", [8, 16, 32])
def test_thumbnails_show_the_colours_they_were_given(across):
    rgb = bytes((200, 100, 50)) * 512 + bytes((10, 20, 30)) * 512
    lines = half_blocks.thumb_lines(rgb, across, "true")
    assert len(lines) == across // 2
    top = "\x1b[38;2;200;100;50;48;2;200;100;50m▀"
    assert lines[0] == top * across
    assert lines[-1] == "\x1b[38;2;10;20;30;48;2;10;20;30m▀" * across
    assert half_blocks.thumb_lines(rgb, across, "256")[0].count("▀") == across
    plain = half_blocks.thumb_lines(rgb, across, "none")
    assert all(len(line) == across and "\x1b" not in line for line in plain)
    assert plain[0] != plain[-1]


def test_a_reject_is_shown_in_the_dark():
    rgb = bytes((200, 100, 50)) * 1024
    assert "38;2;70;35;17" in half_blocks.thumb_lines(rgb, 8, "true", shade=True)[0]


def test_scaling_repeats_pixels():
    rgb = bytes(range(12))  # 2x2 pixels
    red, _, blue = half_blocks.scaled(rgb, 2, 2, 4, 4)
    assert list(red) == [0, 0, 3, 3, 0, 0, 3, 3, 6, 6, 9, 9, 6, 6, 9, 9]
    assert blue[0] == 2


@pytest.mark.parametrize("depth", ["true", "256", "none"])
def test_a_line_fills_its_width_exactly(depth):
    ink = AnsiStyle.of(DARK.to_color_system().generate() | DARK.variables, depth)
    for width in (1, 5, 20, 60):
        spans = [("bright", "漢字 and more"), ("dim", "left")]
        assert width_of(clip(spans, width)) <= width
        plain = clean(ink.line(width, spans, [("accent", "right")]).replace(" ", "_"))
        assert cell_len(plain) == width
        assert depth != "none" or "38;" not in ink.line(width, spans)


def test_filters_read_fields_and_words():
    query = search.parse("seed:1..3,9 -star:yes tower sort:seed")
    assert query.order == "seed"
    assert query.where == Filter(
        terms=(
            Term("seed", spans=(Span(1, 3), Span(9, 9))),
            Term("star", "yes", negated=True),
            Term("", "tower"),
        )
    )
    assert search.parse("").where == Filter()
    for word in search.EXAMPLES.split():
        assert search.parse(word), "what the help shows is understood"


@pytest.mark.parametrize(
    "text", ["seed:x", "seed:", "star:maybe", "rating:x", "label:pink", "recipe:zz", "sort:size",
             "stack:worst", "seed:9..1", "label:", "stack:99999999999999999999"],
)  # fmt: skip
def test_filters_say_what_is_wrong(text):
    with pytest.raises(EditionError) as caught:
        search.parse(text)
    assert text in caught.value.message
    assert caught.value.hint


def test_no_key_means_two_things_on_one_screen():
    rooms = {room for act in keymap.ACTS for room in act.rooms} - {keymap.EVERYWHERE}
    for preset, moved in keymap.PRESETS.items():
        assert set(moved) <= {act.id for act in keymap.ACTS}
        for room in rooms:
            seen = {}
            for act in keymap.of_room(room):
                for key in moved.get(act.id, act.keys).split(","):
                    assert seen.setdefault(key, act.id) == act.id, (preset, room, key)


def test_settings_are_read_and_faults_named(tmp_path):
    path = tmp_path / "terminal.toml"
    assert user_settings.load(path) == user_settings.UserSettings()
    path.write_text('theme = "light"\npreset = "vim"\nauto_advance = true\n[keys]\nundo = "u,z"\n')
    found = user_settings.load(path)
    assert (found.theme, found.preset, found.auto_advance) == ("light", "vim", True)
    assert found.keys == {"undo": "u,z"}
    for text, name in (
        ('theme = "pink"', "theme"), ("nonsense = 1", "nonsense"), ("auto_advance = 1", "auto"),
        ('[keys]\nfly = "f"', "keys.fly"), ("[keys]\nundo = 3", "keys.undo"), ("= 3", "terminal"),
    ):  # fmt: skip
        path.write_text(text)
        with pytest.raises(EditionError) as caught:
            user_settings.load(path)
        assert name in caught.value.message
        assert caught.value.hint


def test_the_page_of_keys_is_up_to_date():
    page = paths.PACKAGE.parents[1] / "docs/keys.md"
    assert page.read_text(encoding="utf-8") == keys_page.page()


def test_help_cuts_no_key_and_no_word_at_120_cells():
    for room in {room for act in keymap.ACTS for room in act.rooms}:
        groups: dict[str, list[tuple[str, str]]] = {}
        for act in keymap.of_room(room):
            groups.setdefault(act.group, []).append((keymap.shown(act.keys), act.title))
        for acts in groups.values():
            keys, words = help_screen._widths(acts, 120)
            assert keys + words <= 120
            assert all(len(pressed) < keys and len(title) < words for pressed, title in acts)


def test_a_long_title_gives_way_and_what_is_beside_it_does_not():
    beside, right = ("accent", "   not saved"), (("dim", "5 prints   row "),)
    (title, *rest), end = shortened(((("bright", " By the sea" * 12), beside), right), 60)
    assert (rest, end) == ([beside], right)
    assert title[1].endswith("…")
    assert width_of((title, *rest)) + width_of(end) <= 59
    short = ((("bright", " Sea"), beside), right)
    assert shortened(short, 60) == short
    assert shortened(((), right), 60) == ((), right)
