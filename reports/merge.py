"""Joins the shards of one run, and hunts of the same properties, into one report."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from reports.compare import asked_differently
from reports.load import DuplicatePropertyError, ReportError
from reports.model import HUNT, Examples, Property, Report, Shards
from reports.vocabulary import Outcome


class OtherRunError(ReportError):
    """Two shards are not of one run."""

    def __init__(self, path: Path, first: Path, reason: str) -> None:
        super().__init__(f"{path}: a shard of another run than {first} ({reason}); merge shards of one run")


class ShardTwiceError(ReportError):
    def __init__(self, path: Path, number: int) -> None:
        super().__init__(f"{path}: shard {number} is given twice; give each shard once")


class SearchTwiceError(ReportError):
    def __init__(self, path: Path, search: str) -> None:
        super().__init__(f"{path}: this hunt ({search}) is given twice; give each once, or hunt with another seed")


def merge(shards: Sequence[tuple[Path, Report]]) -> Report:
    """One report of all shards, which may still lack some; a ReportError where they do not fit together.

    Of a hunt the same shard may be there many times, each a search of its own: a property then has the gravest outcome
    of all, and the examples of all. Neither the order nor whether they are joined at once matters.
    """
    first_path, first = shards[0]
    present: set[int] = set()
    searches: set[str] = set()
    found: dict[str, list[Property]] = {}
    for path, shard in shards:
        _check_same_run(path, shard, first_path, first)
        if shard.suite.profile != HUNT and (again := present & {*shard.shards.present}):
            raise ShardTwiceError(path, min(again))
        if twice := searches & {*shard.suite.searches}:
            raise SearchTwiceError(path, min(twice))
        present |= {*shard.shards.present}
        searches |= {*shard.suite.searches}
        for one in shard.properties:
            found.setdefault(one.id, []).append(one)
            if len(found[one.id]) > 1 and shard.suite.profile != HUNT:
                raise DuplicatePropertyError(path, one.id)
    reports = [shard for _, shard in shards]
    ends = [shard.ended for shard in reports]
    digest = {name: one for shard in reports for name, one in shard.suite.digest.items()}
    lacking = sum(shard.collected - len(shard.properties) for shard in reports)
    return msgspec.structs.replace(
        first,
        suite=msgspec.structs.replace(first.suite, digest=digest, searches=sorted(searches)),
        started=min(shard.started for shard in reports),
        ended=None if None in ends else max(end for end in ends if end),
        complete=all(shard.complete for shard in reports),
        collected=len(found) + lacking,
        shards=Shards(first.shards.of, sorted(present)),
        properties=[_joined(found[name]) for name in sorted(found)],
    )


# A failure has an example, and a process that died has none.
_GRAVITY = [*(one for one in Outcome if one is not Outcome.FAILED), Outcome.FAILED]


def _joined(searches: Sequence[Property]) -> Property:
    """A property as all searches have it; of two failures the one that comes first in the alphabet."""
    if len(searches) == 1:
        return searches[0]
    events: Counter[str] = Counter()
    for one in searches:
        events.update(one.events)
    return msgspec.structs.replace(
        min(searches, key=lambda one: (-_GRAVITY.index(one.outcome), _said(one))),
        seconds=sum(one.seconds or 0 for one in searches),
        examples=Examples(sum(one.examples.valid for one in searches), sum(one.examples.invalid for one in searches)),
        events=dict(sorted(events.items())),
    )


def _said(found: Property) -> bytes:
    """What a search says, without what is added up."""
    return msgspec.json.encode((found.failure, found.reason, found.observations), order="sorted")


def _check_same_run(path: Path, shard: Report, first_path: Path, first: Report) -> None:
    for reason in asked_differently(first, shard):
        raise OtherRunError(path, first_path, reason.replace("OLD", "the first").replace("NEW", "this one"))
    if shard.suite.state != first.suite.state:
        raise OtherRunError(path, first_path, "of another state of the suite")
    if shard.shards.of != first.shards.of:
        raise OtherRunError(path, first_path, f"of {shard.shards.of} shards, not of {first.shards.of}")
    for what in ("python", "packages"):
        if getattr(shard.environment, what) != getattr(first.environment, what):
            raise OtherRunError(path, first_path, f"its {what} differ")
