"""What in Flax or JAX a change from one release to the next comes of, where it is known."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from reports.matrix.table import in_order

FILE = Path(__file__).with_name("causes.toml")


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change of Flax's or JAX's source, and what it changed for users of the bridge."""

    # The first release that has it.
    release: str
    # By id, without parameters where it is the cause for each of them.
    properties: tuple[str, ...]
    # One sentence.
    what: str
    # The commit or pull request, or what was written of it.
    link: str

    def covers(self, release: str, property_id: str) -> bool:
        """Whether it is why this property changed with this release."""
        return release == self.release and not {property_id, property_id.partition("[")[0]}.isdisjoint(self.properties)


def causes_of(release: str, property_id: str) -> list[Cause]:
    """The causes of what changed of a property with a release; none where none is known."""
    return [cause for cause in all_causes() if cause.covers(release, property_id)]


def causes_between(old: str, new: str, property_id: str) -> list[Cause]:
    """The causes of what changed of a property with the releases after ``old``, up to ``new``."""
    after = [release for release in _releases() if in_order(old) < in_order(release) <= in_order(new)]
    return [cause for release in after for cause in causes_of(release, property_id)]


@cache
def _releases() -> tuple[str, ...]:
    return tuple(sorted({cause.release for cause in all_causes()}, key=in_order))


@cache
def all_causes() -> tuple[Cause, ...]:
    """Every entry, in the order of the file."""
    return tuple(msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), _File).cause)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cause: list[Cause]
