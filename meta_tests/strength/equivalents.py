"""Edits that change nothing that a user could notice, each with its reason in ``equivalents.toml``, kept by hand."""

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("equivalents.toml")


def read(file: Path = FILE) -> dict[str, str]:
    """Digest of an edit -> why it is equivalent."""
    kept = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {one["digest"]: one["why"] for one in kept.get("equivalent", [])}
