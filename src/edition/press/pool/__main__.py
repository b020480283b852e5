"""``python -m edition.press.pool``: a worker as a child of the press, over its standard streams."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from edition.press.pool import worker_messages as messages
from edition.press.pool.worker_server import Server

if TYPE_CHECKING:
    from typing import BinaryIO


def main() -> None:
    """Works until the press closes the pipe, or dies."""
    for name in ("SIGINT", "SIGHUP"):  # the press gets it, and ends its workers
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    settings = json.loads(sys.argv[1])
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes to the log, not between messages
    incoming = os.fdopen(os.dup(0), "rb")
    lock = threading.Lock()

    def send(message: messages.Message) -> None:
        with lock:
            messages.write(out, message)

    server = Server(settings, send)
    threading.Thread(target=_listen, args=(incoming, server.accept), daemon=True).start()
    server.work()


def _listen(incoming: BinaryIO, accept) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    try:
        while (message := messages.read(incoming)) is not None:
            accept(message)
    finally:
        os._exit(0)  # no press: nobody waits for what is being drawn


if __name__ == "__main__":
    main()
