"""Every folder and file name, once. Knows names, opens nothing."""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path, PurePath

import platformdirs

from edition.errors import EditionError, LibraryError, RecipeError, next_step

LIBRARY_VARIABLE = "EDITION_LIBRARY"
SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MIRROR = re.compile(
    rf"{SLUG.pattern}/(marks|trash|stacks|pictures)\.jsonl"
    rf"|_exhibitions/{SLUG.pattern}/exhibition\.json|register\.jsonl"
)
PACKAGE = Path(__file__).parent
ASSETS = PACKAGE / "assets"
"""Weights, typefaces and colour profiles in the wheel."""
FOLDERS = "folders"
DIGEST_CHARS = 12
"""How much of a recipe's digest names its folder."""


def library_root(chosen: str | os.PathLike[str] | None = None) -> Path:
    """The library's folder: the one chosen, else the variable's, else ./editions, else the user's.

    Args:
        chosen: the value of ``--library``, if given.

    Returns:
        An absolute path; it need not exist yet.

    Raises:
        LibraryError: the path can't be followed to its end.
    """
    named = chosen or os.environ.get(LIBRARY_VARIABLE)
    if named:
        return _resolved(named)
    here = Path("editions")
    if here.is_dir():
        return _resolved(here)
    return Path(platformdirs.user_data_dir("edition")) / "editions"


def expanded(named: str | os.PathLike[str]) -> Path:
    """A path whose leading ``~`` is the home folder; of a person who isn't known it stays."""
    return Path(os.path.expanduser(named))  # noqa: PTH111 - Path's raises there


def is_file(path: Path) -> bool:
    """Whether a file is there; Path's own raises for a name too long to be one."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether a folder is there; see ``is_file``."""
    return os.path.isdir(path)  # noqa: PTH112


def _resolved(named: str | os.PathLike[str]) -> Path:
    """An absolute path without links; what it names need not exist."""
    try:
        path = expanded(named)
        try:
            return Path(os.path.realpath(path, strict=True))
        except FileNotFoundError:
            return Path(os.path.realpath(path))
    except FileNotFoundError:
        raise LibraryError(
            f"{named} starts in the working folder, and that was removed.",
            hint="Change to a folder that exists, or name the library from the root.",
        ) from None
    except RuntimeError:
        raise LibraryError(
            f"{named} names the home of an unknown person.", hint="Write the path without '~'."
        ) from None
    except OSError as error:
        raise LibraryError(f"{named}: {error.strerror}.", hint=next_step(error)) from error


def search_folders(home: Path | None) -> tuple[Path, ...]:
    """Where a recipe's relative paths begin, in this order: the edition's folder, the working one.

    Args:
        home: the edition's folder; None where there is none.
    """
    found = [] if home is None else [home]
    with suppress(FileNotFoundError):  # the working folder was removed
        found.append(Path.cwd())
    return tuple(found)


def check_slug(slug: str) -> str:
    """Returns the slug if it can name a folder inside the library and nothing else.

    Raises:
        RecipeError: it holds a slash, ``..``, a capital, or is empty or too long.
    """
    return _checked(slug, "an edition", RecipeError)


def check_exhibition(name: str) -> str:
    """Returns the name if it can name an exhibition: the rule is that of slugs.

    Raises:
        LibraryError: it can't.
    """
    return _checked(name, "an exhibition", LibraryError)


def _checked(name: str, what: str, error: type[EditionError]) -> str:
    if not SLUG.fullmatch(name) or ".." in name:
        raise error(
            f"{name!r} can't name {what}.",
            hint="Use 1 to 64 of a-z, 0-9, '-', '_' and '.', starting with a letter or digit.",
        )
    return name


def edition_folder(root: Path, slug: str) -> Path:
    """Where an edition's recipe and all that came of it live."""
    return root / check_slug(slug)


def edition_file(root: Path, slug: str) -> Path:
    """The edition's recipe."""
    return edition_folder(root, slug) / "edition.toml"


def prints_folder(root: Path, slug: str, digest: str) -> Path:
    """Where the prints of one recipe digest lie."""
    return edition_folder(root, slug) / "prints" / digest[:DIGEST_CHARS]


def print_file(root: Path, slug: str, digest: str, seed: int) -> Path:
    """One print's PNG."""
    return prints_folder(root, slug, digest) / f"{seed}.png"


def upscaled_file(root: Path, slug: str, digest: str, seed: int, settings_digest: str) -> Path:
    """One enlarged print's PNG; the name shows which upscaling made it."""
    folder = edition_folder(root, slug) / "upscaled" / digest[:DIGEST_CHARS]
    return folder / f"{seed}-{settings_digest[:8]}.png"


def proofs_folder(root: Path, slug: str) -> Path:
    """Where an edition's PDFs go."""
    return edition_folder(root, slug) / "proofs"


def studies_folder(root: Path, slug: str) -> Path:
    """Where an edition's sweeps, twins, chains and films go."""
    return edition_folder(root, slug) / "studies"


def film_folder(root: Path, slug: str, digest: str, seed: int) -> Path:
    """Where the film of a print goes."""
    return studies_folder(root, slug) / f"film-{digest[:DIGEST_CHARS]}-{seed}"


def trained_folder(root: Path, slug: str) -> Path:
    """Where models trained for an edition go."""
    return edition_folder(root, slug) / "models"


def marks_file(root: Path, slug: str) -> Path:
    """The text mirror of an edition's marks: one JSON line a change, append-only."""
    return edition_folder(root, slug) / "marks.jsonl"


def exhibitions_folder(root: Path) -> Path:
    """Where exhibitions live; no edition can have this name."""
    return root / "_exhibitions"


def exhibition_folder(root: Path, name: str) -> Path:
    """Where an exhibition's text copy and its PDFs go."""
    return exhibitions_folder(root) / check_exhibition(name)


def exhibition_file(root: Path, name: str) -> Path:
    """The text copy of an exhibition: its words, its prints, its order."""
    return exhibition_folder(root, name) / "exhibition.json"


def trash_file(root: Path, slug: str) -> Path:
    """The text mirror of an edition's trash: what went in, came back, or was emptied."""
    return edition_folder(root, slug) / "trash.jsonl"


def stacks_file(root: Path, slug: str) -> Path:
    """The text mirror of what a person decided about an edition's stacks."""
    return edition_folder(root, slug) / "stacks.jsonl"


def folders_folder(root: Path, slug: str) -> Path:
    """Where the links to an edition's adopted folders are; only an adopted edition has it."""
    return edition_folder(root, slug) / FOLDERS


def is_adopted(root: Path, slug: str) -> bool:
    """Whether an edition's pictures are in folders that were adopted, and none is rendered.

    A library that was copied may have lost the links: it still is no edition of prints.
    """
    return folders_folder(root, slug).is_dir() or pictures_file(root, slug).is_file()


def adopted_links(root: Path, slug: str) -> tuple[Path, ...]:
    """The links to an edition's adopted folders, by name; what they lead to may not be there."""
    home = folders_folder(root, slug)
    found = home.iterdir() if home.is_dir() else ()
    return tuple(sorted(link for link in found if not link.name.startswith(".")))


def adopted_name(file: str) -> str:
    """An adopted picture's name in its folder, ``2026/night.jpg``; empty for a print's file.

    Args:
        file: relative to the library's root, as rows name it.
    """
    parts = PurePath(file).parts
    return "/".join(parts[3:]) if len(parts) > 3 and parts[1] == FOLDERS else ""


def pictures_file(root: Path, slug: str) -> Path:
    """The text mirror of adopted pictures: which number belongs to which content, append-only."""
    return edition_folder(root, slug) / "pictures.jsonl"


def adopting_lock_file(root: Path, slug: str) -> Path:
    """Held by whoever reads an edition's adopted folders."""
    return root / f".adopting-{check_slug(slug)}.lock"


def emptying_folder(root: Path, slug: str) -> Path:
    """Where files of the trash lie for the moment in which they are being removed."""
    return edition_folder(root, slug) / ".emptying"


def trash_lock_file(root: Path) -> Path:
    """Held by whoever empties the trash."""
    return root / ".trash.lock"


def desk_lock_file(root: Path) -> Path:
    """Held for the moment in which somebody reads, decides and writes: edits, new seeds."""
    return root / ".session.lock"


def database_file(root: Path) -> Path:
    """The library's index; can be rebuilt from the files with ``edition rescan``."""
    return root / "library.sqlite"


def mirrors_log_file(root: Path) -> Path:
    """The act that is being written to text mirrors just now; empty when there is none."""
    return root / ".mirrors-wal"


def is_mirror(relative: str) -> bool:
    """Whether a path, relative to the library's root, is that of a text mirror."""
    return MIRROR.fullmatch(relative) is not None


def register_file(root: Path) -> Path:
    """The text copy of the register of numbered prints."""
    return root / "register.jsonl"


def press_lock_file(root: Path) -> Path:
    """Held by the press for as long as it runs."""
    return root / ".press.lock"


def press_log_file(root: Path) -> Path:
    """What the press prints."""
    return root / ".press.log"


def pool_token_file(root: Path) -> Path:
    """Holds a word of the running press: a worker that can read it sees the same folder."""
    return root / ".pool-token"


def fingerprints_file(root: Path) -> Path:
    """Cache of weight-file hashes by path, size and time."""
    return root / ".fingerprints.json"


def config_folder() -> Path:
    """The person's own settings, shared by all libraries."""
    return Path(platformdirs.user_config_dir("edition"))


def models_folder() -> Path:
    """Where a machine that only computes keeps models that are no hub's, each by its own name."""
    return Path(platformdirs.user_data_dir("edition")) / "models"


def weights_folder() -> Path:
    """Where weights that were fetched for upscalers lie, each set in a folder of its name."""
    return Path(platformdirs.user_data_dir("edition")) / "weights"


def consent_file() -> Path:
    """Which licences the person has accepted, and when."""
    return config_folder() / "licences.json"


def shipped_editions() -> Path:
    """The example editions: in the wheel, or beside ``src`` in a checkout."""
    return _shipped("editions")


def shipped_styles() -> Path:
    """The style folders ``tui/`` and ``proof/``: in the wheel, or beside ``src``."""
    return _shipped("styles")


def fonts_folder() -> Path:
    """The typefaces that ship, as ``.ttf`` files."""
    return ASSETS / "fonts"


def profiles_folder() -> Path:
    """The ICC profiles that ship."""
    return ASSETS / "profiles"


def pocket_folder() -> Path:
    """The embedded model in diffusers' folder layout."""
    return ASSETS / "pocket"


def pocket_supir_folder() -> Path:
    """The embedded SUPIR: the published file's layout, and an SDXL folder."""
    return ASSETS / "pocket_supir"


def clip_merges_file() -> Path:
    """The byte-pair merges of CLIP's tokenizer, compressed."""
    return ASSETS / "clip" / "bpe.txt.gz"


def _shipped(name: str) -> Path:
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parents[1] / name


def check_link(root: Path, slug: str) -> None:
    """Makes sure that an edition's folder, where it is a link, was linked by somebody trusted.

    Such a link may lead to another disk; all that is done to the edition is done there.

    Raises:
        LibraryError: the link belongs neither to the person, nor to the library's owner or root.
    """
    _check_link(root, edition_folder(root, slug), f"The edition {slug}")


def _check_link(root: Path, folder: Path, named: str) -> None:
    try:
        link = folder.lstat()
        if not stat.S_ISLNK(link.st_mode):
            return
        trusted = {0, root.stat().st_uid, *([os.geteuid()] if hasattr(os, "geteuid") else [])}
    except OSError:
        return  # it isn't there, or can't be looked at: whoever opens it says so
    if link.st_uid not in trusted:
        raise LibraryError(
            f"{named} is a link that another user made: {folder}.",
            hint="Make the link yourself, or put the folder itself into the library.",
        )


def inside(root: Path, relative: str) -> Path:
    """Joins a path that came from outside to the library's root.

    An edition's folder may be a link (``check_link``), and then its files lie where that leads;
    so are its adopted folders. No other link leads out.

    Returns:
        The path without links.

    Raises:
        LibraryError: the path leads out of the library, or over a link that isn't trusted.
    """
    parts = PurePath(relative).parts
    path = Path(os.path.realpath(root / relative))
    homes = [root]
    if parts and SLUG.fullmatch(parts[0]):
        check_link(root, parts[0])
        homes.append(root / parts[0])
        if len(parts) > 3 and parts[1] == FOLDERS:
            adopted = root.joinpath(*parts[:3])
            _check_link(root, adopted, f"The adopted folder {parts[2]}")
            homes.append(adopted)
    if ".." in parts or not any(path.is_relative_to(os.path.realpath(home)) for home in homes):
        raise LibraryError(f"{relative!r} leads out of the library {root}.")
    return path


def slug_of(root: Path, path: Path) -> str:
    """The slug of the edition in whose folder a file lies, over whatever links; empty if in none.

    Args:
        root: the library.
        path: of a file, from anywhere.
    """
    real = Path(os.path.realpath(path))
    for folder in root.iterdir() if root.is_dir() else ():
        if SLUG.fullmatch(folder.name) and real.is_relative_to(os.path.realpath(folder)):
            return folder.name
    return ""
