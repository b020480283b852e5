"""Stands between a terminal and a program: hands keys in from a pipe, writes down what comes out.

    python tools/pty_relay.py KEYS LOG COMMAND...

KEYS is a named pipe; LOG takes the program's output. The window's size goes on to the program.
"""

import fcntl
import os
import pty
import select
import signal
import sys
import termios
import tty
from pathlib import Path


def main() -> None:
    """Carries bytes both ways until the program ends."""
    keys, log, *command = sys.argv[1:]
    tty.setraw(0)
    size = fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8))
    pid, program = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, size)
        os.execvp(command[0], command)

    def resized(*_: object) -> None:
        fcntl.ioctl(program, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))
        os.kill(pid, signal.SIGWINCH)

    signal.signal(signal.SIGWINCH, resized)
    pipe = os.open(keys, os.O_RDWR)
    with Path(log).open("wb", buffering=0) as out:
        while True:
            for ready in select.select([0, program, pipe], [], [])[0]:
                try:
                    data = os.read(ready, 65536)
                except OSError:
                    sys.exit()
                if ready == program:
                    out.write(data)
                    while data:
                        data = data[os.write(1, data) :]
                else:
                    os.write(program, data)


if __name__ == "__main__":
    main()
