"""The outcomes side by side: chapters down, releases across; then what did not hold, and what changed unpromised."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from reports.compare import differences
from reports.escaping import visible
from reports.model import Property, Report
from reports.vocabulary import OUTCOMES

SIGNS = {"passed": ".", "observed": "o", "unsupported": "u", "known": "k", "failed": "F", "broken": "C"}
ABSENT = "-"
LEGEND = (
    "A bare number counts what passed. Signs: "
    + ", ".join(f"{SIGNS[outcome]} {OUTCOMES[outcome].word}" for outcome in SIGNS)
    + f", {ABSENT} not run"
)
_MOST_NAMED = 3
Row = Sequence[str]


@dataclass(frozen=True)
class Column:
    """A release, and its report where there is one."""

    release: str
    report: Report | None

    @cached_property
    def found(self) -> Mapping[str, Property]:
        """What became of each property."""
        return self.report.by_id if self.report else {}

    def outcome(self, property_id: str) -> str:
        return SIGNS[self.found[property_id].outcome] if property_id in self.found else ABSENT


def table(reports: Sequence[Report], expected: Iterable[str] = ()) -> str:
    columns = _columns(reports, expected)
    known: dict[str, Property] = {}
    for column in columns:  # the newest release has the last word on what a property says
        known.update(column.found)
    sections = [
        _aligned(_summary(columns, known.values())),
        LEGEND,
        *map(visible, _doubts(columns)),
        *_section("Not passed", _not_passed(columns, known)),
        *_section("Observations that change", _changes(columns)),
    ]
    return "\n\n".join(sections) + "\n"


def _columns(reports: Sequence[Report], expected: Iterable[str]) -> list[Column]:
    found = [Column(label, report) for label, report in zip(labels(reports), reports, strict=True)]
    present = {report.environment.flax for report in reports}
    found += [Column(release, None) for release in dict.fromkeys(expected) if release not in present]
    return sorted(found, key=lambda column: in_order(column.release))


def labels(reports: Sequence[Report]) -> list[str]:
    """A name for each report: its Flax, with as much else as tells two of one Flax apart."""
    several = Counter(report.environment.flax for report in reports)
    found: list[str] = []
    for report in reports:
        packages = report.environment.packages
        label = report.environment.flax
        if several[label] > 1:
            label = f"{label} jax {packages.get('jax')} python {report.environment.python}"
        found.append(label)
    again = Counter(found)
    seen: Counter[str] = Counter()
    for number, label in enumerate(found):
        if again[label] > 1:
            seen[label] += 1
            found[number] = f"{label} ({seen[label]})"
    return found


def in_order(release: str) -> list[tuple[int, str]]:
    # What ends comes before a number that goes on, and after a word, such as that of a release candidate.
    return [*((int(digits or 0), word) for digits, word in re.findall(r"(\d+)|([^\d.]+)", release)), (0, "~")]


def _summary(columns: Sequence[Column], properties: Iterable[Property]) -> list[Row]:
    def row(title: str, cell: Callable[[Report], str]) -> Row:
        return [title, *(cell(column.report) if column.report else "" for column in columns)]

    chapters = sorted({known.chapter for known in properties})
    return [
        ["flax", *(column.release for column in columns)],
        row("jax", lambda report: str(report.environment.packages.get("jax"))),
        row("python", lambda report: report.environment.python),
        ["run (UTC)", *(c.report.started[:16].replace("T", " ") if c.report else "not run" for c in columns)],
        *(row(chapter, partial(counts, chapter=chapter)) for chapter in chapters),
        row("all", counts),
    ]


def counts(report: Report, chapter: str | None = None) -> str:
    """How many properties have each outcome, those that passed without a sign."""
    found = report.count(chapter)
    signs = {**SIGNS, "passed": ""}
    return " ".join(f"{found[outcome]}{signs[outcome]}" for outcome in OUTCOMES if found[outcome]) or ABSENT


def _doubts(columns: Sequence[Column]) -> Iterable[str]:
    """Whatever keeps two columns from being compared."""
    present = [(column.release, column.report) for column in columns if column.report]
    for release, report in present:
        if not report.complete or report.shards.missing:
            yield f"{release}: the run is not whole, so its counts are not all there is"
    for release, report in present[1:]:
        yield from (
            f"not comparable: {reason.replace('OLD', present[0][0]).replace('NEW', release)}"
            for reason in differences(present[0][1], report)
        )


def _not_passed(columns: Sequence[Column], known: dict[str, Property]) -> list[Row]:
    """Of each property what it did on every release, and why; its parameters that do alike are one row."""
    alike: dict[Row, list[str]] = {}
    for property_id in sorted(known):
        outcomes = "".join(column.outcome(property_id) for column in columns)
        if set(outcomes) - {SIGNS["passed"], SIGNS["observed"], ABSENT}:
            key = (outcomes, property_id.partition("[")[0], _why(columns, property_id))
            alike.setdefault(key, []).append(property_id)
    rows = [[outcomes, named(ids), why] for (outcomes, _, why), ids in alike.items()]
    return [["releases", "property", "why, or what it says"], *rows] if rows else []


def _why(columns: Sequence[Column], property_id: str) -> str:
    """The reasons of what did not pass, or the sentence that did not hold."""
    found = [column.found[property_id] for column in columns if property_id in column.found]
    # Of what is unsupported each release says that it has not got it: the last says enough.
    unsupported = [one.reason for one in found if one.outcome == "unsupported" and one.reason][-1:]
    reasons = [one.reason for one in found if one.outcome in ("known", "broken") and one.reason]
    failing = [one.statement for one in found if one.outcome == "failed"]
    return " ".join(dict.fromkeys([*reasons, *failing[:1], *unsupported]))


def named(ids: Sequence[str]) -> str:
    """These properties, or the first few of many."""
    first, more = first_few(ids)
    return ", ".join(first) + (f" and {more} more" if more else "")


def first_few(names: Sequence[str]) -> tuple[Sequence[str], int]:
    """As many as a reader takes in, and how many more there are."""
    return names[:_MOST_NAMED], len(names[_MOST_NAMED:])


def _changes(columns: Sequence[Column]) -> list[Row]:
    """Each observation with its values, and the release since which it has them."""
    seen: dict[str, list[Row]] = {}
    for column in columns:
        for found in column.report.properties if column.report else ():
            for name, value in found.observations.items():
                key, text = f"{found.id}: {name}", json.dumps(value, sort_keys=True)
                rows = seen.setdefault(key, [])
                if not rows or rows[-1][2] != text:
                    rows.append([key if not rows else "", column.release, text])
    changed = [[*row[:2], _shortened(row[2])] for key in sorted(seen) if len(seen[key]) > 1 for row in seen[key]]
    return [["observation", "since", "value"], *changed] if changed else []


def _shortened(text: str, width: int = 100) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _section(title: str, rows: list[Row]) -> Iterable[str]:
    if rows:
        yield f"{title}:"
        yield _aligned(rows)


def _aligned(rows: Sequence[Row]) -> str:
    rows = [[visible(" ".join(cell.split())) for cell in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
