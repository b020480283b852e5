"""One family of errors: raised deep, shown once, always with the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

import errno


class EditionError(Exception):
    """Something a person can act on. Shown without a traceback.

    Args:
        message: what is wrong, with the thing's name in it.
        hint: the next step; one sentence, empty only when there is none.
        exit_code: of the command line.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class RecipeError(EditionError):
    """An edition file or a value in it is not usable."""

    exit_code = 2


class InvalidRecipe(RecipeError):
    """Values of a recipe that are not allowed.

    Args:
        message: as for EditionError.
        hint: as for EditionError.
        allowed: dotted key → what may be there, in words.
    """

    def __init__(self, message: str, *, hint: str = "", allowed: Mapping[str, str]) -> None:
        super().__init__(message, hint=hint)
        self.allowed = dict(allowed)


class PictureError(RecipeError):
    """A picture that a person or a recipe names can't be read."""


class ModelError(EditionError):
    """A model is unknown, missing, broken, or unable to do what the recipe asks."""

    exit_code = 3


class BrokenImages(ModelError):
    """Some pictures of a batch are none.

    Args:
        message: as for EditionError.
        hint: as for EditionError.
        pictures: of the batch, in order; None for each that is none.
    """

    def __init__(
        self, message: str, *, hint: str = "", pictures: Sequence[Image.Image | None] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.pictures = tuple(pictures)


class NonFiniteImages(BrokenImages):
    """A model gave values that are no numbers for some pictures of a batch."""


class LibraryError(EditionError):
    """The library's folder, database or a file in it is not usable."""

    exit_code = 4


class StorageError(LibraryError):
    """The database or the disk has refused: what was asked for is right, and not written."""


class PressError(EditionError):
    """The press can't start, stop or do a job."""

    exit_code = 5


class WorkerLost(PressError):
    """A batch came to nothing because its workers died or fell silent."""


class UpscaleError(EditionError):
    """An upscaler is unknown, lacks its weights, or can't do this picture."""

    exit_code = 6


class ProofError(EditionError):
    """A proof can't be laid out or written."""

    exit_code = 7


class TrainError(EditionError):
    """A training can't start or go on."""

    exit_code = 8


class StudyError(EditionError):
    """A study is not well-formed or can't go on."""

    exit_code = 9


class OutOfMemory(Exception):
    """A batch did not fit into the device's memory."""


def next_step(error: OSError) -> str:
    """What a person can do about what the file system refused; one sentence."""
    code = error.errno
    if code in {errno.ENOSPC, errno.EDQUOT}:
        return "Free some space on that disk and try again."
    if code == errno.EROFS:
        return "It is read-only: mount it writable, open a copy, or choose another with --library."
    if code in {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}:
        return "A file stands where a folder should be, or a folder in a file's place: move it."
    if code == errno.ELOOP:
        return "A link leads back to itself: remove it, or let it lead to a folder."
    if code == errno.ENOENT:
        return "It was removed or renamed meanwhile: choose a folder with --library."
    if code in {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}:
        return "Its file system has no locks: mount it with locks, or keep the library elsewhere."
    if code == errno.EINVAL:
        return "Put a regular file in its place, or move it away."
    return "Check the folder's permissions, or choose another with --library."


class Stopped(EditionError):
    """Work ended early because somebody asked for it; what is done is kept."""

    exit_code = 130
