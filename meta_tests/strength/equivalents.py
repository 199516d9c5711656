"""Edits that change nothing that a user could notice, each with its reason in ``equivalents.toml``, kept by hand."""

from pathlib import Path

from meta_tests.support import kept

FILE = Path(__file__).with_name("equivalents.toml")


def read(file: Path = FILE) -> dict[str, str]:
    """Digest of an edit -> why it is equivalent; BadInput."""
    return kept.reasons(file, "equivalent", "digest")
