"""The model's licence, recorded in a print and told before it goes to paper."""

import shutil

from edition import paths
from edition.actions import proofs
from edition.domain import PressState
from edition.library import metadata
from edition.press.loop import Press, do
from edition.proof import preflight


def test_a_print_records_the_licence_and_paper_warns_of_it(session, root):
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
