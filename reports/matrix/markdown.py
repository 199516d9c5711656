"""The releases side by side in the Markdown of GitHub: counts, what fails and where, what changes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from reports.markdown import code, escaped, linked, table
from reports.matrix.history import in_words
from reports.matrix.matrix import NOT_RUN, Matrix, Row
from reports.matrix.pairs import shortened
from reports.matrix.table import LEGEND, counts, first_few
from reports.vocabulary import OUTCOMES

_FAILING = ("failed", "known", "broken")
_Group = list[Row]


def matrix_markdown(found: Matrix, missing: Sequence[str] = ()) -> str:
    """The newest release first; ``missing`` are releases that were to run and have no report."""
    return "\n\n".join([*_sections(found), *(f"Not run: {escaped(release)}" for release in missing)]) + "\n"


def _sections(found: Matrix) -> Iterator[str]:
    newest = found.labels[-1]
    failing = [row for row in found.rows if _releases(row, _FAILING)]
    current = [row for row in failing if newest in _releases(row, _FAILING)]
    yield _totals(found)
    yield from (escaped(doubt) for doubt in found.doubts)
    yield f"## What fails on {escaped(newest)}"
    yield f"{len(current)} of {sum(row.cells[-1] is not None for row in found.rows)} properties, by what they show."
    yield from _bullets(current, _every_name)
    yield "## What fails on older releases only"
    yield from _bullets([row for row in failing if row not in current], _first_names)
    yield "## What a release does not support"
    yield from _bullets([row for row in found.rows if _releases(row, ("unsupported",))], _first_names, "unsupported")
    yield "## Observations that change"
    yield table(["observation", "since", "value"], _changes(found))
    yield "## By chapter"
    chapters = list(found.chapters)
    by_chapter = ([one.label, *(counts(one.report, chapter) for chapter in chapters)] for one in found.releases[::-1])
    yield table(["flax", *chapters], by_chapter)
    yield escaped(LEGEND)


def _totals(found: Matrix) -> str:
    numbers = [release.report.count() for release in found.releases]
    shown = [outcome for outcome in OUTCOMES if any(number[outcome] for number in numbers)]
    rows = (
        [one.label, one.jax, one.python, one.report.started[:10], *(str(number[outcome]) for outcome in shown)]
        for one, number in zip(found.releases[::-1], numbers[::-1], strict=True)
    )
    return table(["flax", "jax", "python", "run", *(OUTCOMES[outcome].word for outcome in shown)], rows)


def _releases(row: Row, outcomes: Sequence[str]) -> set[str]:
    """Where a property has one of these outcomes."""
    return {release for release, outcome in zip(row.releases, row.outcomes, strict=True) if outcome in outcomes}


def _bullets(rows: Iterable[Row], names: Callable[[_Group], str], *only: str) -> Iterator[str]:
    """A bullet for what several properties show alike, what lasts longest first, and below it where each shows it."""
    outcomes = only or _FAILING
    alike: dict[str, dict[tuple[str, ...], _Group]] = {}
    for row in sorted(rows, key=lambda row: -max(map(row.releases.index, _releases(row, outcomes)))):
        alike.setdefault(_why(row, outcomes), {}).setdefault(_where(row, outcomes), []).append(row)
    lines: list[str] = []
    for why, places in alike.items():
        found = [f"{escaped('; '.join(where).capitalize())}: {names(group)}" for where, group in places.items()]
        lines += (
            [f"- {linked(why)} {found[0]}"] if len(found) == 1 else [f"- {linked(why)}", *(f"  - {x}" for x in found)]
        )
    yield "\n".join(lines) or "Nothing."


def _why(row: Row, outcomes: Sequence[str]) -> str:
    """What the newest such release says of it, or the sentence that does not hold."""
    reasons = [cell.reason for cell in row.cells if cell and cell.outcome in outcomes and cell.reason]
    return reasons[-1] if reasons else row.feature or row.statement


def _where(row: Row, outcomes: Iterable[str]) -> tuple[str, ...]:
    ran = [release for release, outcome in zip(row.releases, row.outcomes, strict=True) if outcome != NOT_RUN]
    return tuple(
        f"{OUTCOMES[outcome].word} on {in_words(ran, chosen)}"
        for outcome in outcomes
        if (chosen := _releases(row, (outcome,)))
    )


def _every_name(group: _Group) -> str:
    """Each property, its parameters behind it."""
    of_function = groupby(group, key=lambda row: row.function)
    return ", ".join(
        " of ".join(filter(None, [code(function), ", ".join(code(name) for row in rows for name in row.parameters)]))
        for function, rows in of_function
    )


def _first_names(group: _Group) -> str:
    first, more = first_few([row.id for row in group])
    return ", ".join(code(name) for name in first) + (f" and {more} more" if more else "")


def _changes(found: Matrix) -> Iterator[list[str]]:
    """Each value of an observation that changes, with the release since which it has it."""
    for row in found.rows:
        for strip in row.strips:
            if strip.changes:
                name = f"{row.id}: {strip.name}"
                for release, letter in strip.since(row.releases):
                    yield [name, release, shortened(strip.values[letter])]
                    name = ""
