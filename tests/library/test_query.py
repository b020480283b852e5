"""Finding: what a person writes, and the prints it holds for, by the index and by hand."""

import json
import random
import re
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.conftest import SMALL
from tests.fakes import add_prints

from edition import paths
from edition.actions import editions, exhibitions, history
from edition.actions.session import Session
from edition.domain import FieldChange, Filter, NewPrint, Print, Span, Term
from edition.errors import EditionError
from edition.library import filter_fields
from edition.library.filter_parser import EXAMPLES, ORDERS, parse
from edition.library.migrations import MIGRATIONS
from edition.library.store import Store


def found(session: Session, text: str, slug: str | None = "small") -> list[int]:
    """Seeds of what passes, in order."""
    ids = session.store.prints.select(slug, parse(text).where)
    prints = session.store.prints.get(ids)
    return [prints[i].seed for i in ids]


def sixteen(session: Session) -> Session:
    """Sixteen prints of two editions and four recipes, with marks, tags and notes."""
    session.edit("small", {"sampling.guidance": 2.5})
    ids = add_prints(session, "small", range(1, 5))
    session.edit("small", {"sampling.guidance": 7, "prompt.positive": "a misty sea, Überfahrt"})
    ids += add_prints(session, "small", range(5, 9))
    session.edit("small", {"sampling.steps": 60, "prompt.negative": "fog_100%"})
    ids += add_prints(session, "small", range(9, 13))
    editions.new(session, "night-sea", title="The Long Night", like="small", prompt="sea of towers")
    ids += add_prints(session, "night-sea", range(1, 5))
    session.mark(ids[:3], "star")
    session.mark(ids[3:5], "reject")
    for print_id, rating in zip(ids[:6], range(6), strict=True):
        session.rate([print_id], rating)
    session.label(ids[1:3], "red")
    acts = [
        FieldChange("note", str(ids[4]), "", "too much fog, but the light"),
        FieldChange("tags", str(ids[4]), [], ["dark", "night-sea"]),
        FieldChange("tags", str(ids[5]), [], ["darker"]),
    ]
    session.store.journal.apply("tag", acts)
    return session


@pytest.fixture
def many(session: Session) -> Session:
    """A library of one's own."""
    return sixteen(session)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One for all tests that only ask."""
    root = tmp_path_factory.mktemp("asked") / "library"
    (root / "small").mkdir(parents=True)
    (root / "small" / "edition.toml").write_text(SMALL)
    with Session(root) as session:
        yield sixteen(session)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("", range(1, 13)),
        ("seed:7", [7]),
        ("seed:1..3,9 -seed:2", [1, 3, 9]),
        ("seed:>=11", [11, 12]),
        ("guidance:<5", range(1, 5)),
        ("guidance:2.5", range(1, 5)),
        ("guidance:>2.5 steps:<60", range(5, 9)),
        ("steps:>=50", range(9, 13)),
        ("star:yes", [1, 2, 3]),
        ("-star:yes reject:no", range(6, 13)),
        ("rating:>=3", [4, 5, 6]),
        ("rating:3", [4]),
        ("rating:1..2", [2, 3]),
        ("undecided", range(7, 13)),
        ("-undecided", range(1, 7)),
        ("label:red", [2, 3]),
        ("label:yes", [2, 3]),
        ("label:none seed:<4", [1]),
        ("tag:dark", [5]),
        ("tag:DARK", [5]),
        ("tag:yes", [5, 6]),
        ("-tag:dark tag:yes", [6]),
        ("note:yes", [5]),
        ("note:light", [5]),
        ("note:dark", []),
        ("misty", range(5, 13)),
        ("MIST -fog", range(6, 13)),
        ("uberfahrt", range(5, 13)),
        ('"misty sea"', range(5, 13)),
        ('"sea misty"', []),
        ('"mist"', []),
        ('"too much fog" light', [5]),
        ("monumental dark", []),
        ("dark", [5, 6]),
        ("7", [7]),
        ("prompt:misty", range(5, 13)),
        ("prompt:fog", []),
        ("negative:fog_1", range(9, 13)),
        ("negative:f%g", []),
        ("model:pocket seed:1", [1]),
        ("edition:small seed:1", [1]),
        ("edition:night", []),
        ("width:128 height:>100 seed:1", [1]),
        ("width:>128", []),
        ("made:today", range(1, 13)),
        ("made:<2020", []),
        ("stack:best stack:no upscaled:no sampler:ddim", range(1, 13)),
        ("sampler:euler", []),
        ("strength:>0", []),
        ("— ; seed:1", []),
        ("misty-sea", []),
        ("prompt:mist*", []),
    ],
)
def test_what_is_written_is_what_is_found(asked: Session, text: str, seeds: object) -> None:
    assert found(asked, text) == list(seeds)


def test_all_editions_at_once(asked: Session) -> None:
    assert found(asked, "edition:night", None) == [1, 2, 3, 4]
    assert found(asked, 'edition:"long night"', None) == [1, 2, 3, 4]
    assert found(asked, "sea", None) == [*range(5, 13), 1, 2, 3, 4]
    assert found(asked, "towers guidance:7", None) == [1, 2, 3, 4]


def test_a_recipe_is_named_by_its_start(asked: Session) -> None:
    digest = asked.store.prints.digests("small")[0][0]
    assert found(asked, f"recipe:{digest[:9]}") == [1, 2, 3, 4]
    assert found(asked, f"recipe:{digest}") == [1, 2, 3, 4]
    assert found(asked, f"-recipe:{digest[:9].upper()} seed:<6") == [5]


def test_what_hangs_is_found(many: Session) -> None:
    ids = many.store.prints.select("small", Filter(seeds=(2, 5)))
    exhibitions.new(many, "summer-show")
    exhibitions.add(many, "summer-show", ids)
    assert found(many, "exhibition:summer-show") == [2, 5]
    assert found(many, "exhibition:yes -seed:2") == [5]
    assert found(many, "exhibition:no seed:<4") == [1, 3]
    assert found(many, "exhibition:winter") == []


def test_memory_and_library_agree_on_marks(many: Session) -> None:
    """What leaves the table at once is what the library would leave out."""
    every = many.store.prints.get(many.store.prints.select("small")).values()
    texts = (
        "star:yes", "star:no", "reject:no", "undecided", "rating:>=3", "rating:0", "label:red",
        "label:none", "tag:dark", "tag:no", "undecided:no",
    )  # fmt: skip
    for text in [*texts, *(f"-{text}" for text in texts)]:
        (term,) = parse(text).where.terms
        here = [item.seed for item in every if filter_fields.passes(term, item)]
        assert here == found(many, text), text


def test_terms_that_never_change_are_told_from_marks(asked: Session) -> None:
    (item, *_) = asked.store.prints.get(asked.store.prints.select("small")).values()
    for name in filter_fields.FIELDS:
        value = "today" if name == "made" else "ddim"
        term = Term(name, value, spans=(Span(10**9, None),))
        if filter_fields.is_lasting(term):
            assert filter_fields.passes(term, item)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("guidence:3", "guidance"), ("stars:yes", "star"), ("seeds:3", "seed"), ("tags:a", "tag"),
        ("ratings:1", "rating"), ("sorted:seed", "sort"), ("http://x", "Known"),
        ("xyzzy:1", "Known"),
    ],
)  # fmt: skip
def test_unknown_fields_name_the_nearest(text: str, names: str) -> None:
    with pytest.raises(EditionError) as caught:
        parse(text)
    assert text.partition(":")[0] in caught.value.message
    assert names in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["seed:x", "seed:", "seed:-1", "seed:9..1", "seed:9223372036854775808", "star:maybe", "star:",
     "rating:x", "label:pink", "label:", "recipe:zz", "sort:size", "stack:worst", "stack:0",
     "stack:99999999999999999999", "guidance:nan", "guidance:<", "guidance:1e9", "steps:<<5",
     "made:2026-13-01", "made:soon", "made:2026-02-30", "made:>", "width:1..", "tag:a,b", "tag:",
     "note:", "prompt:\u0301", 'prompt:""', "exhibition:!", "undecided:perhaps"],
)  # fmt: skip
def test_faults_name_what_was_written(text: str) -> None:
    with pytest.raises(EditionError) as caught:
        parse(text)
    assert text.replace('""', "") in caught.value.message
    name = text.partition(":")[0]
    assert f"{name}:" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["rating:6", "rating:>5", "rating:>=6", "rating:<0", "rating:3..9", "rating:1,7", "-rating:9",
     "strength:1.5", "strength:>1", "strength:<0"],
)  # fmt: skip
def test_a_value_that_no_print_can_have_is_a_fault(text: str) -> None:
    with pytest.raises(EditionError, match="No print can have") as caught:
        parse(text)
    assert text.removeprefix("-") in caught.value.message
    assert parse("rating:<=5 rating:>=0 rating:>0 rating:0..5 strength:<1").where.terms


def test_odd_texts_find_nothing_and_break_nothing(asked: Session) -> None:
    odd = (
        "'", "*", "tower*", "NEAR(a b)", "a AND NOT b", "(", "{a}", "\x00x",
        "日本", "\udce4", '"never closed', "x" * 5000, "^a", "a+b",
    )  # fmt: skip
    for text in odd:
        assert isinstance(found(asked, text), list), text
    assert found(asked, "undecided-") == []
    with pytest.raises(EditionError, match="too many"):
        parse("a " * 101)


def test_days_months_and_years_are_of_the_local_calendar() -> None:
    def at(year: int, month: int, day: int) -> float:
        return datetime(year, month, day).astimezone().timestamp()

    def spans(text: str) -> tuple[Span, ...]:
        return parse(text).where.terms[0].spans

    assert spans("made:2026-01-31") == (Span(at(2026, 1, 31), at(2026, 2, 1), below=True),)
    assert spans("made:2025-12") == (Span(at(2025, 12, 1), at(2026, 1, 1), below=True),)
    assert spans("made:>2025") == (Span(at(2026, 1, 1), None),)
    assert spans("made:<=2025") == (Span(None, at(2026, 1, 1), below=True),)
    assert spans("made:>=2026-02-28") == (Span(at(2026, 2, 28), None),)
    assert spans("made:2024-02..2024-03") == (Span(at(2024, 2, 1), at(2024, 4, 1), below=True),)
    today = spans("made:today")[0]
    assert today.low <= time.time() < today.high
    assert today.low == spans("made:yesterday")[0].high


def test_orders_are_read(asked: Session) -> None:
    assert parse("sort:rating star:yes").order == "rating"
    assert parse("tower").order is None


def test_words_without_spaces_between_are_found_anywhere(many: Session) -> None:
    ids = many.store.prints.select("small", Filter(seeds=(2,)))
    acts = [
        FieldChange("note", str(ids[0]), "", "夜の海は静かだ 100%"),
        FieldChange("tags", str(ids[0]), [], ["ทะเลกลางคืน"]),
    ]
    many.store.journal.apply("note", acts)
    for text in ("海", "の海", '"海は"', "note:静か", "กลางคืน", "海 静か seed:2"):
        assert found(many, text) == [2], text
    for text in ("山", "note:山", "note:กลางคืน", "海%は", "prompt:海"):
        assert found(many, text) == [], text
    assert found(many, "-海 seed:<4") == [1, 3]


def test_the_index_follows_what_is_written(many: Session) -> None:
    assert found(many, "harbour") == []
    ids = many.store.prints.select("small", Filter(seeds=(2,)))
    change = FieldChange("note", str(ids[0]), "", "harbour")
    many.store.journal.apply("note", [change])
    assert found(many, "harbour") == [2]
    history.undo(many)
    assert found(many, "harbour") == []
    history.redo(many)
    many.store.prints.forget(ids)
    assert found(many, "harbour") == []
    _check_index(many.store)


def _check_index(store: Store) -> None:
    """Asks SQLite whether the full text agrees with the rows; raises if it does not."""
    connection = sqlite3.connect(paths.database_file(store.root))
    connection.execute("INSERT INTO source_words (source_words) VALUES ('integrity-check')")
    indexed = {row[0] for row in connection.execute("SELECT rowid FROM print_words_docsize")}
    worded = connection.execute("SELECT id FROM prints WHERE tags != '' OR note != ''")
    assert indexed == {row[0] for row in worded}
    connection.close()


def test_old_libraries_can_be_searched(root: object) -> None:
    """A library of the format before full text, with prints, is filled in when it is opened."""
    connection = sqlite3.connect(paths.database_file(root))
    for step in MIGRATIONS[:4]:
        connection.executescript(step)
    connection.execute("PRAGMA user_version = 4")
    recipe = {"title": "Old Light", "model": {"base": "pocket"}, "sampling": {"guidance": 4}}
    connection.execute("INSERT INTO recipes VALUES ('aa', ?)", (json.dumps(recipe),))
    for seed, digest, note in ((1, "aa", "kept"), (2, "aa", ""), (3, "bb", "")):
        connection.execute(
            "INSERT INTO prints (slug, digest, seed, file, width, height, made, phash, dhash,"
            " colour, prompt, note) VALUES ('old', ?, ?, '', 8, 8, 0, 0, 0, x'', 'tower', ?)",
            (digest, seed, note),
        )
    connection.commit()
    connection.close()
    with Session(root) as session:
        for text, seeds in (
            ("tower", [1, 2, 3]), ("kept", [1]), ("note:yes", [1]), ("guidance:4", [1, 2]),
            ("edition:light", [1, 2]), ("model:pocket", [1, 2]), ("recipe:bb", [3]),
        ):  # fmt: skip
            assert found(session, text, "old") == seeds, text
        _check_index(session.store)


def test_a_filter_reads_the_index_alone(many: Session) -> None:
    """At 100,000 prints this is what makes it quick."""
    connection = sqlite3.connect(paths.database_file(many.root))
    for text in ("tower", "-fog", "guidance:<5", "star:yes rating:>=3", "made:today", "undecided",
                 "stack:best", "width:>1", "seed:1..3", "label:red"):  # fmt: skip
        (term,) = parse(text).where.terms[:1]
        clause, values = filter_fields.condition(term)
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN SELECT id FROM prints WHERE slug = 'small' AND {clause}"
            " ORDER BY id",
            values,
        ).fetchall()
        assert re.match(r"SEARCH prints USING COVERING INDEX prints_sifted", plan[0][3]), text
    connection.close()


def test_a_print_says_its_tags(asked: Session) -> None:
    prints = asked.store.prints.get(asked.store.prints.select("small", Filter(seeds=(5,))))
    (item,) = prints.values()
    assert isinstance(item, Print)
    assert item.tags == ("dark", "night-sea")


def test_the_page_on_finding_names_every_field_and_order() -> None:
    page = (paths.PACKAGE.parents[1] / "docs/finding.md").read_text("utf-8")
    for name in [*filter_fields.FIELDS, "trash", "sort"]:
        assert f"`{name}:`" in page or f"| `{name}`" in page, name
    for order in ORDERS:
        assert f"`{order}`" in page, order
    for line in page.splitlines():
        if line.startswith("    ") and not line.startswith("    edition "):
            parse(line)
    assert parse(EXAMPLES.removesuffix(" sort:spread"))


def test_what_no_number_day_or_text_can_be_breaks_nothing(asked: Session) -> None:
    assert found(asked, "9" * 5000) == []
    for odd in ("exhibition:\udcffa", "note:\udcff海", "海\udcff"):
        assert found(asked, odd) == []
    with pytest.raises(EditionError, match="9999-12-31 is not understood"):
        parse("made:9999-12-31")


def test_thousands_of_seeds_are_found_and_too_many_ranges_are_said(asked: Session) -> None:
    listed = ",".join(map(str, range(3, 40_003)))
    assert found(asked, f"seed:{listed}") == list(range(3, 13))
    assert found(asked, f"-seed:{listed}") == [1, 2]
    assert found(asked, f"seed:{listed},1..2") == list(range(1, 13))
    assert found(asked, "guidance:2.5,7") == found(asked, "guidance:2.5..7")
    with pytest.raises(EditionError, match="101 ranges is too much") as caught:
        parse("seed:" + ",".join(f"{n}0..{n}5" for n in range(1, 102)))
    assert "any number of single ones" in caught.value.hint
    with pytest.raises(EditionError) as caught:
        parse(f"seed:{listed},x")
    assert len(caught.value.message) < 100


@pytest.mark.parametrize(
    "text", ["--", "-", "-!", '-"…"', "-- misty", "-🌅", "-*", "-%", '"', '""', '-"', '" "', '"\t"',
             "-\u0301", "\u0301"],
)  # fmt: skip
def test_a_word_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(EditionError) as caught:
        parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["…", "🌅", "*", "%", "_", "?", "\\", "'", ";", "\x00", "\u200b"])
def test_a_sign_that_stands_nowhere_passes_no_print(asked: Session, text: str) -> None:
    assert found(asked, text) == []
    assert found(asked, f"prompt:{text}") == []
    assert found(asked, f"note:{text}") == []


def test_signs_are_found_as_they_are_written(many: Session) -> None:
    ids = many.store.prints.select("small", Filter(seeds=(1, 2, 3)))
    notes = ("sea 🌅, 100% \u2026", "C++ or a_b? (É-Bahn)", "tower 🌅")
    acts = [FieldChange("note", str(i), "", n) for i, n in zip(ids, notes, strict=True)]
    many.store.journal.apply("note", acts)
    for text, seeds in (
        ("🌅", [1, 3]), ("note:🌅,", [1]), ("100%", [1]), ("0%", [1]), ("…", [1]), ("c++", [2]),
        ("a_b", [2]), ("a%b", []), ("(e-bahn)", [2]), ('"sea 🌅"', [1]), ("🌅tower", []),
        ("-note:🌅 seed:<4", [2]), ("prompt:🌅", []), ("tower🌅", []), (",", list(range(1, 13))),
    ):  # fmt: skip
        assert found(many, text) == seeds, text


def plain_reading(words: list[str], texts: dict[int, str]) -> set[int]:
    """Seeds of the prints that say every word, capitals and accents aside."""

    def bare(text: str) -> str:
        marks = unicodedata.normalize("NFD", text.casefold())
        return re.sub("[\u0300-\u036f]", "", marks)

    return {
        seed
        for seed, text in texts.items()
        if all(bare(word) in bare(text) or word == str(seed) for word in words)
    }


def test_a_filter_never_passes_more_than_a_plain_reading_of_it(tmp_path: Path) -> None:
    chance = random.Random(23)
    every = [chr(n) for n in range(1, 0x110000) if not 0xD800 <= n < 0xE000]
    by_kind: dict[str, list[str]] = {}
    for char in every:
        by_kind.setdefault(unicodedata.category(char), []).append(char)
    kinds = list(by_kind)
    near = [*"aAeEéÉß\u017fK\u212a\u0131İøœﬁﬀ²½Ⅷªº0123-_*%'\"\\+.,:;…🌅\u0301\u200b\x00^(){}"]

    def char() -> str:
        return chance.choice(near if chance.random() < 0.4 else by_kind[chance.choice(kinds)])

    def text(most: int) -> str:
        return "".join(char() for _ in range(chance.randint(1, most)))

    texts = {seed: " ".join(text(8) for _ in range(6)) for seed in range(1, 301)}
    blank = {"slug": "u", "file": "", "width": 8, "height": 8, "made": 0.0, "phash": 0, "dhash": 0}
    with Store(tmp_path) as store:
        store.prints.add(
            NewPrint(**blank, digest=f"{seed:064x}", seed=seed, prompt=prompt, colour=b"",
                     thumb=b"", rgb=b"", recipe="")
            for seed, prompt in texts.items()
        )  # fmt: skip
        said = {seed: f"{prompt}\nu" for seed, prompt in texts.items()}
        passes = 0
        for turn in range(3000):
            if turn % 2:
                words = [text(3).replace('"', "").replace(":", "")]
            else:
                prompt = texts[chance.randint(1, 300)]
                at = chance.randrange(len(prompt))
                words = prompt[at : at + chance.randint(1, 9)].split()
            words = [word for part in words for word in part.split() if word[0] != "-"]
            where = Filter(terms=tuple(Term("", word) for word in words))
            if words:
                ids = store.prints.select("u", where)
                passed = {item.seed for item in store.prints.get(ids).values()}
                assert passed <= plain_reading(words, said), words
                passes += bool(passed)
    assert passes > 500
