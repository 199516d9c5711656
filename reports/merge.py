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
    def __init__(self, path: Path, seeds: Sequence[str]) -> None:
        of = f" of seed {', '.join(seeds)}" if seeds else ""
        super().__init__(f"{path}: this hunt{of} is given twice; give each once, or hunt with another seed")


def merge(shards: Sequence[tuple[Path, Report]]) -> Report:
    """One report of all shards, which may still lack some; a ReportError where they do not fit together.

    Of a hunt the same shard may be there many times, each a search of its own: a property then has the gravest outcome
    of all, and the examples of all.
    """
    first_path, first = shards[0]
    given: list[Report] = []
    found: dict[str, list[Property]] = {}
    collected: Counter[int] = Counter()
    for path, shard in shards:
        _check_same_run(path, shard, first_path, first)
        _check_given_once(path, shard, given)
        given.append(shard)
        for one in shard.properties:
            found.setdefault(one.id, []).append(one)
            if len(found[one.id]) > 1 and shard.suite.profile != HUNT:
                raise DuplicatePropertyError(path, one.id)
        # Searches of one shard collect the same.
        collected |= Counter({min(shard.shards.present): shard.collected})
    ends = [shard.ended for shard in given]
    digest = {name: one for shard in given for name, one in shard.suite.digest.items()}
    seeds = sorted(seed for shard in given for seed in shard.suite.seeds)
    return msgspec.structs.replace(
        first,
        suite=msgspec.structs.replace(first.suite, digest=digest, seeds=seeds),
        started=min(shard.started for shard in given),
        ended=None if None in ends else max(end for end in ends if end),
        complete=all(shard.complete for shard in given),
        collected=collected.total(),
        shards=Shards(first.shards.of, sorted({number for shard in given for number in shard.shards.present})),
        properties=[_joined(found[name]) for name in sorted(found)],
    )


def _joined(searches: Sequence[Property]) -> Property:
    """A property as all searches have it."""
    gravest = max(searches, key=lambda one: list(Outcome).index(one.outcome))
    if len(searches) == 1:
        return gravest
    events: Counter[str] = Counter()
    for one in searches:
        events.update(one.events)
    return msgspec.structs.replace(
        gravest,
        seconds=sum(one.seconds or 0 for one in searches),
        examples=Examples(sum(one.examples.valid for one in searches), sum(one.examples.invalid for one in searches)),
        events=dict(events),
    )


def _check_given_once(path: Path, shard: Report, given: Sequence[Report]) -> None:
    """A shard of a run is one report; of a hunt there may be more, but not from one seed, which tries the same."""
    for other in given:
        again = sorted({*shard.shards.present} & {*other.shards.present})
        if again and shard.suite.profile != HUNT:
            raise ShardTwiceError(path, again[0])
        if again and (shard == other or {*shard.suite.seeds} & {*other.suite.seeds}):
            raise SearchTwiceError(path, shard.suite.seeds)


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
