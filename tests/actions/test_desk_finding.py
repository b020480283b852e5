"""Orders by looks, saved filters, tags and notes: what both doors call."""

import colorsys
from pathlib import Path

import pytest
from tests.fakes import add_prints

from edition.actions import history, ordering_subprocess, search
from edition.actions.rescan import rescan
from edition.actions.session import Session
from edition.domain import Filter, Order
from edition.errors import EditionError
from edition.similarity.diversity_order import farthest
from edition.similarity.hue_sort import by_hue


@pytest.fixture
def ids(session: Session) -> tuple[int, ...]:
    return add_prints(session, "small", range(1, 25))


def test_every_order_shows_every_print_once(session: Session, ids: tuple[int, ...]) -> None:
    for order in search.ORDERS:
        found = search.find(session, "small", Filter(), order, ids[3])
        assert sorted(found) == list(ids), order
    assert list(search.find(session, "small", Filter(), "newest")) == list(ids[::-1])


def test_likeness_begins_with_the_print_itself(session: Session, ids: tuple[int, ...]) -> None:
    found = search.find(session, "small", Filter(), "likeness", ids[7])
    assert found[0] == ids[7]
    session.mark(ids[:5], "star")
    like = search.find(session, "small", Filter(star=True), "likeness", ids[7])
    assert list(like) == [i for i in found if i in ids[:5]]  # the one compared with may be outside
    with pytest.raises(EditionError, match="no print to compare"):
        search.find(session, "small", Filter(), "likeness", 10**9)


def test_spread_shows_unlike_prints_first(session: Session, ids: tuple[int, ...]) -> None:
    rows = session.store.prints.hashes("small")
    columns = [[getattr(row, name) for row in rows] for name in ("id", "phash", "dhash", "colour")]
    found = search.find(session, "small", Filter(), "spread")
    assert tuple(found[:8]) == farthest(*columns, 8)


def test_colours_go_round_the_circle() -> None:
    from PIL import Image

    from edition.similarity.perceptual_hash import colour_hash

    hues = [0.0, 0.1, 0.17, 0.35, 0.5, 0.62, 0.8]
    colours = [
        tuple(int(255 * v) for v in colorsys.hsv_to_rgb(hue, 0.8, 0.8)) for hue in reversed(hues)
    ]
    greys = [(200, 200, 200), (20, 20, 20), (120, 120, 120)]
    table = [colour_hash(Image.new("RGB", (8, 8), colour)) for colour in [*greys, *colours]]
    assert by_hue(range(10), table) == (9, 8, 7, 6, 5, 4, 3, 1, 2, 0)
    assert by_hue([5, 4], [b"", b""]) == (4, 5)
    assert by_hue([], []) == ()


@pytest.mark.parametrize("order", search.BY_LOOKS)
def test_many_are_arranged_in_a_process_of_their_own(
    session: Session, ids: tuple[int, ...], order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ordering_subprocess.arrange(session, ids[:20], order, ids[3])
    monkeypatch.setattr(ordering_subprocess, "FEW", 10)
    assert ordering_subprocess.arrange(session, ids[:20], order, ids[3]) == here


def test_an_order_that_fails_elsewhere_is_told(
    session: Session, ids: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering_subprocess, "FEW", 10)
    with pytest.raises(EditionError, match="no print to compare"):
        ordering_subprocess.arrange(session, ids, "likeness", 10**9)


def test_an_order_is_kept_for_the_prints_of_now() -> None:
    assert list(search.restored([5, 3, 9, 1], [1, 3, 4, 9, 11])) == [3, 9, 1, 4, 11]
    far = 2**40  # ids that aren't dense
    assert list(search.restored([far, 3], [3, 4, far])) == [far, 3, 4]
    assert list(search.restored([], [1])) == [1]
    assert list(search.restored([5], [])) == []


def test_nothing_has_an_order_too(session: Session) -> None:
    for order in ("colour", "spread"):
        assert list(search.find(session, "small", Filter(), order)) == []


def test_filters_are_saved_by_name(session: Session) -> None:
    search.save(session, " best of night ", "star:yes night")
    search.save(session, "all", "undecided")
    search.save(session, "all", "-undecided sort:spread")
    expected = {"all": "-undecided sort:spread", "best of night": "star:yes night"}
    with Session(session.root) as other:
        assert search.saved(other) == expected
    assert search.saved_as(session, "best of night") == "star:yes night"
    search.unsave(session, "all")
    assert list(search.saved(session)) == ["best of night"]
    with pytest.raises(EditionError) as caught:
        search.unsave(session, "all")
    assert "best of night" in caught.value.hint
    for name, text in (("", "a"), ("x" * 61, "a"), ("a\nb", "a"), ("ok", " "), ("ok", "sed:1")):
        with pytest.raises(EditionError):
            search.save(session, name, text)
    session.store.remember("filters", "[not json")
    assert search.saved(session) == {}


def test_tags_are_tied_and_taken_and_undone(session: Session, ids: tuple[int, ...]) -> None:
    def tags() -> list[tuple[str, ...]]:
        prints = session.store.prints.get(ids[:3])
        return [prints[i].tags for i in ids[:3]]

    assert search.tag(session, ids[:2], add="Night, #sea") == "tag night, sea 2 prints"
    assert (
        search.tag(session, ids[1:3], add="fog", remove="sea") == "tag fog and untag sea 2 prints"
    )
    assert tags() == [("night", "sea"), ("fog", "night"), ("fog",)]
    assert search.tag(session, ids[:1], add="night") == ""
    assert session.store.tags("small") == {"fog": 2, "night": 2, "sea": 1}
    assert session.store.tags("elsewhere") == {}
    history.undo(session)
    assert tags() == [("night", "sea"), ("night", "sea"), ()]
    history.undo(session)
    assert tags() == [(), (), ()]
    history.redo(session)
    assert [e.action for e in session.store.journal.history()][-1] == "tag night, sea 2 prints"


@pytest.mark.parametrize("text", ["a:b", "-x", "x" * 41, "a/b", '"q"', "a*"])
def test_what_is_no_tag_is_told(session: Session, ids: tuple[int, ...], text: str) -> None:
    with pytest.raises(EditionError, match="no tag") as caught:
        search.tag(session, ids[:1], add=text)
    assert "night-sea" in caught.value.hint


def test_a_print_takes_so_many_tags(session: Session, ids: tuple[int, ...]) -> None:
    search.tag(session, ids[:1], add=" ".join(f"t{n}" for n in range(50)))
    with pytest.raises(EditionError, match="too many"):
        search.tag(session, ids[:1], add="one-more")


def test_notes_are_written_and_undone(session: Session, ids: tuple[int, ...]) -> None:
    def note() -> str:
        return session.store.prints.get(ids[:1])[ids[0]].note

    assert search.write_note(session, ids[:1], "  the good one \n\n") == "note small seed 1"
    assert note() == "the good one"
    assert search.write_note(session, ids[:1], "the good one") == ""
    assert search.write_note(session, ids[:1], "") == "remove the note from small seed 1"
    history.undo(session)
    assert note() == "the good one"
    with pytest.raises(EditionError, match="too long"):
        search.write_note(session, ids[:1], "x" * 2001)


def test_an_edition_is_found_by_its_title_of_now(session: Session, ids: tuple[int, ...]) -> None:
    query = search.parse("edition:harbour").where
    assert not search.find(session, None, query)
    session.edit("small", {"title": "Harbour Lights"})
    assert search.retitle(session, "small")
    assert not search.retitle(session, "small")
    assert len(search.find(session, None, query)) == 24
    assert not search.retitle(session, "nothing-here")


def test_a_rebuilt_library_is_searched_as_before(root: Path) -> None:
    texts = ("tag:night", "harbour", "note:fog", "monumental guidance:3", "edition:lights")

    def found(at: Session) -> dict[str, set[tuple[str, int]]]:
        all_ = {t: search.find(at, None, search.parse(t).where) for t in texts}
        return {
            text: {(p.slug, p.seed) for p in at.store.prints.get(list(passed)).values()}
            for text, passed in all_.items()
        }

    with Session(root) as session:
        ids = add_prints(session, "small", range(1, 9))
        search.tag(session, ids[:2], add="night")
        search.write_note(session, ids[1:3], "fog over the harbour")
        session.edit("small", {"title": "Northern Lights"})
        rescan(session)  # in place
        before = found(session)
        assert all(before.values())
    for file in root.glob("library.sqlite*"):
        file.unlink()
    with Session(root) as again:
        rescan(again)
        assert found(again) == before
