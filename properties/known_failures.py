"""The known failures: what releases of Flax do wrong, each with the releases, a witness and what a user notices.

They are read where Flax is installed and where it is not.
"""

import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec
from packaging.version import Version

FILE = Path(__file__).with_name("known_failures.toml")


class KnownFailure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defect, on a range of releases."""

    # Every property that fails for it.
    properties: list[str]
    # The first and the last release that fail; without a last one the newest fails too.
    first: str
    # The exception's name, and a pattern that is found in what it says.
    exception: str
    message: str
    # One sentence: what a user notices, and how to work around it.
    notice: str
    # The falsifying example: the arguments of each property as Python, with the names of its chapter.
    witness: str
    # What the notice advises, done to the program of the witness: by what each text in it is replaced.
    remedy: dict[str, str] = {}
    last: str | None = None
    link: str | None = None

    def remedied(self) -> str:
        """The witness after its remedy, which does not fail."""
        text = self.witness
        for old, new in self.remedy.items():
            text = text.replace(old, new)
        return text

    def covers(self, release: str) -> bool:
        """Whether it says that this release fails."""
        found = Version(release)
        return Version(self.first) <= found and (self.last is None or found <= Version(self.last))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    # The newest release on which the entries were tried.
    newest: str
    failure: list[KnownFailure] = []


def all_known() -> tuple[KnownFailure, ...]:
    """Every entry, in the order of the file."""
    return tuple(_file().failure)


def known_failure(property_id: str, release: str | None = None) -> KnownFailure | None:
    """What is known to fail of this property on a release, the installed one unless it is named."""
    found = [one for one in _file().failure if property_id in one.properties and one.covers(release or version("flax"))]
    return found[0] if found else None


def unhealthy(function: str, release: str | None = None) -> frozenset[str]:
    """The parameters with which ``function``, a property's id without them, is known to fail on a release."""
    names = (name for one in _file().failure if one.covers(release or version("flax")) for name in one.properties)
    return frozenset(name[len(function) + 1 : -1] for name in names if name.startswith(f"{function}["))


def is_tried(release: str) -> bool:
    """Whether the entries were tried on this release: on a younger one, what they say may have been mended."""
    return Version(release) <= Version(_file().newest)


@cache
def _file() -> _File:
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), _File)
