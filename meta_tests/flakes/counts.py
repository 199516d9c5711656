"""What the repetitions gave: ``counts.jsonl`` has a line for each property on each release, and grows with each run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from meta_tests.flakes.bound import upper_bound
from meta_tests.flakes.variation import Variation
from meta_tests.support import kept
from reports.atomic_write import write_whole

FOLDER = Path(__file__).parent
COUNTS, RUNS = FOLDER / "counts.jsonl", FOLDER / "runs.jsonl"


@dataclass(frozen=True)
class Count:
    """How often a property ran, and the repetitions (``number``) in which it raised an alarm, with what was said.

    ``name`` is the property's, ``digest`` that of its code: a property that was edited starts again.
    """

    release: str
    name: str
    digest: str
    runs: int = 0
    alarms: tuple[tuple[int, str], ...] = ()

    @property
    def bound(self) -> float:
        """The upper bound of the rate of alarms."""
        return upper_bound(len(self.alarms), self.runs)


@dataclass(frozen=True)
class Repetition:
    """A repetition that came to an end: which, of what, and how many properties ran in it."""

    release: str
    number: int
    selection: str
    properties: int
    seconds: int
    variation: Variation


Counts = dict[tuple[str, str], Count]


def read_counts(file: Path = COUNTS) -> Counts:
    """The counts by release and property; BadInput."""
    counts = kept.lines(file, lambda one: Count(**one | {"alarms": tuple(map(tuple, one["alarms"]))}))
    return {(one.release, one.name): one for one in counts}


def read_repetitions(file: Path = RUNS) -> list[Repetition]:
    """The repetitions, in the order in which they ended; BadInput."""
    return kept.lines(file, lambda one: Repetition(**one | {"variation": Variation(**one["variation"])}))


def counted(counts: Counts, release: str, number: int, ran: Mapping[str, str], alarms: Mapping[str, str]) -> Counts:
    """The counts after one more repetition: ``ran`` has the digest of each property, ``alarms`` what was said."""
    after = dict(counts)
    for name, digest in ran.items():
        new = Count(release, name, digest)
        before = counts.get((release, name), new)
        before = before if before.digest == digest else new
        said = ((number, alarms[name]),) if name in alarms else ()
        after[release, name] = replace(before, runs=before.runs + 1, alarms=(*before.alarms, *said))
    return after


def write(counts: Counts, repetitions: Iterable[Repetition], folder: Path = FOLDER) -> None:
    """Both files, each whole."""
    write_whole(folder / COUNTS.name, "".join(kept.line(counts[key]) for key in sorted(counts)))
    write_whole(folder / RUNS.name, "".join(map(kept.line, repetitions)))
