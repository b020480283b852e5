"""Files that are whole or not there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edition import atomic
from edition.errors import ProofError


def test_a_file_gets_its_folders_and_its_data(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "file.json"
    atomic.write_json(file, {"ä": 1})
    assert file.read_text(encoding="utf-8") == '{\n "ä": 1\n}'
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_files_have_the_mode_that_the_umask_gives(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        atomic.write(tmp_path / "plain", "x")
        with atomic.replacing(tmp_path / "own") as part:  # a writer that makes a file of its own
            part.unlink()
            os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
        with atomic.half_written_folder(tmp_path / "made") as folder:
            assert folder.stat().st_mode & 0o777 == 0o777 & ~umask
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {mode}


def test_a_failed_block_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    atomic.write(file, "old")
    with pytest.raises(TypeError), atomic.opened(file) as stream:
        stream.writelines([b"new", "text"])  # type: ignore[list-item]
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_refusal_is_of_the_kind_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ProofError, match="Can't write") as caught:
        atomic.write(tmp_path / "file" / "below", b"x", ProofError)
    assert caught.value.hint


def test_a_kill_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    atomic.write(file, "old")
    script = (
        "import os, signal, sys; from pathlib import Path; from edition import atomic\n"
        "with atomic.opened(Path(sys.argv[1])) as stream:\n"
        "    stream.write(b'new'); stream.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(file)], check=False, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    assert file.read_text() == "old"
    assert all(left.name.startswith(".file.") for left in tmp_path.iterdir() if left != file)
