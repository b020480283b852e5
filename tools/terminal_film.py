"""Films the main road in a real terminal, twenty seconds: light table, stars, loupe, wall, page.

    edition --library DIR demo && python -m tools.terminal_film DIR docs/pictures/road.webp

The real program runs in foot, or in xterm as a VT340 where foot is missing; the glass is read
while keys are pressed, and becomes an animated WebP.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from PIL import Image

from tools.terminal_shots import EMULATORS, TerminalSession

FRAME = 0.25
"""Seconds of a frame."""
WIDTH = 810
ROAD = (
    ("", 1.5), ("\x1b[C", 0.5), ("\x1b[C", 0.5), ("\x1b[B", 0.7), (" ", 1.0), ("\x1b[C", 0.5),
    ("\x1b[C", 0.7), ("x", 1.0), ("\r", 2.5), ("\x1b[C", 2.0), ("\x1b", 1.2), ("P", 1.2),
    ("W", 3.0), ("\x1b[C", 1.5), ("\x1b", 0.8), ("\r", 4.0),
)  # fmt: skip
"""Keys, and how long what they bring is looked at, seconds."""


def frames(session: TerminalSession) -> list[tuple[Image.Image, int]]:
    """Pictures of the glass and their milliseconds; equal neighbours are one."""
    found: list[tuple[Image.Image, int]] = []

    def look(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = session.picture()
            if found and shown.tobytes() == found[-1][0].tobytes():
                found[-1] = (found[-1][0], found[-1][1] + int(1000 * FRAME))
            else:
                found.append((shown, int(1000 * FRAME)))
            time.sleep(FRAME)

    for key, seconds in ROAD:
        if key:
            session.press(key)
        look(seconds)
    return found


def main() -> None:
    """Films and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    wanted = "foot" if shutil.which("foot") and shutil.which("weston") else "xterm-vt340"
    emulator = next(each for each in EMULATORS if each.name == wanted)
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "editions"
        shutil.copytree(options.library, root)  # its marks are not touched
        folder = Path(made) / "session"
        folder.mkdir()
        session = TerminalSession(emulator, Path(root.name), folder, root.parent)
        try:
            session.settle(4.0)
            seen = frames(session)
        finally:
            session.close()
    size = (WIDTH, round(seen[0][0].height * WIDTH / seen[0][0].width))
    pictures = [picture.resize(size, Image.Resampling.LANCZOS) for picture, _ in seen]
    pictures[0].save(
        options.out, save_all=True, append_images=pictures[1:], loop=0, quality=70, method=4,
        duration=[milliseconds for _, milliseconds in seen],
    )  # fmt: skip
    seconds = sum(milliseconds for _, milliseconds in seen) / 1000
    print(f"{options.out}: {len(seen)} frames, {seconds:.1f} s, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
