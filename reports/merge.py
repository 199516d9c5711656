"""Joins the shards of one run into one report."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from reports.compare import differences
from reports.load import DuplicatePropertyError, ReportError
from reports.model import Report, Shards


class OtherRunError(ReportError):
    """Two shards are not of one run."""

    def __init__(self, path: Path, first: Path, reason: str) -> None:
        super().__init__(f"{path}: a shard of another run than {first} ({reason}); merge shards of one run")


class ShardTwiceError(ReportError):
    def __init__(self, path: Path, number: int) -> None:
        super().__init__(f"{path}: shard {number} is given twice; give each shard once")


def merge(shards: Sequence[tuple[Path, Report]]) -> Report:
    """One report of all shards, which may still lack some; a ReportError where they do not fit together."""
    first_path, first = shards[0]
    present: set[int] = set()
    ids: set[str] = set()
    for path, shard in shards:
        _check_same_run(path, shard, first_path, first)
        for number in shard.shards.present:
            if number in present:
                raise ShardTwiceError(path, number)
            present.add(number)
        for found in shard.properties:
            if found.id in ids:
                raise DuplicatePropertyError(path, found.id)
            ids.add(found.id)
    reports = [shard for _, shard in shards]
    ends = [shard.ended for shard in reports]
    digest = {name: one for shard in reports for name, one in shard.suite.digest.items()}
    return msgspec.structs.replace(
        first,
        suite=msgspec.structs.replace(first.suite, digest=digest),
        started=min(shard.started for shard in reports),
        ended=None if None in ends else max(end for end in ends if end),
        complete=all(shard.complete for shard in reports),
        collected=sum(shard.collected for shard in reports),
        shards=Shards(first.shards.of, sorted(present)),
        properties=sorted((found for shard in reports for found in shard.properties), key=lambda found: found.id),
    )


def _check_same_run(path: Path, shard: Report, first_path: Path, first: Report) -> None:
    for reason in differences(first, shard):
        raise OtherRunError(path, first_path, reason.replace("OLD", "the first").replace("NEW", "this one"))
    if shard.suite.state != first.suite.state:
        raise OtherRunError(path, first_path, "of another state of the suite")
    if shard.shards.of != first.shards.of:
        raise OtherRunError(path, first_path, f"of {shard.shards.of} shards, not of {first.shards.of}")
    for what in ("python", "packages"):
        if getattr(shard.environment, what) != getattr(first.environment, what):
            raise OtherRunError(path, first_path, f"its {what} differ")
