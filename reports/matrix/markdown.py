"""``matrix.md``: the matrix for a README or a pull request, in the Markdown of GitHub."""

from collections.abc import Iterable, Iterator

from reports.markdown import table
from reports.matrix.matrix import SIGN_OF, Matrix, Release
from reports.matrix.pairs import shortened
from reports.matrix.table import counts

_LEGEND = ", ".join(f"{sign} {outcome}" for outcome, sign in SIGN_OF.items())


def matrix_markdown(found: Matrix) -> str:
    sections = [
        table(
            ["flax", "jax", "python", *found.chapters, "all"],
            (_summary(release, found.chapters) for release in found.releases),
        ),
        f"A bare number counts what passed. Signs: {_LEGEND}",
    ]
    for title, header, rows in (
        ("Doubts", ["what keeps releases from being compared"], ([doubt] for doubt in found.doubts)),
        ("Not passed", ["releases", "property", "statement", "history"], _not_passed(found)),
        ("Observations that change", ["observation", "since", "value"], _changes(found)),
    ):
        kept = list(rows)
        if kept:
            sections += [f"#### {title}", table(header, kept)]
    return "\n\n".join(sections) + "\n"


def _summary(release: Release, chapters: Iterable[str]) -> list[str]:
    report = release.report
    by_chapter = [counts(report, chapter) for chapter in chapters]
    return [release.label, release.jax, release.python, *by_chapter, counts(report)]


def _not_passed(found: Matrix) -> Iterator[list[str]]:
    for row in found.rows:
        if not row.held:
            yield ["".join(row.signs), row.id, row.feature or row.statement, row.history]


def _changes(found: Matrix) -> Iterator[list[str]]:
    """Each value of an observation that changes, with the release since which it has it."""
    for row in found.rows:
        for strip in row.strips:
            if strip.changes:
                name = f"{row.id}: {strip.name}"
                for release, letter in strip.since(row.releases):
                    yield [name, release, shortened(strip.values[letter])]
                    name = ""
