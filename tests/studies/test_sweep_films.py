"""Films, chains and the notebook: real presses, small pictures."""

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.fakes import add_prints, scene

from edition.actions import films, press_control
from edition.errors import EditionError, StudyError
from edition.library import metadata
from edition.studies.animation_writer import FORMATS, FilmWriter, chosen
from edition.studies.prompt_stats import PromptCounts, notebook, wilson


def run(root: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edition.cli", "--library", str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done


def test_films_play_in_every_format(tmp_path: Path) -> None:
    film = FilmWriter(tmp_path, FORMATS, (96, 64), 50, 3)
    frames = [scene(k).resize((96, 64)) for k in range(1, 8)]
    for k, frame in enumerate(frames[:-1], start=1):
        film.add(k, 6, frame)
    files = film.end(frames[-1], 700)
    assert sorted(film.kept) == [1, 4, 6] or sorted(film.kept) == [1, 3, 6]
    for path in files[:2]:
        with Image.open(path) as image:
            assert image.n_frames == 7
            assert image.size == (96, 64)
            lengths = []
            for k in range(7):
                image.seek(k)
                image.load()
                lengths.append(image.info["duration"])
                shown = np.asarray(image.convert("RGB"), int)
                assert np.abs(shown - np.asarray(frames[k], int)).mean() < 5
            assert lengths == [50] * 6 + [700]
    import imageio_ffmpeg

    _, seconds = imageio_ffmpeg.count_frames_and_secs(str(files[2]))
    assert seconds == pytest.approx(6 * 2 / 30 + 21 / 30, abs=0.1)
    assert not list(tmp_path.glob(".film-part*"))


def test_smooth_light_has_no_bands_in_a_gif(tmp_path: Path) -> None:
    across, down = np.meshgrid(np.linspace(20, 200, 128), np.linspace(0, 120, 128))
    light = np.stack([across, across * 0.4 + down, down], 2).astype(np.uint8)
    film = FilmWriter(tmp_path, ("gif",), (128, 128), 40, 0)
    (path,) = film.end(Image.fromarray(light), 40)
    with Image.open(path) as image:
        shown = np.asarray(image.convert("RGB"))
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) <= 256
    assert (shown[:, 1:] == shown[:, :-1]).all(2).mean() < 0.5  # of neighbours alike; in bands .85


def test_memory_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    def peak(frames: int) -> int:
        film = FilmWriter(tmp_path, ("webp", "gif"), (256, 256), 40, 5)
        pictures = [scene(k, 256) for k in range(4)]
        tracemalloc.start()
        for k in range(1, frames + 1):
            film.add(k, frames, pictures[k % 4])
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        film.end(pictures[0], 40)
        return found

    peak(2)  # imports and tables of the encoders
    assert peak(60) < peak(10) + 200_000  # fifty frames more would be 10 MB


def test_a_film_that_came_to_nothing_leaves_no_file(tmp_path: Path) -> None:
    film = FilmWriter(tmp_path, ("webp",), (64, 64), 40, 2)
    film.add(1, 3, scene(1, 64))
    film.drop()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StudyError, match="avi"):
        FilmWriter(tmp_path, ("avi",), (64, 64), 40, 2)


def test_strips_are_spread_evenly() -> None:
    assert chosen(48, 4) == (1, 17, 32, 48)
    assert chosen(3, 9) == (1, 2, 3)
    assert chosen(48, 0) == ()


@pytest.mark.slow
def test_a_film_ends_in_the_print(session, root: Path) -> None:
    """By the command line: the print is filed on the way, and a second film ends in its bytes."""
    done = run(root, "film", "small", "2", "--format", "gif,webp", "--strip", "3", "--json")
    files = [Path(name) for name in json.loads(done.stdout)["files"]]
    assert [path.name for path in files] == ["film.gif", "film.webp", "strip.png"]
    with Image.open(files[1]) as film:
        assert film.n_frames == 4
    item = session.store.prints.find("small", [2])[0]
    assert metadata.read(session.file(item.file)).seed == 2
    run(root, "film", "small", "2")
    assert "ends in the print" in press_control.log_tail(session)
    assert "format" in run(root, "film", "small", "2", "--format", "avi", code=9).stderr


@pytest.mark.slow
def test_a_chain_of_three_keeps_its_lineage(session, root: Path, tmp_path: Path) -> None:
    sketch = tmp_path / "sketch.png"
    scene(5).save(sketch)
    done = run(
        root, "vary", str(sketch), "--edition", "small", "--prompt", "crimson mountains",
        "--then", "azure sea", "--then", "night", "--json",
    )  # fmt: skip
    facts = json.loads(done.stdout)
    assert len(facts["prints"]) == 3
    origins = []
    for name in facts["prints"]:
        slug, digest, seed = name.split(":")
        item = session.store.prints.find(slug, [int(seed)], digest)[0]
        origin = metadata.read(session.file(item.file))
        assert item.parent == origin.parent
        origins.append((f"{digest}:{seed}", origin))
    assert origins[0][1].parent == ""
    assert origins[1][1].parent == origins[0][0]
    assert origins[2][1].parent == origins[1][0]
    copy = root / "small" / origins[0][1].recipe.init.file
    assert copy.read_bytes() == sketch.read_bytes()
    lines = films.tree(session, "small")
    assert [line.count("└─") for line in lines] == [0, 1, 1]
    assert lines[2].startswith("   └─ ")
    last = session.store.prints.find("small", [1], origins[2][0].split(":")[0])[0]
    kept = session.file(last.file).read_bytes()
    session.file(last.file).unlink()  # each link can be made again
    again = run(
        root, "vary", facts["prints"][1], "--prompt", "night", "--strength", "0.6", "--json"
    )
    assert json.loads(again.stdout)["prints"] == [facts["prints"][2]]
    assert session.file(last.file).read_bytes() == kept


def test_a_first_cell_that_fails_is_told_with_its_reason(session, root: Path) -> None:
    sketch = Path(__file__).parents[1] / "cases" / "14-sketch.png"
    failed = run(
        root, "vary", str(sketch), "--edition", "small", "--set", "sampler=heun", "--seeds", "1,2",
        "--then", "azure sea", code=9,
    )  # fmt: skip
    assert "sampler heun" in failed.stderr
    assert "Use ddim" in failed.stderr, "the next step comes along"
    assert "Traceback" not in failed.stderr


def test_what_a_chain_starts_from_is_checked(session, root: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    scene(1).save(tmp_path / "ok.png")
    for named, edition in (
        ("small:99", ""), ("nothing.png", "small"), ("small", ""), (str(tmp_path / "ok.png"), ""),
        (str(tmp_path / "cut.png"), "small"), ("../x:1", ""),
    ):  # fmt: skip
        with pytest.raises(EditionError) as caught:
            films.source(session, named, edition)
        assert caught.value.hint
    assert not (root / "small" / "starts").exists()


def test_a_print_may_be_named_in_three_ways(session) -> None:
    ids = add_prints(session, "small", [3])
    item = session.store.prints.get(ids)[ids[0]]
    whole = f"small:{item.digest}:3"
    for named in ("small:3", f"small:{item.digest[:12]}:3", whole, str(session.file(item.file))):
        found = films.source(session, named)
        assert found.recipe.init.file == whole
        assert found.slug == "small"


def test_the_notebook_counts_stars() -> None:
    counts = [
        PromptCounts("monumental, calm sea", 40, 30),
        PromptCounts("a storm", 1, 1),
        PromptCounts("monumental city by Ada Lovelace", 10, 0, 4),
        PromptCounts("", 5, 0),
    ]
    by_prompt = notebook(counts, "prompt")
    assert by_prompt[0].name == "monumental, calm sea"  # thirty of forty beat one of one
    assert {row.name for row in by_prompt} >= {"(nothing)", "a storm"}
    words = {row.name: row for row in notebook(counts, "word")}
    assert (words["monumental"].made, words["monumental"].starred) == (50, 30)
    assert words["monumental"].prompts == 2
    assert words["monumental"].share == pytest.approx(0.6)
    assert [row.name for row in notebook(counts, "artist")] == ["Ada Lovelace"]
    assert [row.name for row in notebook(counts, "prompt", least=10)] == [
        "monumental, calm sea", "monumental city by Ada Lovelace",
    ]  # fmt: skip
    assert wilson(0, 0) == 0
    assert wilson(1, 1) == pytest.approx(0.2065, abs=1e-3)
    assert wilson(30, 40) == pytest.approx(0.598, abs=2e-3)


def test_the_notebook_by_the_command_line(session, root: Path) -> None:
    ids = add_prints(session, "small", range(1, 9))
    session.mark(ids[:2], "star")
    found = json.loads(run(root, "notebook", "small", "--by", "word", "--json").stdout)
    assert {row["name"] for row in found} == {
        "monumental", "dramatic", "atmospheric", "transcendent",
    }  # fmt: skip
    assert all((row["made"], row["starred"]) == (8, 2) for row in found)
    assert "25%" in run(root, "notebook").stdout
    assert "Nothing" not in run(root, "notebook").stdout
    run(root, "notebook", "--by", "colour", code=9)
