"""``RESULT.md``: how many false alarms there were, and how many there may be."""

from collections.abc import Iterator, Sequence

from meta_tests.flakes.bound import CONFIDENCE
from meta_tests.flakes.counts import FOLDER, Count, Counts, Repetition
from meta_tests.flakes.variation import Pressure

FILE = FOLDER / "RESULT.md"
_HEAD = """# False alarms

`tox run -e flakes` writes this page from [`counts.jsonl`](counts.jsonl) and [`runs.jsonl`](runs.jsonl).
[False alarms](../README.md#false-alarms) says how. An alarm is an outcome that is not that of the
[evidence](../../reports/releases/README.md) of the release, or an observation of other values.
"""


def page(counts: Counts, repetitions: Sequence[Repetition]) -> str:
    """The whole page."""
    releases = list(dict.fromkeys(one.release for one in repetitions))
    parts = (_of_release(release, counts, repetitions) for release in releases)
    return "\n".join([_HEAD, *(line for part in parts for line in part)])


def _of_release(release: str, counts: Counts, repetitions: Sequence[Repetition]) -> Iterator[str]:
    mine = [one for one in repetitions if one.release == release]
    found = [one for (of, _), one in sorted(counts.items()) if of == release]
    yield f"## Flax {release}\n"
    yield f"{len(mine)} repetitions, of {_selections(mine)}. {_varied(mine)}\n"
    yield from ("| runs | properties | alarms | bound of each rate |", "| --- | --- | --- | --- |")
    for runs in sorted({one.runs for one in found}, reverse=True):
        yield _row(runs, [one for one in found if one.runs == runs])
    yield f"\nThe bound is that of the property with most alarms in its row, with {CONFIDENCE:.0%} confidence.\n"
    yield from _alarms(found, {one.number: one for one in mine})


def _selections(repetitions: Sequence[Repetition]) -> str:
    return ", ".join(dict.fromkeys(f"`{one.selection}`" for one in repetitions))


def _varied(repetitions: Sequence[Repetition]) -> str:
    under = [f"{sum(one.variation.pressure == kind for one in repetitions)} {kind}" for kind in Pressure]
    jumps = sum(one.variation.clock_jumps for one in repetitions)
    workers = ", ".join(map(str, sorted({one.variation.workers for one in repetitions})))
    return f"Pressure: {', '.join(under)}. With a clock that jumps: {jumps}. Workers: {workers}."


def _row(runs: int, counts: Sequence[Count]) -> str:
    alarms = sum(len(one.alarms) for one in counts)
    return f"| {runs} | {len(counts)} | {alarms} | {max(one.bound for one in counts):.3f} |"


def _alarms(counts: Sequence[Count], repetitions: dict[int, Repetition]) -> Iterator[str]:
    alarmed = [one for one in counts if one.alarms]
    if not alarmed:
        yield "No property raised an alarm.\n"
    for one in alarmed:
        yield f"- `{one.name}`, {len(one.alarms)} of {one.runs}, at most {one.bound:.3f}:"
        for number, said in one.alarms:
            yield f"  - {number}: {_plain(said)} ({_plain(str(repetitions[number].variation.fields))})"


def _plain(text: str) -> str:
    """On one line, and as code: a message is no markup."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"
