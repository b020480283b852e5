"""The short forms of the campaigns that kill, cut the power, fill the disk, and do things twice."""

import shutil
import subprocess
import sys

import pytest

from tools.campaigns import bad_disks, crash_disk
from tools.campaigns.crash_disk import Change, Disk


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="the injector is C, for Linux"
)
def test_the_short_forms_find_no_fault() -> None:
    command = [sys.executable, "-m", "tools.campaigns.short_forms"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("0 faults") >= 5
    assert "files, rows and marks agree" in done.stdout


def renamed(*, flushed: bool) -> Disk:
    """A file that is written beside another one and renamed over it."""
    disk = Disk({0: None, 1: b"old", 2: b""}, {0: {"a": 1}})
    disk.changes = [
        Change(entries=((0, ".part", 2),)),
        Change(node=2, data=b"new"),
        Change(entries=((0, ".part", -1), (0, "a", 2))),
    ]
    if flushed:
        disk.synced = [(2, frozenset({1}))]
    return disk


def left_of_a(disk: Disk) -> set[bytes]:
    import random

    chance = random.Random(1)
    cuts = [
        left
        for count in range(len(disk.changes) + 1)
        for left in crash_disk.cuts(disk, count, chance, more=20)
    ]
    return {left.nodes[left.names[0]["a"]] for left in cuts}


def test_the_disk_of_the_power_cuts_loses_what_was_not_flushed() -> None:
    assert left_of_a(renamed(flushed=False)) == {b"old", b"", bytes(3), b"new"}
    assert left_of_a(renamed(flushed=True)) == {b"old", b"new"}


def test_tries_of_bad_disks_that_stand_in_a_file_are_not_made_again(tmp_path) -> None:
    file = tmp_path / "tries.jsonl"
    tries = bad_disks.Tries(file)
    tries.of("rescan", "full", 1, iter(()))
    tries.of("rescan", "full", 2, iter(["it is half"]))
    again = bad_disks.Tries(file)
    for at in (1, 2, 3):
        again.of("rescan", "full", at, iter(["tried"]))
    assert again.count == {"rescan": 3}
    assert again.faults == {"rescan": 2}
