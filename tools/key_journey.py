"""New edition → 48 prints → culled → exhibition → wall PDF, by keys alone, and how many they are.

    python -m tools.key_journey [--side 512] [--prints 48]

Starts the real program in tmux on an empty library in a temporary folder, goes the road that its
hints name, waits for what each key must show, and prints the keys of every stage: those that
choose, and the letters of text that is written.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

WAIT_SECONDS = 240.0
STAGES = ("new edition", "prints", "culled", "exhibition", "wall PDF")


@dataclass
class Journey:
    """The program in a tmux of its own, and the keys that were pressed."""

    folder: Path
    size: tuple[int, int] = (100, 30)
    keys: dict[str, list[str]] = field(default_factory=lambda: {stage: [] for stage in STAGES})
    written: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    stage: str = STAGES[0]

    def start(self, *command: str) -> None:
        """Runs a command on a screen of a size."""
        width, height = (str(side) for side in self.size)
        environment = [f"XDG_CONFIG_HOME={self.folder / 'config'}", "COLORTERM=truecolor"]
        self._tmux("new-session", "-d", "-x", width, "-y", height, "env", *environment, *command)

    def text(self) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait(self, *wanted: str) -> str:
        """Waits until all of some words are on the screen, as long as something changes there."""
        shown, end = "", time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            if (now := self.text()) != shown:
                shown, end = now, time.monotonic() + WAIT_SECONDS
            if all(words in shown for words in wanted):
                return shown
            time.sleep(0.05)
        raise AssertionError(f"{wanted} never came:\n{shown}")

    def press(self, *keys: str, sees: str = "") -> None:
        """Presses keys that choose, and waits for what they show."""
        for key in keys:
            self.keys[self.stage].append(key)
            self._tmux("send-keys", key)
        if sees:
            self.wait(sees)

    def write(self, text: str) -> None:
        """Types text."""
        self.written[self.stage] += len(text)
        self._tmux("send-keys", "-l", text)

    def close(self) -> None:
        """Ends the terminal."""
        self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        socket = str(self.folder / "tmux")
        command = ["tmux", "-S", socket, "-f", os.devnull, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def go(journey: Journey, prints: int, side: int) -> Path:
    """The whole road; returns the PDF's name in the library."""
    journey.wait("1 edition")
    journey.press("n", sees="New edition")
    journey.write("Harbour")
    journey.press("Enter")
    journey.write("a harbour in fog, early light")
    journey.press("Enter", "Enter")
    if side != 512:
        journey.write(f"{side} x {side}")
    journey.press("Enter")
    journey.write(f"1..{prints}")
    journey.press("Enter", sees="harbour is there")
    journey.stage = "prints"
    journey.press("r", sees="seeds 1")
    journey.press("Enter", sees=f"{prints} prints")
    journey.press("Enter", sees="star")
    journey.wait(f"of {prints}")
    journey.stage = "culled"
    journey.press("a", sees="Advances")
    journey.press(*("Space", "x", "Space", "x", "Space", "Right", "Space"), sees="★ 4")
    journey.press("*", sees="only stars")
    journey.wait("of 4")  # a mark is written a moment after it shows
    journey.stage = "exhibition"
    journey.press("C-a", sees="4 selected")
    journey.press("W", sees="Hang 4 prints")
    journey.write("harbour-show")
    journey.press("Enter", sees="4 prints")
    journey.press("E", sees="harbour-show")
    journey.press("Enter", sees="4 prints")
    journey.stage = "wall PDF"
    journey.press("P", sees="wall proof of 4 prints")
    journey.press("2", sees="wall.pdf")
    return Path("_exhibitions/harbour-show/wall.pdf")


def table(journey: Journey) -> str:
    """Keys by stage, as Markdown."""
    lines = ["| stage | keys | letters written |", "|---|---|---|"]
    for stage in STAGES:
        pressed = journey.keys[stage]
        lines.append(
            f"| {stage} | {len(pressed)}: {' '.join(pressed)} | {journey.written[stage]} |"
        )
    total = sum(map(len, journey.keys.values()))
    lines.append(f"| all | {total} | {sum(journey.written.values())} |")
    return "\n".join(lines)


def main() -> int:
    """Goes the road and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prints", type=int, default=48)
    parser.add_argument("--side", type=int, default=512, help="pixels of a print's side")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "library"
        (root / "quiet").mkdir(parents=True)
        (root / "quiet/edition.toml").write_text('title = "Quiet"\n')
        edition = [sys.executable, "-m", "edition.cli", "--library", str(root)]
        journey = Journey(Path(folder))
        journey.start(*edition, "open")
        try:
            file = go(journey, asked.prints, asked.side)
            made = (root / file).stat().st_size
        finally:
            journey.close()
            subprocess.run([*edition, "press", "stop"], check=False, capture_output=True)
    sys.stdout.write(f"{table(journey)}\n\n{file.name}: {made / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
