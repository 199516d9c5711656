"""A suite of a few lines in place of this one, for tests of what is read from its source."""

from collections.abc import Iterator, Mapping
from functools import _lru_cache_wrapper
from pathlib import Path

import pytest

from reports.api import uses
from reports.digests import definitions, digest, form, registry


def made_suite(files: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write the files below a folder, and read that folder for the suite meanwhile."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(definitions, "ROOT", folder)
    monkeypatch.setattr(registry, "PROPERTIES", folder / "properties")
    forget()
    yield folder
    forget()


def forget() -> None:
    """Read the source again at the next question."""
    for module in (definitions, registry, form, digest, uses):
        for one in vars(module).values():
            if isinstance(one, _lru_cache_wrapper):
                one.cache_clear()
