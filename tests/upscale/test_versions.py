"""Enlarged versions of one print, side by side: kept, measured, chosen, on paper."""

import json
import sys

import numpy as np
import pytest
from PIL import Image
from seedvr2_tiny import write_files
from tests.fakes import add_prints
from tests.tui.helpers import has, settle

from edition.actions import proofs, versions
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.cli.main import main
from edition.domain import PressState
from edition.errors import LibraryError
from edition.library import metadata
from edition.press.job_payloads import submit_upscale
from edition.press.jobs import upscale_job
from edition.press.loop import Press
from edition.recipe.upscale_settings import UpscaleSettings
from edition.tui.app import EditionApp
from edition.upscale import back_projection, lanczos, seedvr2


@pytest.fixture(autouse=True)
def weights(tmp_path_factory, monkeypatch):
    net, vae, text = write_files(tmp_path_factory.mktemp("weights"))
    monkeypatch.setenv("EDITION_SEEDVR2_FILE", str(net))
    monkeypatch.setenv("EDITION_SEEDVR2_VAE_FILE", str(vae))
    monkeypatch.setenv("EDITION_SEEDVR2_TEXT_FILE", str(text))


WAYS = (
    UpscaleSettings(method="lanczos", scale=2),
    UpscaleSettings(method="seedvr2", scale=2),
    UpscaleSettings(method="seedvr2", scale=2, seedvr2_noise=0.5),
)


def enlarge(session, print_id, settings):
    submit_upscale(session.store, "small", [print_id], settings)
    upscale_job.enlarge(Press(session.root, "cpu"), session.store.jobs.claim())
    session.store.press.write(PressState())  # this process is no press that could be stopped


@pytest.fixture
def item(session):
    (print_id,) = add_prints(session, "small", [1], side=64)
    for settings in WAYS:
        enlarge(session, print_id, settings)
    return lambda: session.store.prints.get([print_id])[print_id]


def test_methods_and_settings_live_side_by_side_with_their_figures(session, item):
    found = versions.versions(session, item())
    assert [(v.number, v.method) for v in found] == [(1, "lanczos"), (2, "seedvr2"), (3, "seedvr2")]
    assert [v.chosen for v in found] == [False, False, True]  # the last that was asked for
    sides = versions.sides(session, item())
    assert [side.label.split()[0] for side in sides] == ["print", "1:", "2:", "3:"]
    assert [side.chosen for side in sides] == [False, False, False, True]
    assert [(side.width, side.here) for side in sides] == [(64, True)] + [(128, True)] * 3
    assert all((v.width, v.height, v.scale, v.here) == (128, 128, 2, True) for v in found)
    assert [v.licence for v in found] == ["", seedvr2.OWN, seedvr2.OWN]
    with Image.open(session.file(item().file)) as source:
        for version in found:
            with Image.open(session.file(version.file)) as large:
                figure = back_projection.measure(large, source)
            assert version.fidelity_db == pytest.approx(figure, abs=0.01)
    origin = metadata.read(session.file(found[1].file))
    assert origin.upscale["upscaler"] == "seedvr2"
    assert len(origin.upscale["seedvr2_text_sha256"]) == 64


def test_proof_takes_the_chosen_one_and_a_rescan_keeps_it(session, item, root):
    chosen = versions.choose(session, item(), 1)
    recipe = session.recipe("small")
    assert proofs.picture(session, item(), recipe, full_size=True).file == session.file(chosen.file)
    versions.choose(session, item(), 2)
    shown = proofs.picture(session, item(), recipe, full_size=True)
    both = f"{seedvr2.OWN} + Apache-2.0"  # the upscaler's and the model's
    assert (shown.upscaler, shown.licence) == ("seedvr2 ×2", both)
    wanted = item().upscaled
    session.store._db.connection.execute("DELETE FROM upscales")
    session.store._db.connection.execute("UPDATE prints SET upscaled = ''")
    assert rescan(session).upscaled == 3
    assert item().upscaled == wanted
    assert len(versions.versions(session, item())) == 3


def test_what_is_there_is_chosen_and_not_made_again(session, item):
    found = versions.versions(session, item())
    before = [session.file(v.file).stat().st_ino for v in found]
    enlarge(session, item().id, WAYS[1])
    again = versions.versions(session, item())
    assert [v.chosen for v in again] == [False, True, False]
    assert [session.file(v.file).stat().st_ino for v in again] == before
    session.store._db.connection.execute("DELETE FROM upscales")  # as a kill between file and row
    enlarge(session, item().id, WAYS[1])
    assert session.file(item().upscaled).stat().st_ino == before[1]


def test_a_version_that_is_not_there_can_not_be_chosen(session, item):
    with pytest.raises(LibraryError, match="no enlarged version 9") as caught:
        versions.choose(session, item(), 9)
    assert "edition versions small 1" in caught.value.hint
    session.file(versions.versions(session, item())[0].file).unlink()
    first = versions.versions(session, item())[0]
    assert (first.here, first.fidelity_db) == (False, None)
    with pytest.raises(LibraryError, match="is gone"):
        versions.choose(session, item(), 1)
    assert versions.choose_next(session, item().id).number == 2  # after the last, past the lost
    assert versions.choose_next(session, item().id).number == 3


def test_one_version_is_no_choice(session):
    (print_id,) = add_prints(session, "small", [1], side=64)
    assert versions.choose_next(session, print_id) is None
    enlarge(session, print_id, WAYS[0])
    assert versions.choose_next(session, print_id) is None


def test_verbs_show_and_choose(session, item, root, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(root), *words])
        try:
            code = main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        return code, capsys.readouterr().out

    code, out = run("versions", "small", "1", "--choose", "2", "--json")
    assert code == 0
    listed = json.loads(out)[0]["versions"]
    assert [v["chosen"] for v in listed] == [False, True, False]
    code, out = run("show", "small", "--prints", "--json")
    assert json.loads(out)[0]["versions"] == listed
    code, out = run("versions", "small", "1")
    assert [line.split()[1] for line in out.splitlines()[-3:]] == ["1", "2", "3"]
    assert f"{listed[1]['fidelity_db']:.1f}" in out
    assert run("versions", "small", "1", "--choose", "7")[0] != 0


async def test_loupe_shows_the_versions_and_goes_through_them(session, item, root):
    found = versions.versions(session, item())
    app = EditionApp(root, slug="small")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(app, pilot)
        await pilot.press("enter")
        await settle(app, pilot)
        for version in found:
            mark = "▲" if version.chosen else " "
            assert has(app, f"{mark} {version.method} ×2  {version.fidelity_db:.1f} dB")
        await pilot.press("V")
        await settle(app, pilot)
        assert has(app, f"▲ lanczos ×2  {found[0].fidelity_db:.1f} dB")
    with Session(root) as other:
        assert other.store.prints.get([item().id])[item().id].upscaled == found[0].file


def test_the_figure_is_high_for_lanczos_and_low_for_another_picture():
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    source = Image.fromarray(pixels)
    settings = UpscaleSettings(scale=3)
    large, _ = lanczos.run(source, settings, seed=1, prompt="", device="cpu")
    put_back = back_projection.put_back(large, source)
    plain = back_projection.measure(large, source)
    assert 20 < plain < back_projection.measure(put_back, source) <= back_projection.NOTHING_WRONG
    assert back_projection.measure(source.rotate(180), source) < 15
    assert back_projection.measure(source.resize((128, 96), Image.Resampling.NEAREST), source) == 99
