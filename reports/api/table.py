"""Each public name of a release: which properties use it on a bridged layer or model, or why none has to."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

import msgspec

from reports import releases
from reports.api import evidence
from reports.api.uses import names_of, users
from reports.paths import PROPERTIES
from reports.vocabulary import Outcome

FILE = PROPERTIES / "api.toml"
# What a call of an object stands for: whatever makes one calls it.
_CALL = ".__call__"


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why names need no property; in a name, * stands for any text."""

    why: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class NameRow:
    """A public name; a gap where it has neither a property nor a reason."""

    name: str
    used_by: tuple[str, ...]
    reason: str

    @property
    def is_gap(self) -> bool:
        """Whether nothing is known of the name on a bridged layer."""
        return not self.used_by and not self.reason


def rows(release: str) -> list[NameRow]:
    """The names of a release in their order."""
    found = users_on(release)
    return [NameRow(name, _tried_with(name, found), _reason(name, found)) for name in evidence.of_release(release)]


def _tried_with(name: str, found: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The properties that use a name, first those that are tried with it."""
    return tuple(sorted(found.get(name, ()), key=lambda property_id: f"[{name}" not in property_id))


def users_on(release: str) -> dict[str, list[str]]:
    """Name -> the properties that use it and ran on this release: first those that judge, and name few others."""
    ran = [one for one in releases.report_of(release).properties if one.outcome is not Outcome.UNSUPPORTED]
    ran.sort(key=lambda one: (one.outcome is Outcome.OBSERVED, len(names_of(one.id)), one.id))
    found = users(one.id for one in ran)
    calls = {name: found[name.removesuffix(_CALL)] for name in _calls(release) if name.removesuffix(_CALL) in found}
    return found | calls


def unneeded() -> list[str]:
    """The names and patterns with a reason that match no name which lacks a property on any release."""
    unused = {row.name for release in evidence.by_release() for row in rows(release) if not row.used_by}
    names = [name for reason in reasons() for name in reason.names]
    return [name for name in names if not any(fnmatchcase(one, name) for one in unused)]


@cache
def reasons() -> tuple[Reason, ...]:
    """All reasons."""
    with FILE.open("rb") as file:
        return msgspec.convert(tomllib.load(file)["reasons"], type=tuple[Reason, ...])


def _calls(release: str) -> list[str]:
    return [name for name in evidence.of_release(release) if name.endswith(_CALL)]


def _reason(name: str, used: Iterable[str]) -> str:
    if name in used:
        return ""
    return next((one.why for one in reasons() if any(fnmatchcase(name, each) for each in one.names)), "")
