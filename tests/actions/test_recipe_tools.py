"""Recipes written, compared and rendered again, as every door asks for it."""

import pytest
from tests.fakes import add_prints

from edition import paths
from edition.actions import editions, recipe_tools
from edition.actions.session import Session
from edition.errors import ModelError, RecipeError
from edition.recipe.seeds import parse_seeds


def queued(session: Session) -> list[tuple[str, list[int], int]]:
    """Edition, seeds and width of every render in the queue."""
    return [
        (
            job.slug,
            list(parse_seeds(job.payload["seeds"])),
            job.payload["recipe"]["sampling"]["width"],
        )
        for job in session.store.jobs.live()
    ]


def test_a_file_is_saved_only_over_the_text_that_was_read(session: Session) -> None:
    file = paths.edition_file(session.root, "small")
    was = file.read_text()
    mine = was.replace("Small Dreams", "My Dreams")
    assert recipe_tools.save_text(session, "small", mine, was) == mine
    theirs = was.replace("Small Dreams", "Their Dreams")
    assert recipe_tools.save_text(session, "small", theirs, was) == mine, "the other's text"
    assert file.read_text() == mine
    assert recipe_tools.save_text(session, "small", mine, was) == mine, "the same twice is no clash"
    with pytest.raises(RecipeError):
        recipe_tools.save_text(session, "small", mine + "\nsteps = ", mine)
    assert file.read_text() == mine


def test_a_clone_finds_the_files_that_lie_beside_its_source(session: Session) -> None:
    home = paths.edition_folder(session.root, "small")
    (home / "loras").mkdir()
    (home / "loras" / "line.safetensors").write_bytes(b"")
    session.edit("small", {"model.loras": [{"file": "loras/line.safetensors", "weight": 0.5}]})
    recipe_tools.clone(session, "small", "second", "A Second")
    made = session.recipe("second")
    (lora,) = made.model.loras
    assert (lora.file, lora.weight) == ("../small/loras/line.safetensors", 0.5)
    assert (paths.edition_folder(session.root, "second") / lora.file).is_file()
    assert (made.title, made.model.base) == ("A Second", "pocket")
    assert made.prompt == session.recipe("small").prompt
    with pytest.raises(RecipeError, match="already"):
        recipe_tools.clone(session, "small", "second")


def test_recipes_are_compared_by_edition_by_digest_and_by_print(session: Session) -> None:
    add_prints(session, "small", [1])
    before = session.digest("small")
    session.edit("small", {"sampling.guidance": 5.0, "title": "Newer"})
    left, right, found = recipe_tools.compare(session, f"small@{before[:6]}")
    assert (left.name, right.name) == (f"small@{before[:8]}", "small")
    changed = {d.key: (d.left, d.right, d.changes_pixels) for d in found}
    assert changed["sampling.guidance"][2] is True
    assert changed["title"][2] is False
    assert set(changed) == {"sampling.guidance", "title"}
    assert recipe_tools.compare(session, "small:1", "small@" + before)[2] == ()
    add_prints(session, "small", [1])
    assert recipe_tools.side(session, "small:1").recipe.sampling.guidance == 5, "the newest print"
    with pytest.raises(RecipeError, match="no print of seed 9"):
        recipe_tools.side(session, "small:9")
    with pytest.raises(RecipeError, match="several recipes") as caught:
        recipe_tools.recipe_digest(session, "small", _common_start(session))
    assert before[:8] in caught.value.hint


def _common_start(session: Session) -> str:
    """The first digits that two digests share; makes recipes until two share some."""
    for steps in range(4, 40):
        digests = [digest for digest, _ in session.store.prints.digests("small")]
        starts = [digest[0] for digest in digests]
        twice = [start for start in starts if starts.count(start) > 1]
        if twice:
            return twice[0]
        session.edit("small", {"sampling.steps": steps})
        add_prints(session, "small", [1])
    raise AssertionError("forty digests that all begin otherwise")


def test_prints_are_queued_again_elsewhere_and_at_another_size(session: Session) -> None:
    editions.new(session, "other", like="small", prompt="the sea")
    ids = add_prints(session, "small", [4, 2])
    (asked,) = recipe_tools.again(session, ids, into="other", start=False)
    assert (asked.slug, asked.seeds) == ("other", (4, 2))
    assert asked.digest == session.digest("other")
    (larger,) = recipe_tools.again(session, ids, size=(192, 128), start=False)
    assert larger.slug == "small"
    assert larger.digest != session.digest("small")
    assert queued(session) == [
        ("other", [2, 4], 128), ("small", [2, 4], 192),
    ]  # fmt: skip
    (once_more,) = recipe_tools.again(session, ids, into="other", start=False)
    assert once_more.job == 0, "they wait in the queue already"
    with pytest.raises(RecipeError, match="same print"):
        recipe_tools.again(session, ids)


def test_prints_of_several_recipes_are_queued_apart(session: Session) -> None:
    first = add_prints(session, "small", [1, 2])
    session.edit("small", {"sampling.guidance": 7.0})
    second = add_prints(session, "small", [3])
    asked = recipe_tools.again(session, [*first, *second], size=(64, 64), start=False)
    assert [item.seeds for item in asked] == [(1, 2), (3,)]
    assert len({item.digest for item in asked}) == 2


def test_sizes_are_read_and_refused(session: Session) -> None:
    assert recipe_tools.read_size("768x512") == (768, 512)
    assert recipe_tools.read_size(" 768 × 512 ") == (768, 512)
    assert recipe_tools.read_size("  ") is None
    for text in ("768", "768x", "large", "768x512x3"):
        with pytest.raises(RecipeError, match="is not a size"):
            recipe_tools.read_size(text)
    with pytest.raises(RecipeError, match="can't be drawn") as caught:
        recipe_tools.read_size("100x64")
    assert "multiples of 8" in caught.value.hint


def test_an_earlier_recipe_is_listed_and_refused_with_another_model(session: Session) -> None:
    add_prints(session, "small", [1, 2])
    before = session.digest("small")
    assert recipe_tools.earlier(session, "small") == ()
    session.edit("small", {"prompt.positive": "another sea"})
    assert recipe_tools.earlier(session, "small") == ((before, 2),)
    with pytest.raises(ModelError, match="has changed since"):
        _with_another_fingerprint(session, before)
    with pytest.raises(RecipeError, match="is not known here"):
        recipe_tools.render_earlier(session, "small", "0" * 64, [1])


def _with_another_fingerprint(session: Session, digest: str) -> None:
    """Asks for seeds of a recipe whose model's hash is remembered otherwise."""
    known = paths.fingerprints_file(session.root)
    rows = known.read_text().split('"')
    known.write_text('"'.join("0" * 64 if len(row) == 64 else row for row in rows))
    recipe_tools.render_earlier(session, "small", digest, [1])
