"""Prints of a model whose weights were replaced since: they stay, and nothing claims them again."""

import json
import shutil

import pytest
from tests.fakes import add_prints
from typer.testing import CliRunner

from edition import paths
from edition.actions import films, model_changes, recipe_tools, register, trash
from edition.actions.session import Session
from edition.cli.main import app
from edition.cli.output import begin
from edition.diffusion.fingerprint import Fingerprints
from edition.diffusion.resolve import find
from edition.errors import ModelError, StudyError


def fingerprint(session: Session) -> str:
    return Fingerprints().of(find(session.recipe("small").model, session.root / "small"))


@pytest.fixture
def changed(session: Session) -> dict[str, object]:
    """An edition with prints of weights that its model no longer has; the recipe is the same."""
    model = shutil.copytree(paths.pocket_folder(), session.root / "small" / "model")
    session.edit("small", {"model.base": "model"})
    then = fingerprint(session)
    ids = add_prints(session, "small", [1, 2, 3], made_with={"model_sha256": then})
    former = session.digest("small")
    with (model / "unet" / "config.json").open("a") as file:
        file.write("\n")
    return {"ids": ids, "digest": former, "then": then, "now": fingerprint(session)}


def run(session: Session, *words: str) -> str:
    begin(as_json=False)
    done = CliRunner().invoke(app, ["--library", str(session.root), *words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def test_an_edition_says_which_prints_are_of_former_weights(session: Session, changed) -> None:
    then, now = changed["then"], changed["now"]
    assert then != now
    add_prints(session, "small", [4], made_with={"model_sha256": now})
    (found,) = model_changes.former_weights(session, "small")
    assert (found.model, found.made_with, found.now, found.prints) == ("model", then, now, 3)
    said = run(session, "show", "small")
    assert f"3 prints made with other weights of model: fingerprint {then[:12]}, now" in said
    assert "can't be made again" in said
    facts = json.loads(run(session, "show", "small", "--json"))
    assert [one["prints"] for one in facts["former_weights"]] == [3]


def test_a_print_without_its_file_hides_no_fingerprint(session: Session, changed) -> None:
    first = session.store.prints.get(changed["ids"])[changed["ids"][0]]
    session.file(first.file).unlink()
    (found,) = model_changes.former_weights(session, "small")
    assert found.made_with == changed["then"]


def test_the_same_words_with_other_weights_are_another_recipe(session: Session, changed) -> None:
    then, now, start = changed["then"], changed["now"], changed["digest"][:8]
    assert recipe_tools.earlier(session, "small") == ((changed["digest"], 3),)
    for name in ("small:1", f"small@{start}"):
        (row,) = recipe_tools.compare(session, name)[2]
        assert (row.key, row.left, row.right) == ("model.weights", then, now)
        assert row.changes_pixels


def test_nothing_says_that_such_a_print_can_be_made_again(session: Session, changed) -> None:
    ids, digest = changed["ids"], changed["digest"]
    with pytest.raises(ModelError, match="has changed since: seeds would give other prints"):
        recipe_tools.render_earlier(session, "small", digest, [1])
    with pytest.raises(StudyError, match="not the one that seed 1 was made with"):
        films.film_of(session, session.store.prints.get(ids)[ids[0]])
    (asked,) = recipe_tools.again(session, ids[:1], size=(192, 128), start=False)
    assert "other weights now" in asked.note
    trash.put(session, ids[1:])
    assert set(trash.last_ones(session, trash.listed(session))) == set(ids[1:])


def test_what_was_emptied_before_the_weights_changed_is_lost_and_said_so(
    session: Session, changed
) -> None:
    trash.put(session, changed["ids"])
    assert trash.empty(session, for_good=True) == 3
    said = run(session, "trash", "list", "--emptied")
    assert "3 prints can't be made again. Its model has changed since." in said
    assert "Make one again" not in said
    rows = json.loads(run(session, "trash", "list", "--emptied", "--json"))
    assert {row["fault"] for row in rows} == {"Its model has changed since."}


def test_a_numbered_print_is_certified_from_its_file(session: Session, changed) -> None:
    item = session.store.prints.get(changed["ids"])[changed["ids"][0]]
    register.open_edition(session, item, 5)
    row = register.issue(session, item)
    assert row.digest == changed["digest"]
    assert register.certify(session, "small").file.is_file()
