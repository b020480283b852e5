"""Every command that a page shows is run, small, with the embedded model, or says why it isn't.

``<!-- not run: reason -->`` before a block in a page keeps the block from being run; its commands
are held against the options that the verbs have. ``pytest -s`` lists what was not run.
"""

import importlib.util
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.fakes import scene
from tests.support.page_commands import ROOT, PageCommand, commands, named, pages

from edition import paths
from edition.actions.session import Session
from edition.cli.main import main
from edition.cli.verb_table import INTERACTIVE, MODULES, load

Run = Callable[..., tuple[int, str]]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PYPROJECT["optional-dependencies"]
TINY = {
    "sampling.width": 64, "sampling.height": 64, "sampling.steps": 2, "proof.print_mm": 150.0,
    "proof.ppi_least": 36.0, "proof.ppi_good": 36.0,
}  # fmt: skip
TINY_TRAINING = {
    "training.resolution": 64, "training.steps": 1, "training.batch": 1,
    "training.sample_seeds": "1", "training.checkpoint_every": 1, "training.sample_every": 1,
    "training.inversion.steps": 1, "training.inversion.batch": 1, "training.corridor.seeds": "1..2",
}  # fmt: skip
SMALLER = (
    (r"--seeds 1\.\.200", "--seeds 1..14,17,41,90..92"),
    (r"\bsize=\d+", "size=64"),
    (r"\bsteps=\d+", "steps=2"),
    (r"--steps \d+", "--steps 1"),
    (r"--resolution \d+", "--resolution 64"),
    (r"guidance=1,2\.5,5,7\.5,10,25,50", "guidance=1,2.5"),
    (r"\{crimson.*violet\} \{.*woodblock\}", "{crimson|azure} sea"),
    (r"--rates .*--counts .*", "--rates 1e-6 2e-6 --counts 1 2"),
    (r"--sizes 200,300", "--sizes 100,150"),
    (r"^(edition corridor \S+ --images photos/)$", r"\1 --rates 1e-6 --counts 1"),
)
"""The same options with less to compute."""
LONG = {"corridor", "doctor", "train"}
"""Verbs that take seconds of the processor: run once for each set of options."""
STAY = {"--follow", "--watch"}
A1111 = (
    "harbour in fog\nSteps: 25, Sampler: Euler, CFG scale: 6.5, Seed: 4711, Size: 128x128, "
    "Model: v1-5"
)


def help_of(words: list[str], run: Run) -> str:
    code, told = run(*words, "--help")
    assert code == 0, told
    return told


def verb_of(words: list[str]) -> list[str]:
    """The verb, and the one below it: ``proof wall``."""
    while words[:1] and words[0].startswith("-"):
        words = words[1 if words[0] in ("--debug", "--version") else 2 :]
    if not words or not re.fullmatch(r"[a-z0-9]+", words[0]):
        return []
    assert words[0] in MODULES, f"there is no verb {words[0]}"
    below = getattr(load(words[0]), "commands", {})
    if not below or len(words) < 2 or not re.fullmatch(r"[a-z0-9]+", words[1]):
        return words[:1]
    assert words[1] in below, f"there is no verb {words[0]} {words[1]}"
    return words[:2]


def check_options(words: list[str], run: Run) -> None:
    verb = verb_of(words)
    if not verb:
        return
    options = re.findall(r"(?<![\w-])--?[a-z][\w-]*", help_of(verb, run))
    known = {*options, "--help", "-h", "--json"}
    rest = words[words.index(verb[0]) + len(verb) :]
    for word in rest:
        option = word.partition("=")[0]
        if re.fullmatch(r"--?[a-z][\w-]*", option):
            assert option in known, f"edition {' '.join(verb)} has no option {option}"


def check_other(words: list[str]) -> None:
    """Programs besides edition: what is named of ours exists."""
    match words:
        case ["make", target, *_]:
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            assert re.search(rf"^{re.escape(target)}:", makefile, re.M), "no such target"
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(module), "no such module"
        case ["python", script, *_]:
            assert (ROOT / script).is_file(), "no such script"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a verb in this process: its code, and all that it said."""

    def verb(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["edition", *words])
        try:
            code = main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return verb


def test_extras_are_named_where_they_are_told_of() -> None:
    told = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \|", told, re.M)
    assert sorted(table) == sorted(EXTRAS), "the table of extras in docs/install.md"
    for page in pages():
        for names in re.findall(r"edition\[([\w,]+)\]", page.read_text(encoding="utf-8")):
            assert {n for n in names.split(",") if n != "NAME"} <= set(EXTRAS), page.name


def test_extras_are_installed_with_the_tests_or_it_is_said_why_not() -> None:
    told = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    for name, packages in EXTRAS.items():
        row = re.search(rf"^\| `{name}` \|.*\| ([^|]+) \|$", told, re.M)
        assert row, name
        if name != "dev":
            assert (set(packages) <= set(EXTRAS["dev"])) == (row[1] == "yes"), name
            assert row[1] == "yes" or row[1].startswith("no: ")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_commands_named_in_sentences_exist_with_their_options(page: Path, run: Run) -> None:
    wrong = []
    for text, words in named(page):
        try:
            check_options(words, run)
        except AssertionError as error:
            wrong.append(f"edition {text}: {str(error).splitlines()[0]}")
    assert wrong == []


def shrink(root: Path) -> None:
    """All editions draw and train small from here on."""
    with Session(root) as session:
        for file in root.glob("*/edition.toml"):
            slug = file.parent.name
            recipe = tomllib.loads(file.read_text(encoding="utf-8"))
            if paths.is_adopted(root, slug):
                continue
            if recipe.get("sampling", {}).get("width") != 64 or recipe["sampling"]["steps"] != 2:
                session.edit(slug, {**TINY, **TINY_TRAINING})


def prepare(folder: Path, run: Run) -> None:
    """What the pages take for granted: pictures, a profile, editions that they name."""
    pictures = folder / "home" / "comfyui" / "output"
    for path in (pictures, folder / "photos", folder / "home" / "retouched", folder / "models",
                 folder / "docs" / "pictures", folder / "home" / "backups"):  # fmt: skip
        path.mkdir(parents=True)
    info = PngInfo()
    info.add_text("parameters", A1111)
    for seed in range(1, 9):
        scene(seed, 96).save(pictures / f"night-{seed}.png", pnginfo=info)
        scene(40 + seed, 64).save(folder / "photos" / f"{seed}.png")
    scene(1, 96).save(folder / "home" / "retouched" / "night.tif")
    scene(2, 128).save(folder / "00012-1234.png", pnginfo=info)
    shutil.copy(paths.profiles_folder() / "FOGRA39L_coated.icc", folder / "my-paper.icc")
    sketch = ROOT / "docs" / "pictures" / "study-sketch.png"
    with Image.open(sketch) as image:
        image.convert("RGB").resize((64, 64)).save(folder / "docs" / "pictures" / sketch.name)
    (folder / "editions").mkdir()
    for slug in ("pocket-dreams", "my-dreams"):
        assert run("new", slug, "--like", "pocket-dreams")[0] == 0
    shrink(folder / "editions")
    assert run("render", "pocket-dreams", "--seeds", "1..12")[0] == 0
    assert run("star", "pocket-dreams", "7")[0] == 0
    for scale in ("2", "3"):
        upscale = ("upscale", "pocket-dreams", "--seeds", "7", "--method", "lanczos")
        assert run(*upscale, "--scale", scale)[0] == 0


class Reader:
    """Somebody who types what the pages show, one after the other, in one library."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.root, self.run = folder / "editions", run
        self.done: set[tuple[str, ...]] = set()
        self.ran, self.not_run = 0, [""]
        self.wrong: list[str] = []

    def read(self, page: Path) -> None:
        shown = commands(page)
        names = {}
        for command in shown:
            made = re.match(r"edition (exhibition )?new (\S+)", command.text)
            home = self.root / "_exhibitions" if made and made[1] else self.root
            if made and (home / made[2]).exists():
                names[made[2]] = f"{made[2]}-{page.stem}"
        for command in shown:
            text = command.text
            for name, other in names.items():
                text = re.sub(rf"\b{name}\b", other.lower(), text)
            try:
                self.type(command, text)
            except AssertionError as error:
                self.wrong.append(f"{command}\n    {error}")

    def type(self, command: PageCommand, text: str) -> None:
        program, *words = command.words
        if program != "edition":
            assert command.reason or program in ("make", "python", "pip"), "mark it: not run"
            check_other(command.words)
            self.not_run.append(f"{command} ({command.reason or 'another program'})")
            return
        check_options(words, self.run)
        if command.reason or words[0] in INTERACTIVE or STAY & {*words}:
            self.not_run.append(f"{command} ({command.reason or 'stays until a person leaves'})")
            return
        for long, short in SMALLER:
            text = re.sub(long, short, text)
        text = text.replace("1a2b3c4d", self.digest())
        words = PageCommand(command.page, command.line, text, "").words[1:]
        shape = tuple(word for word in words if word.startswith("--") or word.isalpha())
        if words[0] in LONG and shape in self.done:
            self.not_run.append(f"{command} (run before with these options)")
            return
        self.done.add(shape)
        words = [str(Path(word).expanduser()) if word.startswith("~/") else word for word in words]
        code, told = self.run(*words)
        assert code == 0, told[-600:]
        self.ran += 1
        if "--detach" in words:
            code, told = self.run(*(word for word in words if word != "--detach"))
            assert code == 0, told[-600:]
        if words[0] in ("new", "edit", "clone", "import", "train", "corridor"):
            shrink(self.root)

    def digest(self) -> str:
        with Session(self.root, writable=False) as session:
            return str(session.digest("pocket-dreams"))[:8]


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_commands_of_the_pages_do_what_is_shown(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    prepare(tmp_path, run)
    reader = Reader(tmp_path, run)
    try:
        for page in pages():
            reader.read(page)
    finally:
        run("press", "stop")
    with capsys.disabled():
        print(
            f"\n{reader.ran} commands of the pages were run. Not run:", *reader.not_run, sep="\n  "
        )
    assert reader.wrong == [], "\n" + "\n".join(reader.wrong)
    assert reader.ran > 60
