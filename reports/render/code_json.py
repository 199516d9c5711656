"""What of an upgrade concerns a user's source, for machines."""

from reports.code.hits import CodeAnswer, Hit
from reports.model import Environment, Record
from reports.render.encoding import json_text
from reports.render.upgrade_json import UpgradeItem, item

SCHEMA = 1


class CodeHit(Record, frozen=True):
    """An expression that a finding concerns; lines and columns from 1, the last column excluded."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    finding: str
    # The name of Flax there, such as ``nnx.fork``, or the pattern, such as ``bridge.ToNNX(...).module``.
    symbol: str


class CodeContent(Record, frozen=True):
    """The whole answer."""

    schema: int
    old: Environment
    new: Environment
    doubts: list[str]
    uses: list[str]
    # How many files were read.
    files: int
    # Those that could not be, a line each.
    unread: list[str]
    # How many were left out.
    notebooks: int
    hits: list[CodeHit]
    # Each finding of a hit once.
    entries: list[UpgradeItem]
    # What changes and source does not show.
    unseen: list[str]
    # What concerns the source, too, but none of the topics that were asked for.
    outside: list[str]


def as_json(answer: CodeAnswer) -> str:
    """The answer, indented."""
    changes, files = answer.changes, answer.files
    return json_text(
        CodeContent(
            schema=SCHEMA,
            old=changes.old.environment,
            new=changes.new.environment,
            doubts=list(changes.doubts),
            uses=list(changes.uses),
            files=files.count,
            unread=files.unread,
            notebooks=files.notebooks,
            hits=[_hit(hit) for hit in answer.hits],
            entries=[item(entry) for entry in answer.entries],
            unseen=[entry.name for entry in answer.unseen],
            outside=[entry.name for entry in answer.outside],
        )
    )


def _hit(hit: Hit) -> CodeHit:
    place = hit.place
    return CodeHit(place.path, place.line, place.column, place.end_line, place.end_column, hit.entry.name, hit.symbol)
