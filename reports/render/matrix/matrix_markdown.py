"""The releases side by side in the Markdown of GitHub: counts, what fails and where, what changes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from properties.findings import Cause, finding_of
from reports.markdown import code, escaped, prose, sentence, table
from reports.render.matrix.history import in_words
from reports.render.matrix.matrix import Matrix, MatrixRow
from reports.render.matrix.summary import LEGEND, summary
from reports.render.text import first_few, shortened
from reports.vocabulary import FAILURES, NOT_RUN, Outcome

_FAILING = (*FAILURES, Outcome.CRASHED)
_LONGEST = 300


def matrix_markdown(found: Matrix, missing: Sequence[str] = ()) -> str:
    """The newest release first; ``missing`` are releases that were to run and have no report."""
    return "\n\n".join([*_sections(found), *(f"Not run: {escaped(release)}" for release in missing)]) + "\n"


def _sections(found: Matrix) -> Iterator[str]:
    newest = found.labels[-1]
    failing = [showing for row in found.rows for showing in _showings(row, _FAILING)]
    current = [one for one in failing if newest in one.releases]
    head, *rows = zip(*summary([(one.label, one.report) for one in found.releases[::-1]]), strict=True)
    yield table(head, rows)
    yield escaped(LEGEND)
    yield from (escaped(doubt) for doubt in found.doubts)
    yield f"## What fails on {escaped(newest)}"
    tried = sum(row.cells[-1] is not None for row in found.rows)
    yield f"{len(current)} of {tried} properties fail, grouped by what they show."
    yield _bullets(current, _every_name)
    yield "## What fails on older releases only"
    yield _bullets([one for one in failing if newest not in one.releases], _first_names)
    yield "## What a release does not support"
    yield _bullets([one for row in found.rows for one in _showings(row, (Outcome.UNSUPPORTED,))], _first_names)
    yield "## Observations that change"
    yield table(["observation", "since", "value"], _changes(found))


@dataclass(frozen=True)
class _Showing:
    """What a property shows on some releases: one outcome for one reason."""

    row: MatrixRow
    outcome: Outcome
    # Why, or the sentence that does not hold.
    why: str
    # What changed in the source with the releases that began to fail, or no longer do.
    causes: tuple[Cause, ...]
    releases: tuple[str, ...]

    @property
    def where(self) -> str:
        ran = [
            release for release, outcome in zip(self.row.releases, self.row.outcomes, strict=True) if outcome != NOT_RUN
        ]
        return f"{self.outcome} on {in_words(ran, self.releases)}".capitalize()


def _showings(row: MatrixRow, outcomes: Collection[Outcome]) -> Iterator[_Showing]:
    places: dict[tuple[Outcome, str, tuple[Cause, ...]], list[str]] = {}
    for release, flax, cell in zip(row.releases, row.flax, row.cells, strict=True):
        if cell is not None and cell.outcome in outcomes:
            # Of what is unsupported each release says that it lacks it: where it is lacking says enough.
            why = "" if cell.outcome == Outcome.UNSUPPORTED else cell.reason or row.feature or row.statement
            finding = finding_of(row.id, flax) if cell.outcome == Outcome.KNOWN_FAILURE else None
            places.setdefault((cell.outcome, why, finding.causes if finding else ()), []).append(release)
    last = next((cell.reason for cell in reversed(row.cells) if cell and cell.outcome == Outcome.UNSUPPORTED), None)
    for (outcome, why, causes), releases in places.items():
        yield _Showing(row, outcome, why or last or row.statement, causes, tuple(releases))


def _bullets(showings: Iterable[_Showing], names: Callable[[Sequence[MatrixRow]], str]) -> str:
    """A bullet for what several properties show alike, what lasts longest first, and below it where each shows it."""
    alike: dict[tuple[str, tuple[Cause, ...]], dict[str, list[MatrixRow]]] = {}
    for one in sorted(showings, key=lambda one: -one.row.releases.index(one.releases[-1])):
        alike.setdefault((one.why, one.causes), {}).setdefault(one.where, []).append(one.row)
    lines: list[str] = []
    for (why, causes), places in alike.items():
        said = " ".join([prose(sentence(why)), *_sources(causes)])
        found = [f"{escaped(where)}: {names(rows)}" for where, rows in places.items()]
        if len(found) == 1:
            lines.append(f"- {said} {found[0]}")
        else:
            lines += [f"- {said}", *(f"  - {one}" for one in found)]
    return "\n".join(lines) or "Nothing."


def _sources(causes: Iterable[Cause]) -> Iterator[str]:
    links = ", ".join(map(_source, causes))
    if links:
        yield f"(Cause: {links})"


def _source(cause: Cause) -> str:
    return f"[{escaped(cause.release)}]({cause.link}){'' if cause.is_commit else ', commit not identified'}"


def _every_name(group: Sequence[MatrixRow]) -> str:
    """Each property, its parameters behind it."""
    of_function = groupby(group, key=lambda row: row.function)
    return ", ".join(
        " of ".join(filter(None, [code(function), ", ".join(code(name) for row in rows for name in row.parameters)]))
        for function, rows in of_function
    )


def _first_names(group: Sequence[MatrixRow]) -> str:
    first, more = first_few([row.id for row in group])
    return ", ".join(code(name) for name in first) + (f" and {more} more" if more else "")


def _changes(found: Matrix) -> Iterator[list[str]]:
    """Each value of an observation that changes, with the release since which it has it."""
    for row in found.rows:
        for strip in row.strips:
            if strip.changes:
                name = f"{row.id}: {strip.name}"
                for release, letter in strip.since(row.releases):
                    yield [name, release, shortened(strip.values[letter], _LONGEST)]
                    name = ""
