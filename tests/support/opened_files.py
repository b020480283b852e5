"""Which files below a folder are opened, told by the kernel (inotify), whoever opens them."""

import ctypes
import os
import struct
from contextlib import contextmanager
from pathlib import Path

_OPEN, _ISDIR = 0x20, 0x40000000


@contextmanager
def watching(folder):
    """Gives a set that holds the relative names of opened files once the block has ended."""
    libc = ctypes.CDLL(None, use_errno=True)
    opened: set[str] = set()
    descriptor = libc.inotify_init1(os.O_NONBLOCK)
    folders = [Path(folder), *(p for p in Path(folder).rglob("*") if p.is_dir())]
    places = {
        libc.inotify_add_watch(descriptor, os.fsencode(place), _OPEN): place for place in folders
    }
    try:
        yield opened
        while True:
            try:
                data = os.read(descriptor, 1 << 20)
            except BlockingIOError:
                break
            at = 0
            while at < len(data):
                watch, mask, _, length = struct.unpack_from("iIII", data, at)
                name = data[at + 16 : at + 16 + length].rstrip(b"\0").decode()
                if name and not mask & _ISDIR:
                    opened.add((places[watch] / name).relative_to(folder).as_posix())
                at += 16 + length
    finally:
        os.close(descriptor)
