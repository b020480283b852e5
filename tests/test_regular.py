"""Files from outside: regular ones only, opened without waiting, text by its byte order mark."""

import codecs
import os
import socket
import threading
from pathlib import Path

import pytest

from edition import regular_files


def test_a_regular_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    """The content, through the link too."""
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert regular_files.read_bytes(tmp_path / "a") == b"abc"
    assert regular_files.read_bytes(tmp_path / "link") == b"abc"


@pytest.mark.parametrize("mode", ["rb", "ab"])
def test_a_pipe_is_refused_without_waiting(tmp_path: Path, mode: str) -> None:
    """Nobody is at the other end: an ordinary open would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a named pipe, not a regular file"):
        regular_files.open_regular(tmp_path / "pipe", mode)  # type: ignore[arg-type]


def test_a_pipe_with_a_writer_is_not_touched(tmp_path: Path) -> None:
    """A writer that waits for its reader is not woken by ours."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"for another"))
    writer.start()
    with pytest.raises(OSError, match="a named pipe"):
        regular_files.read_bytes(pipe)
    got.append(pipe.read_bytes())
    writer.join()
    assert got == [b"for another"]


def test_devices_sockets_and_folders_are_refused(tmp_path: Path) -> None:
    """Each by its name."""
    with pytest.raises(OSError, match="a device, not a regular file"):
        regular_files.read_bytes(Path("/dev/zero"))
    with pytest.raises(OSError, match="a folder, not a regular file"):
        regular_files.read_bytes(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        with pytest.raises(OSError, match="a socket, not a regular file"):
            regular_files.read_bytes(tmp_path / "s")


def test_a_file_too_large_is_refused_by_its_size(tmp_path: Path) -> None:
    """A sparse file of a terabyte is not read; one of the very size is."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="larger than 1,000 bytes"):
        regular_files.read_bytes(tmp_path / "large", 1000)
    (tmp_path / "fits").write_bytes(b"x" * 1000)
    assert len(regular_files.read_bytes(tmp_path / "fits", 1000)) == 1000


def test_a_file_that_says_no_size_is_bounded_all_the_same() -> None:
    """Files below /proc are regular and of size 0."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system has no /proc/self/maps")
    with pytest.raises(OSError, match="larger than 10 bytes"):
        regular_files.read_bytes(maps, 10)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_text_is_read_by_its_byte_order_mark(tmp_path: Path, mark: bytes, encoding: str) -> None:
    """The mark is left out; line ends stay as they are."""
    (tmp_path / "t").write_bytes(mark + 'a = "é🌅"\r\n'.encode(encoding))
    assert regular_files.read_text(tmp_path / "t") == 'a = "é🌅"\r\n'


def test_appending_makes_a_file_and_goes_on_with_it(tmp_path: Path) -> None:
    """As ``open`` does."""
    for _ in range(2):
        with regular_files.open_regular(tmp_path / "a", "ab") as file:
            file.write(b"x\n")
    assert (tmp_path / "a").read_bytes() == b"x\nx\n"
    with pytest.raises(FileNotFoundError):
        regular_files.open_regular(tmp_path / "missing")
