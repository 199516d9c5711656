"""``matrix.md``: the matrix for a README or a pull request, in the Markdown of GitHub."""

import re
from collections.abc import Iterable, Iterator, Sequence

from reports.escaping import visible
from reports.matrix import SIGN_OF, Matrix, Release
from reports.pairs import shortened
from reports.table import counts

_LEGEND = ", ".join(f"{sign} {outcome}" for outcome, sign in SIGN_OF.items())

# An underscore inside a word is no markup; a cell that ends in a bar would end too early even behind a backslash.
_MARKUP = re.compile(r"[\\`*\[\]<>{}~$&#!|]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"|": "&#124;", "<": "&lt;", ">": "&gt;", "&": "&amp;"}
# What GitHub links of its own accord, even where the character was escaped: mentions, issues, addresses.
_LINKS = re.compile(r"@(?=\w)|#(?=\w)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_NOTHING = "&#8203;"  # a space of no width


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


def escaped(text: str) -> str:
    """``text`` on one line, as itself: no markup, no HTML, no link, no mention, nothing invisible or reversed."""
    line = _LINKS.sub(lambda match: f"{match[0]}\0", visible(" ".join(text.split())))
    return _MARKUP.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), line).replace("\0", _NOTHING)


class Markup(str):
    """A cell that is in Markdown already."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in the Markdown of GitHub, its cells as themselves but for ``Markup``."""
    cells_of = (list(map(_cell, row)) for row in rows)
    lines = [list(map(escaped, header)), ["---"] * len(header), *cells_of]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str) -> str:
    return text if isinstance(text, Markup) else escaped(text)


def _summary(release: Release, chapters: Iterable[str]) -> list[str]:
    report = release.report
    by_chapter = [counts(report, chapter) for chapter in chapters]
    return [release.label, release.jax, release.python, *by_chapter, counts(report)]


def _not_passed(found: Matrix) -> Iterator[list[str]]:
    for row in found.rows:
        if not row.held:
            yield ["".join(row.signs), row.id, row.statement, row.history]


def _changes(found: Matrix) -> Iterator[list[str]]:
    """Each value of an observation that changes, with the release since which it has it."""
    for row in found.rows:
        for strip in row.strips:
            if strip.changes:
                name = f"{row.id}: {strip.name}"
                for release, letter in strip.since(row.releases):
                    yield [name, release, shortened(strip.values[letter])]
                    name = ""
