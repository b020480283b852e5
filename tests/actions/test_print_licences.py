"""The model's licence, recorded in a print and told before it goes to paper."""

import shutil
from dataclasses import replace

from edition import paths
from edition.actions import exported_picks, proofs
from edition.domain import PressState
from edition.library import metadata
from edition.press.loop import Press, do
from edition.proof import certificates, edition_ledger, export, preflight
from edition.proof.document_model import PrintSet
from edition.recipe.proof_settings import ProofSettings


def test_a_print_records_the_licence_and_paper_warns_of_it(session, root, tmp_path):
    folder = paths.edition_folder(root, "small")
    shutil.copytree(paths.pocket_folder(), folder / "m")
    (folder / "m/README.md").write_text("---\nlicense: some-non-commercial\n---\n")
    file = folder / "edition.toml"
    file.write_text(file.read_text().replace('base = "pocket"', 'base = "m"'))
    session.render("small", [1], start=False)
    press = Press(root, "cpu")
    do(press, press.store.jobs.claim())
    press.store.press.write(PressState())  # none works on: nobody is waited for
    press.store.close()
    recipe = session.recipe("small")
    (item,) = session.store.prints.find("small", [1])
    assert metadata.recorded_licence(session.file(item.file)) == "some-non-commercial"
    shutil.rmtree(folder / "m")  # the print knows it without the model
    shown = proofs.picture(session, item, recipe, full_size=False)
    assert shown.licence == "some-non-commercial"
    found = [one.what for one in preflight.licences([shown])]
    assert found == ["Made under some-non-commercial: not for sale"]
    picks = exported_picks.export(session, [item.id], tmp_path / "picks")
    assert picks.warnings == tuple(found)
    show = PrintSet("Small", (replace(shown, artist="Ada"),))
    settings = ProofSettings(print_mm=50.0, ppi_least=36.0, ppi_good=36.0)
    assert found[0] in export.export(show, settings, "png", tmp_path / "house").warnings
    of = {"digest": item.digest, "seed": 1, "width_mm": 50.0, "height_mm": 50.0}
    rows = [edition_ledger.open_edition([], **of, count=1, date="2026-11-22")]
    row = edition_ledger.issue(rows, **of, date="2026-11-22", sha256=shown.sha256)
    made = certificates.certificates(show, [row], settings, tmp_path / "c.pdf")
    assert made.warnings == tuple(found)
