"""What was tried with each release and its neighbours, in both directions: a file with a line for each."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from properties.findings import version
from reports import releases
from reports.atomic_write import write_whole
from reports.errors import BadInput

Pair = tuple[str, str]


class NeighbourCrossing(Protocol):
    """What one release saved and another restored."""

    @property
    def saved_by(self) -> str: ...

    @property
    def restored_by(self) -> str: ...

    @property
    def digest(self) -> str: ...


_Crossing = TypeVar("_Crossing", bound=NeighbourCrossing)


def read_all(file: Path, kind: type[_Crossing]) -> dict[Pair, _Crossing]:
    """All lines by the releases that saved and restored; BadInput."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    try:
        found = [msgspec.json.decode(line, type=kind) for line in lines]
    except msgspec.DecodeError as error:
        raise BadInput(f"{file}: damaged ({error}); take it from version control again") from error
    return {(one.saved_by, one.restored_by): one for one in found}


def write_with(file: Path, found: Mapping[Pair, _Crossing], new: _Crossing) -> None:
    """The file with one more, or another in its place; BadInput if a release has no evidence."""
    if not {new.saved_by, new.restored_by} <= set(releases.releases()):
        raise BadInput(f"{new.saved_by} and {new.restored_by} are not both releases with evidence")
    whole = {**found, (new.saved_by, new.restored_by): new}
    lines = [whole[pair] for pair in sorted(whole, key=lambda pair: (*sorted(map(version, pair)), version(pair[0])))]
    write_whole(file, "".join(msgspec.json.encode(one).decode() + "\n" for one in lines))


def steps(found: Mapping[Pair, _Crossing], old: str, new: str) -> list[_Crossing]:
    """Those from a release to another through all between; none where a pair of neighbours was not tried."""
    known = releases.releases()
    tried = [found.get(pair) for pair in neighbours(old, new)] if {old, new} <= set(known) else []
    return [one for one in tried if one] if all(tried) else []


def not_tried(found: Mapping[Pair, _Crossing], digest: str) -> list[Pair]:
    """The neighbours, in both directions, that were not tried yet or not with the present program."""
    known = releases.releases()
    pairs = [*pairwise(known), *pairwise(known[::-1])]
    return [pair for pair in pairs if pair not in found or found[pair].digest != digest]


def neighbours(old: str, new: str) -> list[Pair]:
    """Each release on the way with the next, from OLD to NEW."""
    low = min(old, new, key=version)
    way = [low, *releases.between(old, new)]
    return list(pairwise(way if low == old else way[::-1]))
