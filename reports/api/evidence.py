"""The committed evidence of the API, in ``names.jsonl``: each public name, with its kind and signature by release.

The first line is the list of releases. Each further line is a name with its states: what it is, from which release on
and to which; a state without a last release holds on the newest one.
"""

import json
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec

from properties.findings import version
from reports.atomic_write import write_whole
from reports.errors import BadInput
from reports.model import Record
from reports.processes import finished

FILE = Path(__file__).with_name("names.jsonl")
SCRIPT = Path(__file__).with_name("names.py")
_SECONDS = 120.0

# What a release says of each of its names: the kind, and the signature.
Names = dict[str, tuple[str, str]]


class NameState(Record, frozen=True, omit_defaults=True):
    """What a name is on neighbouring releases."""

    first: str
    kind: str
    signature: str = ""
    last: str | None = None


class NameLine(Record, frozen=True):
    """A public name, and what it is on each release that has it."""

    name: str
    states: list[NameState]


class NameChange(Record, frozen=True):
    """A name that two releases do not have alike; None where a release lacks it."""

    name: str
    old: str | None
    new: str | None


@cache
def by_release() -> dict[str, Names]:
    """The names of each release, the oldest first."""
    head, *rest = FILE.read_text("utf-8").splitlines()
    releases = msgspec.json.decode(head, type=list[str])
    found: dict[str, Names] = {release: {} for release in releases}
    for line in (msgspec.json.decode(one, type=NameLine) for one in rest):
        for state in line.states:
            last = releases.index(state.last) if state.last else len(releases) - 1
            for release in releases[releases.index(state.first) : last + 1]:
                found[release][line.name] = (state.kind, state.signature)
    return found


def of_release(release: str) -> Names:
    """The names of a release; BadInput where there is no evidence of it."""
    if release not in by_release():
        raise BadInput(f"no names of flax {release}; there are those of {', '.join(by_release())}")
    return by_release()[release]


def changes(old: str, new: str) -> list[NameChange]:
    """What two releases do not have alike: names that one lacks, and names of another kind or signature."""
    before, after = of_release(old), of_release(new)
    return [
        NameChange(name, _said(before.get(name)), _said(after.get(name)))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def installed(python: Path) -> tuple[str, Names]:
    """The release of Flax in this environment, and its names; BadInput where it has none."""
    environ = os.environ | {"JAX_PLATFORMS": "cpu"}
    process = finished([str(python), "-W", "ignore", str(SCRIPT)], environ, _SECONDS)
    if process.returncode:
        last = process.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise BadInput(f"{python}: no Flax whose names can be read: {last[0]}")
    found = json.loads(process.stdout)
    return found["release"], {name: (kind, signature) for name, (kind, signature) in found["names"].items()}


def keep(release: str, names: Names) -> None:
    """Take the names of a release into the evidence."""
    known = {**(by_release() if FILE.exists() else {}), release: names}
    write_whole(FILE, written({one: known[one] for one in sorted(known, key=version)}))
    by_release.cache_clear()


def written(found: dict[str, Names]) -> str:
    """The text of the file."""
    names = sorted({name for one in found.values() for name in one})
    lines = [NameLine(name, list(_states(name, found))) for name in names]
    return "".join(msgspec.json.encode(one).decode() + "\n" for one in (list(found), *lines))


def _states(name: str, found: dict[str, Names]) -> Iterator[NameState]:
    releases = list(found)
    start = 0
    for end in range(1, len(releases) + 1):
        is_same = end < len(releases) and found[releases[end]].get(name) == found[releases[start]].get(name)
        if not is_same:
            if said := found[releases[start]].get(name):
                yield NameState(releases[start], *said, last=_last(releases, end))
            start = end


def _last(releases: Sequence[str], end: int) -> str | None:
    return None if end == len(releases) else releases[end - 1]


def _said(found: tuple[str, str] | None) -> str | None:
    if found is None:
        return None
    kind, signature = found
    return f"{kind}({signature})" if kind in ("class", "function") else f"{kind} {signature}".strip()
