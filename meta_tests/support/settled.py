"""What was tried with the same code before: a test that is settled is run again with ``--thorough`` alone.

A settled test is a function of texts: an edit, an implementation or a witness,
the code of the properties that it asks, a release of Flax. ``settled.txt`` holds
a line for each that came out as it must, its node id and a digest of these texts.
``pytest meta_tests --settle`` adds what runs and passes.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from meta_tests.support.runs import ROOT
from reports.atomic_write import write_whole
from reports.digests.digest import state_of_the_suite

FILE = Path(__file__).with_name("settled.txt")


def digest(*texts: str) -> str:
    """Sixteen hexadecimal digits for what a test is a function of."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@cache
def plugin_and_properties() -> str:
    """A digest of all properties and of what records them, for a test in which any of it may take part."""
    files = [ROOT / "conftest.py", *sorted((ROOT / "reports" / "plugin").rglob("*.py"))]
    return digest(state_of_the_suite(), *(path.read_text("utf-8") for path in files))


def read() -> dict[str, str]:
    """Node id -> the digest with which it passed."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    return {name: last for name, _, last in (line.rpartition(" ") for line in lines)}


def write(passed: Mapping[str, str]) -> None:
    """Add what passed to what is settled."""
    lines = (f"{name} {last}\n" for name, last in sorted({**read(), **passed}.items()))
    write_whole(FILE, "".join(lines))
