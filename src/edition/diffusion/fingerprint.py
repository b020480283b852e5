"""What a model is, in 64 characters: SHA-256 over its weight files and small configurations."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path, PurePath

from edition import atomic, regular_files
from edition.diffusion.resolve import LocalModel
from edition.errors import LibraryError


class Fingerprints:
    """Remembers the hashes of weight files by path, size and time, so that each is read once."""

    def __init__(self, cache: Path | None = None) -> None:
        """Opens a cache.

        Args:
            cache: a JSON file; None remembers nothing between runs.
        """
        self._file = cache
        self._known: dict[str, str] = {}
        if cache is not None and cache.is_file():
            try:
                known = json.loads(cache.read_text(encoding="utf-8"))
                self._known = {k: v for k, v in known.items() if isinstance(v, str)}
            except (OSError, ValueError, AttributeError):
                self._known = {}  # a cache: rebuilt

    def of(self, model: LocalModel) -> str:
        """SHA-256, hex, over names and contents of all that the model's pictures depend on."""
        whole = hashlib.sha256()
        for file in (*model.weights, *model.configs):
            inside = file.is_relative_to(model.path) and model.path.is_dir()
            name = file.relative_to(model.path).as_posix() if inside else "file"
            whole.update(f"{name}\0{self.file(file)}\n".encode())
        return whole.hexdigest()

    def named(self, model: LocalModel, embeddings: Sequence[str]) -> dict[str, str]:
        """SHA-256, hex, by file name: of a model that is one file, and of its embeddings.

        By these other programs know them; what consists of many files has no such name.
        """
        wanted = {PurePath(name).name for name in embeddings}
        if model.kind == "file":
            wanted.add(model.path.name)
        return {path.name: self.file(path) for path in model.weights if path.name in wanted}

    def file(self, path: Path) -> str:
        """SHA-256 of one file, hex; read again only when its size or time has changed."""
        stat = path.stat()
        key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
        if key not in self._known:
            self._known[key] = regular_files.sha256_of(path)
            self._save()
        return self._known[key]

    def _save(self) -> None:
        if self._file is None:
            return
        try:
            atomic.write(self._file, json.dumps(self._known, indent=0))
        except LibraryError:
            return  # a read-only library: hash again next time
