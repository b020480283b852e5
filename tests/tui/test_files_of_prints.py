"""Culling as photographers do: mark and go on, select, open in a program, copy to a folder."""

import stat
from pathlib import Path

import pytest
from tests.tui.helpers import has, make_edition, settle

from edition.actions import open_with
from edition.errors import LibraryError
from edition.library.store import Store
from edition.tui.app import EditionApp
from edition.tui.screens.choice_dialog import ChoiceDialog


async def press(app, pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(app, pilot)


def marks(root):
    with Store(root) as store:
        prints = store.prints.get(store.prints.select("pocket-dreams"))
        return {p.seed: p.marks for p in prints.values()}


@pytest.fixture
def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.7 2222")


async def test_marks_that_go_on_once_and_selections_with_shift(library, no_display, tmp_path):
    app = EditionApp(library, slug="pocket-dreams")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(app, pilot, "X", "shift+space", "alt+3", "x")
        found = marks(library)
        assert [found[1].reject, found[2].star, found[3].rating] == [True, True, 3]
        assert app.screen.grid.cursor == 3, "x stays where it is"
        await press(app, pilot, "shift+right", "shift+down", "shift+left", "5")
        assert [s for s, m in marks(library).items() if m.rating == 5] == [4, 5, 6, 7, 8]
        await press(app, pilot, "colon", *"30", "enter")
        assert app.screen.current().seed == 30
        await press(app, pilot, "enter", "X", "escape")
        assert marks(library)[30].reject
        assert app.screen.current().seed == 31, "the loupe went on too"

        await press(app, pilot, "o")
        assert isinstance(app.screen, ChoiceDialog)
        assert has(app, "There is no display here")
        await press(app, pilot, "enter")
        line = app.clipboard
        assert line.startswith("scp -P 2222 ")
        assert "@192.0.2.7:/" in line
        assert "31.png" in line

        await press(app, pilot, "greater_than_sign")
        assert has(app, "Copy 1 print with")
        where = tmp_path / "my picks"
        app.screen.box.value = str(where)
        await press(app, pilot, "enter")
        assert [file.name for file in where.iterdir()] == ["pocket-dreams-2.png"], "the starred one"
        assert has(app, "Copied 1 print.")
        await press(app, pilot, "greater_than_sign")
        assert app.screen.box.value == str(where), "the folder is offered again"


def test_a_name_is_one_argument_whatever_is_in_it(tmp_path, monkeypatch):
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$1" > "{tmp_path}/seen"\n')
    opener.chmod(opener.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{opener.parent}:/usr/bin:/bin")
    monkeypatch.setattr("sys.platform", "linux")
    odd = tmp_path / "$(touch broken); a 'b\".png"
    odd.write_bytes(b"")
    open_with.open_path(odd)
    assert (tmp_path / "seen").read_text() == f"1\n{odd}\n"
    assert not (tmp_path / "broken").exists()
    opener.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(LibraryError, match="could not open"):
        open_with.open_path(odd)
    with pytest.raises(LibraryError, match="is gone"):
        open_with.open_path(tmp_path / "nothing")


def test_how_a_file_is_fetched_is_quoted_for_a_shell():
    path = Path("/srv/my library/$x.png")
    line = open_with.fetch_line(path, {"SSH_CONNECTION": "fe80::1 1 fe80::2 22"})
    assert line.startswith("scp '")
    assert line.endswith("@[fe80::2]:/srv/my library/$x.png' .")
    assert "-r" in open_with.fetch_line(Path("/"), {})


def test_where_there_is_a_desktop(tmp_path):
    opener = tmp_path / "xdg-open"
    opener.write_text("#!/bin/sh\n")
    opener.chmod(0o755)
    path = {"PATH": str(tmp_path)}
    assert open_with.without_desktop({**path, "DISPLAY": ":0"}, "linux") == ""
    assert open_with.without_desktop({**path, "WAYLAND_DISPLAY": "wayland-0"}, "linux") == ""
    assert "no display" in open_with.without_desktop(path, "linux")
    assert "xdg-utils" in open_with.without_desktop({"PATH": "", "DISPLAY": ":0"}, "linux")
    (tmp_path / "open").symlink_to(opener)
    assert "no display" in open_with.without_desktop({**path, "SSH_CONNECTION": "a"}, "darwin")
    assert open_with.without_desktop(path, "darwin") == ""


def test_what_there_is_to_open(tmp_path, config_home):
    from edition.actions.session import Session

    root = tmp_path / "editions"
    ids = make_edition(root, "pocket-dreams", (1,))
    proofs = root / "pocket-dreams" / "proofs"
    proofs.mkdir()
    (proofs / "wall.pdf").write_bytes(b"%PDF")
    with Session(root) as session:
        item = session.store.prints.get(ids)[ids[0]]
        found = open_with.targets(session, "pocket-dreams", item)
        assert [target.words for target in found] == [
            "the print", "the newest PDF", "the PDFs' folder", "the edition's folder",
        ]  # fmt: skip
        assert all(target.path.exists() and target.path.is_absolute() for target in found)
        (root / item.file).unlink()
        assert open_with.targets(session, "pocket-dreams", item)[0].words == "the newest PDF"
