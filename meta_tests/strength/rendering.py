"""The results as a page, ``RESULT.md``, and as the verdicts on what is to be reached."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meta_tests.bench.verdict import BenchVerdict
from meta_tests.strength.results import IMPORT, Outcome, Result, current
from meta_tests.strength.targets import WANTED, Target, group_of

FILE = Path(__file__).with_name("RESULT.md")
MOST_SECONDS = 12.0
_COLUMNS = (
    "file",
    "edits",
    "tried",
    "killed",
    "survived",
    "undecided",
    "equivalent",
    "killed of the others",
    "seconds",
    "processor",
)


@dataclass(frozen=True)
class Count:
    """The edits of a file or of several: all there are, and what came of those that were tried."""

    edits: int
    results: Sequence[Result]
    equivalents: Mapping[str, str]

    def of(self, outcome: Outcome) -> int:
        return sum(one.outcome == outcome and one.digest not in self.equivalents for one in self.results)

    @property
    def equivalent(self) -> int:
        return sum(one.digest in self.equivalents for one in self.results)

    @property
    def killed(self) -> float:
        """Per cent of the tried edits that are not equivalent; what is undecided counts as if it survived."""
        judged = len(self.results) - self.equivalent
        return 100 * self.of(Outcome.KILLED) / judged if judged else 0.0

    @property
    def seconds(self) -> float:
        """The median from the start of Python to the first red property."""
        return statistics.median([one.seconds for one in self.results if one.outcome == Outcome.KILLED] or [0.0])

    @property
    def processor(self) -> float:
        """The median of the seconds of a processor until then, whatever else the machine does."""
        return statistics.median([one.processor for one in self.results if one.outcome == Outcome.KILLED] or [0.0])

    def cells(self) -> tuple[object, ...]:
        outcomes = tuple(self.of(outcome) for outcome in Outcome)
        figures = (f"{self.killed:.1f} %", f"{self.seconds:.1f}", f"{self.processor:.1f}")
        return (self.edits, len(self.results), *outcomes, self.equivalent, *figures)


def counted(
    targets: Iterable[Target], results: Mapping[str, Result], equivalents: Mapping[str, str]
) -> dict[str, Count]:
    """By file, and then by group of files."""
    chosen = list(targets)
    counts = {one.file: _count([one], results, equivalents) for one in chosen}
    for group in WANTED:
        if members := [one for one in chosen if group_of(one.file) == group]:
            counts[group] = _count(members, results, equivalents)
    return counts


def _count(targets: Sequence[Target], results: Mapping[str, Result], equivalents: Mapping[str, str]) -> Count:
    edits = [edit for target in targets for edit in target.edits]
    return Count(len(edits), list(current(results, edits).values()), equivalents)


def verdicts(counts: Mapping[str, Count]) -> list[BenchVerdict]:
    """Only of groups of which something was tried."""
    tried = {group: counts[group] for group in WANTED if group in counts and counts[group].results}
    shares = [
        BenchVerdict(f"killed edits of {group}, per cent", count.killed, least=WANTED[group])
        for group, count in tried.items()
    ]
    times = [
        BenchVerdict(f"seconds to the first red property, {group}", count.seconds, most=MOST_SECONDS)
        for group, count in tried.items()
    ]
    return [*shares, *times]


def table(counts: Mapping[str, Count]) -> list[str]:
    rows = [(name, *count.cells()) for name, count in counts.items() if count.edits]
    return list(_markdown(_COLUMNS, rows))


def page(targets: Sequence[Target], results: Mapping[str, Result], equivalents: Mapping[str, str], heading: str) -> str:
    """The whole page."""
    counts = counted(targets, results, equivalents)
    shown = current(results, [edit for target in targets for edit in target.edits])
    ordered = sorted(shown.values(), key=lambda one: (one.file, one.line, one.digest))
    left = [one for one in ordered if one.outcome != Outcome.KILLED and one.digest not in equivalents]
    argued = [one for one in ordered if one.digest in equivalents]
    kills = Counter(one.by for one in ordered if one.outcome == Outcome.KILLED)
    first: dict[str, list[str]] = {}
    for one in ordered:
        if one.outcome == Outcome.KILLED:
            first.setdefault(one.by, []).append(f"{one.file.rpartition('/')[2]}:{one.line}")
    lines = [
        "# How strong the suite is",
        "",
        "`tox run -e strength` writes this page from [`results.jsonl`](results.jsonl).",
        "[Strength](../README.md#strength) says how.",
        "",
        heading,
        "",
        *table(counts),
        "",
        "```",
        *map(str, verdicts(counts)),
        "```",
        "",
        "*seconds* is the median from the start of Python to the first red property, *processor* the same without",
        "waiting for a processor. *undecided*: no property was red, but not all have run; it counts as a survivor.",
        "",
        "## What is not killed",
        "",
        *_markdown(
            ("edit", "outcome", "where", "kind", "old → new"),
            [(one.digest, one.outcome, _place(one), one.kind, _change(one)) for one in left],
        ),
        "",
        "## What is equivalent",
        "",
        *_markdown(
            ("edit", "where", "old → new", "why"),
            [(one.digest, _place(one), _change(one), equivalents[one.digest]) for one in argued],
        ),
        "",
        "## Which property killed which",
        "",
        f"`{IMPORT}`: Flax, or a chapter, cannot be imported with the edit.",
        "",
        *_markdown(
            ("first red", "edits", "lines"),
            [(f"`{name}`", many, ", ".join(first[name])) for name, many in kills.most_common()],
        ),
        "",
    ]
    return "\n".join(lines)


def _place(one: Result) -> str:
    return f"{one.file}:{one.line} `{one.function or 'at import'}`"


def _change(one: Result) -> str:
    return f"`{_line(one.old)}` → {f'`{_line(one.new)}`' if one.new else 'nothing'}"


def _line(text: str) -> str:
    line = " ".join(text.replace("`", "'").replace("|", "¦").split())
    return line if len(line) <= 70 else f"{line[:69]}…"


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
