"""Changes that a user has accepted, each for a reason and until a day: ``--allow FILE``.

The file is TOML:

    [[allow]]
    id = "determinism.first_weights"   # or a pattern such as "lazy_init.*"
    verdict = "drifted"
    reason = "we restore checkpoints"
    until = 2027-06-30
"""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from reports.compare import Comparison
from reports.errors import BadInput
from reports.vocabulary import Effect, Verdict


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One accepted change."""

    id: str
    verdict: Verdict
    reason: str
    until: date

    def matches(self, found: Comparison) -> bool:
        # An id with parameters stands for itself, though its brackets are a pattern, too.
        return (found.id == self.id or fnmatchcase(found.id, self.id)) and found.verdict is self.verdict


class _File(msgspec.Struct, forbid_unknown_fields=True):
    allow: list[Accepted]


def read_allowed(path: Path, today: date) -> list[Accepted]:
    """The entries of the file; BadInput where it cannot be read, or an entry has expired or gives no reason."""
    try:
        content: Any = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = msgspec.convert(content, _File).allow
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give the file of accepted changes") from error
    except (ValueError, msgspec.ValidationError) as error:
        problem = " ".join(str(error).split())
        raise BadInput(f"{path}: {problem}; each [[allow]] has an id, a verdict, a reason and a day until") from error
    for entry in entries:
        if entry.until < today:
            raise BadInput(f"{path}: the entry for {entry.id!r} expired on {entry.until}; decide again")
        if not entry.reason.strip():
            raise BadInput(f"{path}: the entry for {entry.id!r} gives no reason; say why it is accepted")
    return entries


def with_allowed(found: Sequence[Comparison], entries: Sequence[Accepted], path: Path | None) -> list[Comparison]:
    """The comparisons, those that an entry matches made safe; BadInput where an entry matches none."""
    for entry in entries:
        if not any(entry.matches(one) and one.effect is not Effect.SAFE for one in found):
            raise BadInput(f"{path}: nothing matches {entry.id!r}, {entry.verdict.value}; delete the entry")
    return [_allowed(one, entries) for one in found]


def _allowed(found: Comparison, entries: Sequence[Accepted]) -> Comparison:
    # Only what differs can be accepted: an answer that was not reached cannot.
    reason = next((entry.reason for entry in entries if entry.matches(found)), None)
    if reason is None or found.effect in (Effect.SAFE, Effect.UNCLEAR):
        return found
    return replace(found, effect=Effect.SAFE, allowed=reason)
