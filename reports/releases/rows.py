"""The releases of Flax that the suite runs on: a row each in ``releases.toml``, from which everything else follows."""

import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from reports.errors import BadInput

FILE = Path(__file__).with_name("releases.toml")
# Those that a release can run on, the preferred one first.
PYTHONS = ("3.12", "3.11", "3.13")


class ReleaseRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one release is installed."""

    # The day as of which its dependencies are resolved.
    as_of: date
    # The versions of Python that it runs on, the preferred one first.
    pythons: list[str]


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the file."""

    # The first release of the main job.
    floor: str
    releases: dict[str, ReleaseRow]

    @property
    def names(self) -> list[str]:
        """Every release, the oldest first."""
        return list(self.releases)

    @property
    def early(self) -> list[str]:
        """The releases before the floor."""
        return self.names[: self.names.index(self.floor)]

    @property
    def recent(self) -> list[str]:
        """The releases from the floor on."""
        return self.names[self.names.index(self.floor) :]

    @property
    def main(self) -> list[str]:
        """What the main job runs: the floor and the newest release."""
        return list(dict.fromkeys([self.floor, self.newest()]))

    def newest(self, python: str | None = None) -> str:
        """The newest release, or the newest that runs on a version of Python."""
        return [name for name, row in self.releases.items() if python is None or python in row.pythons][-1]


@cache
def rows() -> Rows:
    """The rows as they are committed; BadInput where the file is damaged."""
    return parsed(FILE.read_text(encoding="utf-8"))


def parsed(text: str) -> Rows:
    """The rows of such a text; BadInput where it is damaged."""
    try:
        found = msgspec.convert(tomllib.loads(text), Rows)
        ordered = sorted(found.releases, key=Version)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, InvalidVersion) as error:
        raise BadInput(f"{FILE.name}: damaged ({error}); take it from version control again") from error
    for complaint in _complaints(found, ordered):
        raise BadInput(f"{FILE.name}: {complaint}")
    return found


def _complaints(found: Rows, ordered: list[str]) -> Iterable[str]:
    if found.names != ordered:
        yield "the releases are not in order; put the oldest first"
    if found.floor not in found.releases:
        yield f"the floor {found.floor} has no row; choose a release that has one"
    for name, row in found.releases.items():
        if not row.pythons or not {*row.pythons} <= {*PYTHONS}:
            yield f"{name} runs on Python {row.pythons}; choose from {', '.join(PYTHONS)}"


def with_row(text: str, release: str, row: ReleaseRow) -> str:
    """The text of the file with one more row, in the order of the releases."""
    head, mark, lines = text.partition("[releases]\n")
    pythons = ", ".join(f'"{one}"' for one in row.pythons)
    line = f'"{release}" = {{ as_of = {row.as_of}, pythons = [{pythons}] }}'
    ordered = sorted([*lines.splitlines(), line], key=lambda one: Version(one.split('"')[1]))
    return f"{head}{mark}{''.join(f'{one}{chr(10)}' for one in ordered)}"
