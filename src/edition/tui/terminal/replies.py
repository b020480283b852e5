"""What a terminal answers, kept apart from what a person types, however late it comes.

Over a slow line the answers come after the screens have opened, in parts and between keys. Taken
for keys, the letters in them would mark prints or render. Nobody types what begins like an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LONGEST = 4096
"""Characters of an answer; what goes on longer has lost its end."""
_NAMED = re.compile(r"\x1b(?:P(?:>\||[01][$+]r)|_G|\]\d)")
"""How a name, a setting, a picture's and a colour's answer begin."""
_STRING = re.compile(r"[^\x1b\x07]*(?:\x07|\x1b\\|(?=\x1b.))", re.DOTALL)
"""The rest of one, up to its end, or up to what broke it off."""
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|P(?:>|[01][$+]?)?|_|\])?")
_REPORT = re.compile(r"\x1b\[(?:[?>=][\d;:]*[^$]|\?[\d;]*\$[^y]|[468](?:;\d+)+t|\d*n)\Z", re.DOTALL)
"""Attributes, sizes, states: no keys. Modes (``$y``) and resizes (``48;…t``) are Textual's."""


@dataclass
class Replies:
    """Takes the terminal's stream apart, in parts of any length."""

    answers: list[str] = field(default_factory=list)
    """What has been taken out, in order."""
    held: str = ""
    """The start of something that isn't whole yet."""

    @property
    def doubtful(self) -> bool:
        """Whether what is held may be a key after all: Escape, or Alt and a sign."""
        return self.held in ("\x1b", "\x1b[", "\x1bP", "\x1b_", "\x1b]")

    def feed(self, text: str) -> str:
        """Returns what a person typed; keeps answers, and holds what isn't whole."""
        rest, typed = self.held + text, []
        self.held = ""
        while rest:
            before, escape, after = rest.partition("\x1b")
            typed.append(before)
            rest = escape + after
            length = self._take(rest, typed)
            if not length:
                self.held = rest
                break
            rest = rest[length:]
        return "".join(typed)

    def release(self) -> str:
        """Gives back what was held: nothing more came, so it was typed."""
        held, self.held = self.held, ""
        return held

    def _take(self, rest: str, typed: list[str]) -> int:
        """How many characters from an escape on are done with; 0 while it isn't whole."""
        if not rest:
            return 0
        if named := _NAMED.match(rest):
            whole = _STRING.match(rest, named.end())
            if whole:
                self.answers.append(rest[: whole.end()])
                return whole.end()
            return len(rest) if len(rest) > LONGEST else 0
        if control := _CONTROL.match(rest):
            (self.answers if _REPORT.match(control[0]) else typed).append(control[0])
            return control.end()
        if _BEGUN.fullmatch(rest):
            return 0
        typed.append("\x1b")
        return 1
