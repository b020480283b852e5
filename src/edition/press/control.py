"""Starts and stops the press: a process of its own that outlives the terminal."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from edition import paths
from edition.errors import PressError
from edition.press.pool import device_list

if TYPE_CHECKING:
    from pathlib import Path

    from edition.library.store import Store
    from edition.press.pool.device_list import Wanted

_START_SECONDS = 60.0
"""A busy machine takes its time; a press that ends is noticed at once."""
_JOIN_SECONDS = 240.0
"""Each of many workers loads its libraries, on other machines too."""
_MAX_LOG_BYTES = 5_000_000


def start(
    store: Store, *, device: str = "auto", wait: bool = False, wanted: Wanted | None = None
) -> None:
    """Starts the press unless it runs already.

    Args:
        store: the library it works for.
        device: see edition.diffusion.device.
        wait: return only when it can work.
        wanted: the devices to work with; None takes those of the settings.

    Raises:
        PressError: it ended at once, with its reason; it doesn't begin to work; it runs already
            and other devices are wanted; or the settings are at fault.
    """
    chosen = device_list.settings() if wanted is None else wanted
    chosen.check()
    store.press.want("run")
    told_from = _log_bytes(store.root)
    children: list[subprocess.Popen[bytes]] = []

    def spawn() -> int:
        children.append(_spawn(store.root, ["--device", device, *chosen.arguments()]))
        return children[0].pid

    pid = store.press.read().pid or store.press.begin(spawn)
    if not children and wanted is not None and wanted.arguments():
        running = store.press.read()
        raise PressError(
            f"A press runs already, process {pid}, on {running.device or 'no device'}.",
            hint="Stop it first: edition press stop",
        )
    deadline = time.monotonic() + (_JOIN_SECONDS if chosen.arguments() else _START_SECONDS)
    while wait and (state := store.press.read()).state in ("off", "starting"):
        if state.pid is None:
            raise PressError(
                f"The press did not start. {_why(store.root, pid, told_from)}".rstrip(),
                hint="All that it said: edition press log",
            )
        if time.monotonic() > deadline:
            raise PressError("The press does not begin to work.", hint="See: edition press log")
        time.sleep(0.05)


def _spawn(root: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "edition.press", "--library", str(root), *arguments]
    with _open_log(paths.press_log_file(root)) as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a closed terminal or a dropped ssh doesn't end it
        )


def _log_bytes(root: Path) -> int:
    try:
        return paths.press_log_file(root).stat().st_size
    except OSError:
        return 0


def _why(root: Path, pid: int, told_from: int) -> str:
    """What a press that has ended gave as its reason; else the last line that came since."""
    try:
        with paths.press_log_file(root).open("rb") as log:
            log.seek(told_from if told_from <= _log_bytes(root) else 0)  # a new one was begun
            lines = log.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    begin = ended(pid, "")
    told = [line.removeprefix(begin) for line in lines if line.startswith(begin)]
    return (told or [line for line in lines if line.strip()] or [""])[-1].strip()


def ended(pid: int, reason: str) -> str:
    """The line of the log in which a press says why it ends; libraries write there after it."""
    return f"press {pid} ends: {' '.join(reason.split())}"


def stop(store: Store, *, wait_seconds: float = 30.0) -> bool:
    """Asks the press to leave after its batch, and waits for it.

    Returns:
        True when no press runs any more.
    """
    store.press.want("stop")
    deadline = time.monotonic() + wait_seconds
    while store.press.read().pid is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def log_tail(root: Path, lines: int = 20) -> str:
    """The end of what the press printed."""
    try:
        text = paths.press_log_file(root).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _open_log(log: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202 - an open binary file
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))
        return log.open("ab")
    except OSError as error:
        raise PressError(
            f"The press can't write its log {log}: {error.strerror or error}.",
            hint="Check the library's permissions and free space.",
        ) from error
