"""The outcomes by release as text, at most 80 columns wide: counts by chapter, then what is not green, by finding."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from properties.findings import Finding, finding_of
from reports.compare import differences
from reports.model import Property, Report, headed
from reports.render.matrix.history import in_words
from reports.render.matrix.summary import LEGEND, summary
from reports.render.text import WIDTH, command, named, wrapped
from reports.render.upgrade_text import written
from reports.vocabulary import FAILURES, Outcome, several


@dataclass(frozen=True)
class Column:
    """A release, and its report where there is one."""

    release: str
    report: Report | None

    @cached_property
    def found(self) -> dict[str, Property]:
        """What became of each property."""
        return self.report.by_id if self.report else {}


def table(reports: Sequence[Report], expected: Iterable[str] = ()) -> str:
    """The whole table; ``expected`` are releases to show as not run where they have no report."""
    columns = _columns(reports, expected)
    return written(_lines(columns))


def _lines(columns: Sequence[Column]) -> Iterator[str]:
    for block in _blocks(summary([(column.release, column.report) for column in columns])):
        yield from (*block, "")
    yield from wrapped(LEGEND)
    for doubt in _doubts(columns):
        yield from ("", *wrapped(doubt))
    failing = list(_failing(columns))
    if failing:
        yield from ("", "What fails, by finding:")
        for line in failing:
            yield from wrapped(line, "  - ", "    ") if isinstance(line, str) else line
    lacking = list(_unsupported(columns))
    if lacking:
        yield from ("", "What is unsupported:")
        for line in lacking:
            yield from wrapped(line, "  - ", "    ")


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
    """A key by which releases come in their order."""
    # What ends comes before a number that goes on, and after a word, such as that of a release candidate.
    return [*((int(digits or 0), word) for digits, word in re.findall(r"(\d+)|([^\d.]+)", release)), (0, "~")]


def _blocks(rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """The rows, cut into as many tables below one another as columns need to fit; the newest releases come first."""
    cells = [[" ".join(cell.split()) for cell in column] for column in zip(*rows, strict=True)]
    titles, rest = cells[0], cells[1:]
    while rest:
        block: list[list[str]] = []
        width = max(map(len, titles))
        while rest and (not block or width + 2 + max(map(len, rest[-1])) <= WIDTH):
            column = rest.pop()
            width += 2 + max(map(len, column))
            block.insert(0, column)
        yield _aligned(zip(titles, *block, strict=True))


def _aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    found = list(rows)
    widths = [max(map(len, cells)) for cells in zip(*found, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in found]


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


def _failing(columns: Sequence[Column]) -> Iterator[str | list[str]]:
    """A line for each finding with its releases and how many properties show it; what none explains in full."""
    releases: dict[str, dict[str, None]] = {}
    shown_by: dict[str, set[str]] = {}
    findings: dict[str, Finding] = {}
    unexplained: list[tuple[str, Property]] = []
    for column in columns:
        for found in column.found.values():
            if found.outcome not in (*FAILURES, Outcome.CRASHED):
                continue
            finding = _finding(found, column)
            if finding is None:
                unexplained.append((column.release, found))
                continue
            findings[finding.name] = finding
            releases.setdefault(finding.name, {})[column.release] = None
            shown_by.setdefault(finding.name, set()).add(found.id)
    ran = [column.release for column in columns if column.report]
    # What fails on the newest release comes first.
    for name in sorted(findings, key=lambda name: (-max(map(ran.index, releases[name])), -len(shown_by[name]), name)):
        number = several(len(shown_by[name]), "property", "properties")
        yield f"{findings[name].title}: on {in_words(ran, releases[name])}, {number} ({name})"
    for release, found in unexplained:
        yield list(_in_full(release, found))


def _finding(found: Property, column: Column) -> Finding | None:
    known = found.outcome == Outcome.KNOWN_FAILURE and column.report
    return finding_of(found.id, column.report.environment.flax) if known and column.report else None


def _in_full(release: str, found: Property) -> Iterator[str]:
    yield from wrapped(f"{found.id}: {found.outcome} on {release}", "  - ", "    ")
    yield from wrapped(headed(found.statement, found.feature), "    ")
    if found.reason:
        yield from wrapped(found.reason, "    ")
    if found.failure:
        first = found.failure.message.partition("\n")[0]
        yield from wrapped(f"{found.failure.exception}: {first}", "    ", "      ")
        yield from ("    Again:", *command(found.failure.command, "      "))


def _unsupported(columns: Sequence[Column]) -> Iterator[str]:
    """A line for each reason, with its releases and properties."""
    ran = [column.release for column in columns if column.report]
    places: dict[str, list[str]] = {}
    reasons: dict[str, str] = {}
    for column in columns:
        for found in column.found.values():
            if found.outcome == Outcome.UNSUPPORTED:
                places.setdefault(found.id, []).append(column.release)
                # Each release says that it lacks it: the last says enough.
                reasons[found.id] = found.reason or "it says nothing"
    alike: dict[tuple[str, str], list[str]] = {}
    for property_id, releases in places.items():
        alike.setdefault((reasons[property_id], in_words(ran, releases)), []).append(property_id)
    for (reason, where), names in alike.items():
        yield f"{reason}: on {where}, {named(names)}"
