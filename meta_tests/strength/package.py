"""A copy of the installed Flax in which one file at a time is edited."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meta_tests.strength.small_edit import SmallEdit


class Copy:
    """``folder``, which goes ahead of what is installed on ``sys.path``, holds the package."""

    def __init__(self, package: Path, folder: Path) -> None:
        self.folder = folder
        self.package = folder / package.name
        shutil.copytree(package, self.package, ignore=shutil.ignore_patterns("__pycache__"))
        self._seconds = itertools.count(1_000_000_000)

    def source(self, file: str) -> bytes:
        return (self.package / file).read_bytes()

    @contextmanager
    def edited(self, edit: SmallEdit) -> Iterator[None]:
        """Inside the block the file is edited."""
        source = self.source(edit.file)
        self._write(edit.file, edit.apply(source))
        try:
            yield
        finally:
            self._write(edit.file, source)

    def _write(self, file: str, source: bytes) -> None:
        path = self.package / file
        path.write_bytes(source)
        # Python takes compiled code for a file by its time in seconds and its length, which another edit may share.
        seconds = next(self._seconds)
        os.utime(path, (seconds, seconds))
