"""Which expressions of a user's source a finding concerns."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from properties.findings import Code
from reports.answer import Entry, EntryKind, Upgrade
from reports.api import evidence
from reports.code.expressions import Expressions, short
from reports.code.files import File, Files
from reports.code.patterns import found

_OF_FLAX = re.compile(r"(?:bridge|nnx|nn|flax|jax)\.")
# What works on NEW, or is as it was, asks for no change of code.
_NO_CHANGE = (EntryKind.PARTLY_FIXED, EntryKind.WORKS_NOW, EntryKind.STILL_FAILS)


@dataclass(frozen=True, order=True)
class CodeRange:
    """Where something is: lines and columns from 1, the last column excluded."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Hit:
    """An expression that a finding concerns."""

    place: CodeRange
    entry: Entry
    # The name of Flax there, such as ``nnx.fork``, or the pattern, such as ``bridge.ToNNX(...).module``.
    symbol: str


@dataclass(frozen=True)
class CodeAnswer:
    """What of an upgrade concerns a user's source."""

    changes: Upgrade
    files: Files
    # In the order of the files.
    hits: tuple[Hit, ...]
    # What changes and cannot be seen in source.
    unseen: tuple[Entry, ...]
    # What concerns the source, too, but none of the topics that were asked for.
    outside: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What concerns the source, the gravest first."""
        met = {hit.entry.name for hit in self.hits}
        return tuple(entry for entry in self.changes.entries if entry.name in met)


def hits_of(changes: Upgrade, files: Files) -> CodeAnswer:
    """Where what changes concerns these files."""
    removed = _removed(changes)
    entries, unused = changing(changes.entries), changing(changes.unused)
    codes = {one.name: _codes(one, removed) for one in (*entries, *unused)}
    hits = {
        (hit.place.path, hit.place.line, hit.place.column, entry.name): hit
        for entry in entries
        for hit in _hits_in(files, entry, codes[entry.name])
    }
    return CodeAnswer(
        changes,
        files,
        tuple(sorted(hits.values(), key=lambda hit: (hit.place, hit.entry.name))),
        unseen=tuple(one for one in entries if not codes[one.name]),
        outside=tuple(one for one in unused if any(_hits_in(files, one, codes[one.name]))),
    )


def changing(entries: Iterable[Entry]) -> list[Entry]:
    """What may ask for another code."""
    return [one for one in entries if one.kind not in _NO_CHANGE]


def _hits_in(files: Files, entry: Entry, codes: Iterable[Code]) -> Iterator[Hit]:
    return (hit for file in files.naming_flax for code in codes for hit in _hits(entry, code, file))


def _codes(entry: Entry, removed: frozenset[str]) -> tuple[Code, ...]:
    """How an entry is seen in source: by the symbols that NEW lacks, and by the patterns of its finding."""
    finding = entry.finding
    if finding is None:
        return ()
    missing = tuple(name for name in map(short, finding.symbols) if name in removed)
    # Of a change the patterns are for code that is written for the older release.
    own = () if entry.back and not finding.fails else finding.code
    return (*((Code(missing),) if missing else ()), *own)


def _removed(changes: Upgrade) -> frozenset[str]:
    """The names that OLD has and NEW lacks; none where a side has no evidence of its names."""
    old, new = (evidence.by_release().get(side.environment.flax) for side in (changes.old, changes.new))
    return frozenset(old.keys() - new.keys()) if old and new else frozenset()


def _hits(entry: Entry, code: Code, file: File) -> Iterator[Hit]:
    source = file.source
    if all(found(one, source) for one in code.near) and not any(found(one, source) for one in code.unless):
        for text in code.at:
            yield from (Hit(_place(file, node), entry, _symbol(text, node, source)) for node in found(text, source))


def _symbol(text: str, node: ast.expr, source: Expressions) -> str:
    named = source.names(node.func if isinstance(node, ast.Call) else node)
    return next((one for one in named if _OF_FLAX.match(one)), text)


def _place(file: File, node: ast.expr) -> CodeRange:
    end, last = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return CodeRange(file.path, node.lineno, file.column(node.lineno, node.col_offset), end, file.column(end, last))
