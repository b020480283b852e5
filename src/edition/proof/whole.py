"""Files written whole or not at all: temporary file, fsync, rename."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from edition.errors import ProofError, next_step


@contextmanager
def whole(out: Path) -> Iterator[IO[bytes]]:
    """Opens a file that takes its name only when it is complete and on the disk.

    Raises:
        ProofError: it can't be written; nothing is left behind.
    """
    temporary = ""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=out.parent, prefix=".proof-", suffix=".tmp", delete=False
        ) as stream:
            temporary = stream.name
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(out)
        temporary = ""
    except OSError as error:
        raise ProofError(
            f"{out} can't be written ({error.strerror or error}).",
            hint=next_step(error),
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
