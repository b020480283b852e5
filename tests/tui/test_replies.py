"""What a terminal answers is no key, however late and in whatever pieces it comes."""

import random
import subprocess
import sys

import pytest
from textual.events import Key

from edition.tui.terminal.key_driver import KeyParser
from edition.tui.terminal.replies import LONGEST, Replies

ANSWERS = (
    "\x1bP>|kitty(0.41.1)\x1b\\", "\x1bP1$r0;38:2::1:2:3m\x1b\\", "\x1bP0$r\x1b\\",
    "\x1b_Gi=4211;OK\x1b\\", "\x1b]11;rgb:1212/1313/1414\x1b\\", "\x1b]11;rgb:ff/ff/ff\x07",
    "\x1b[6;20;10t", "\x1b[?1;0;256S", "\x1b[?62;4;22c", "\x1b[>41;354;0c", "\x1b[?1u",
    "\x1b[?997;1n", "\x1b[0n",
)  # fmt: skip
KEYS = {
    "x": "x", "\x1b[C": "right", "\x1b[1;5C": "ctrl+right", "\x1b[5~": "pageup", "\x1bOP": "f1",
    "\r": "enter", "é": "é", "\x1b[Z": "shift+tab",
}  # fmt: skip


def read(parser, *parts):
    return [e.key for part in parts for e in parser.feed(part) if isinstance(e, Key)]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_cut_anywhere_is_no_key(answer):
    for cut in range(len(answer)):
        replies = Replies()
        assert replies.feed("a" + answer[:cut]) + replies.feed(answer[cut:] + "b") == "ab"
        assert replies.answers == [answer]


def test_keys_between_answers_arrive_in_order():
    chance = random.Random(7)
    for _ in range(300):
        stream, wanted = [], []
        for _ in range(12):
            if chance.random() < 0.5:
                stream.append(chance.choice(ANSWERS))
            else:
                key = chance.choice(sorted(KEYS))
                stream.append(key)
                wanted.append(KEYS[key])
        text, parts = "".join(stream), []
        while text:
            size = chance.randrange(1, 30)
            parts.append(text[:size])
            text = text[size:]
        assert read(KeyParser(), *parts) == wanted


def test_what_textual_itself_asks_for_still_comes():
    kept = (
        "\x1b[?2026;2$y\x1b[?2048;0$y\x1b[48;40;120;800;1200t\x1b[<0;3;4M\x1b[I\x1b[200~x\x1b[201~"
    )
    replies = Replies()
    assert replies.feed(kept) == kept
    assert not replies.answers


def test_escape_alone_is_a_key_when_nothing_follows():
    parser = KeyParser()
    assert read(parser, "\x1b") == []
    parser._release_at = 0.0
    assert [event.key for event in parser.tick()] == ["escape"]
    assert read(parser, "x") == ["x"]


def test_what_was_typed_while_the_terminal_was_asked_comes_first():
    parser = KeyParser(typed="ab\x1bP>|foot(1.1")
    assert read(parser, "3.1)\x1b\\c") == ["a", "b", "c"]
    alone = KeyParser(typed="q")
    assert [event.key for event in alone.tick()] == ["q"]


def test_an_answer_that_lost_its_end_does_not_hold_keys_for_ever():
    replies = Replies()
    assert replies.feed("\x1bP>|kitty(0.41") == ""
    assert replies.feed("\x1b[C") == "\x1b[C", "the next key shows that it was broken off"
    assert replies.feed("\x1b_G" + "x" * LONGEST) == ""
    assert replies.feed("y") == "y"


@pytest.mark.slow
def test_late_answers_press_no_key_of_the_real_screens():
    """The command's short form; `python -m tools.late_replies` makes 200 runs."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.late_replies", "--runs", "4", "--seed", "7"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "faults: 0" in done.stdout
