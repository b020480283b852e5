"""Finding on the command line: find, filters, tags, notes, and marks by filter."""

import json
import sys
from pathlib import Path

import pypdfium2
import pytest
from tests.fakes import add_prints

from edition.actions import editions
from edition.actions.session import Session
from edition.cli.main import main


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a verb in this process: (exit code, standard output, standard error)."""
    with Session(root) as session:
        add_prints(session, "small", range(1, 9))
        editions.new(session, "night-sea", title="Night at Sea", like="small", prompt="sea, night")
        add_prints(session, "night-sea", range(1, 4))

    def verb(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["edition", "--library", str(root), *words])
        try:
            code = main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out = capsys.readouterr()
        return code, out.out, out.err

    return verb


def seeds(run, *words: str) -> list[tuple[str, int]]:
    code, out, err = run("find", *words, "--json")
    assert code == 0, err
    return [(item["edition"], item["seed"]) for item in json.loads(out)]


def test_prints_are_found_by_words_and_fields(run) -> None:
    assert seeds(run, "seed:2") == [("small", 2), ("night-sea", 2)]
    assert seeds(run, "sea", "-seed:2") == [("night-sea", 1), ("night-sea", 3)]
    assert seeds(run, "-sea", "seed:>6") == [("small", 7), ("small", 8)]
    assert seeds(run, "--in", "small", "--order", "newest", "--limit", "2") == [
        ("small", 8), ("small", 7),
    ]  # fmt: skip
    assert len(seeds(run)) == 11
    assert len(seeds(run, "--order", "spread")) == 11
    code, out, _ = run("find", "sea", "seed:3")
    assert code == 0
    assert out.splitlines()[1].split()[:2] == ["night-sea", "3"]


def test_likeness_is_to_a_seed_of_one_edition(run) -> None:
    assert seeds(run, "--in", "small", "--like", "5")[0] == ("small", 5)
    assert ("small", 5) not in seeds(run, "--in", "small", "--like", "5", "-seed:5")
    code, _, err = run("find", "--like", "5")
    assert (code, "--in" in err) == (2, True)
    code, _, err = run("find", "--in", "small", "--like", "99")
    assert (code, "no print of seed 99" in err) == (2, True)
    assert run("find", "--in", "nowhere")[0] == 2
    assert run("find", "--order", "likeness")[0] != 0


def test_faults_of_a_query_name_the_nearest_field(run) -> None:
    code, _, err = run("find", "guidence:3")
    assert code != 0
    assert "guidence" in err
    assert "Did you mean guidance" in err
    assert "sort" in run("find", "--order", "size")[2]


def test_tags_and_notes_are_written_found_and_undone(run) -> None:
    assert run("tag", "small", "night,Sea", "1..3")[1] == "tag night, sea 3 prints\n"
    assert run("untag", "small", "sea", "2")[1] == "untag sea small seed 2\n"
    told = json.loads(run("note", "small", "the light is right", "3", "--json")[1])
    assert told["done"] == "note small seed 3"
    assert told["prints"][0]["note"] == "the light is right"
    assert seeds(run, "tag:sea") == [("small", 1), ("small", 3)]
    assert seeds(run, "note:light") == [("small", 3)]
    assert json.loads(run("tags", "--json")[1]) == {"night": 3, "sea": 2}
    assert "night" in run("tags", "small")[1]
    assert json.loads(run("tags", "night-sea", "--json")[1]) == {}
    shown = json.loads(run("show", "small", "--prints", "--json")[1])
    assert [item["tags"] for item in shown[:3]] == [["night", "sea"], ["night"], ["night", "sea"]]
    assert run("undo")[1] == "Undone: note small seed 3\n"
    assert json.loads(run("history", "--json")[1])[0]["undone"] is True
    assert seeds(run, "note:yes") == []
    assert run("note", "small", "", "3")[1] == "Nothing to change.\n"
    code, _, err = run("tag", "small", "a:b", "1")
    assert code != 0
    assert "is no tag" in err


def test_marks_take_a_filter_instead_of_seeds(run) -> None:
    assert run("tag", "small", "keep", "2,4,6")[0] == 0
    assert run("star", "small", "--where", "tag:keep -seed:4")[1] == "star 2 prints\n"
    assert run("rate", "small", "5", "1..3", "--where", "star:yes")[1] == "rate 5: small seed 2\n"
    assert run("label", "small", "red", "--where", "rating:5")[1] == "label red: small seed 2\n"
    assert seeds(run, "star:yes") == [("small", 2), ("small", 6)]
    assert run("reject", "small", "--where", "tag:nothing")[1] == "Nothing to change.\n"
    code, _, err = run("star", "small")
    assert (code, "--where" in err) == (2, True)


def test_filters_are_kept_by_name(run) -> None:
    assert "No saved filters" in run("filters")[1]
    assert run("filters", "save", "not the sea", "-sea", "seed:<3")[0] == 0
    assert json.loads(run("filters", "--json")[1]) == {"not the sea": "-sea seed:<3"}
    assert "-sea" in run("filters")[1]
    assert seeds(run, "--saved", "not the sea", "seed:>1") == [("small", 2)]
    assert run("filters", "forget", "not the sea")[0] == 0
    code, _, err = run("find", "--saved", "not the sea")
    assert code != 0
    assert "filters save" in err
    assert run("filters", "save", "bad", "sed:1")[0] != 0


@pytest.mark.parametrize("verb", ["find", "tag", "untag", "tags", "note", "filters"])
def test_help_shows_an_example(run, verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert "edition " + verb in out
    assert "--json" in out


def test_a_filter_names_prints_wherever_some_are_taken(run) -> None:
    run("tag", "small", "keep", "2,4")
    shown = json.loads(run("show", "small", "--where", "tag:keep sort:newest", "--json")[1])
    assert [item["seed"] for item in shown] == [4, 2]
    sheet = json.loads(run("proof", "sheet", "small", "--where", "tag:keep", "--json")[1])
    page = pypdfium2.PdfDocument(Path(sheet["file"]))[0].get_textpage().get_text_bounded().split()
    assert {"2", "4"} <= set(page)
    assert not {"5", "6", "7", "8"} & set(page)


def test_only_starred_prints_of_a_filter_are_laid_out_where_both_are_asked_for(run) -> None:
    run("tag", "small", "keep", "2,4")
    run("star", "small", "4,5")
    both = run("proof", "sheet", "small", "--starred", "--where", "tag:keep", "--json")
    file = json.loads(both[1])["file"]
    page = pypdfium2.PdfDocument(Path(file))[0].get_textpage().get_text_bounded().split()
    assert "4" in page
    assert not {"2", "5"} & set(page)


def test_a_mistaken_option_and_an_empty_find_say_the_next_step(run) -> None:
    code, out, err = run("find", "--filter", "best")
    assert code != 0
    assert out == ""
    assert "no option --filter" in err
    assert "-fog" in err
    code, out, _ = run("find", "seed:77")
    assert (code, "trash:yes" in out, "marks" in out) == (0, True, False)
    assert seeds(run, "seed:77") == []
