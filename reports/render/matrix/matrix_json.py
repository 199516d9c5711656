"""``matrix.json``: the matrix for machines."""

from typing import Any

from reports.model import Environment, Record, Suite
from reports.render.encoding import json_text
from reports.render.matrix.matrix import Matrix, MatrixRow
from reports.vocabulary import Outcome

SCHEMA = 1


class ReleaseRecord(Record, frozen=True):
    """A column: where and how the properties were run."""

    # The Flax release, with as much else as tells two runs of one release apart; unique.
    label: str
    environment: Environment
    suite: Suite
    implementation: str
    # UTC.
    started: str
    complete: bool


class MatrixEntry(Record, frozen=True):
    """A row: what became of one property. Keys of the dictionaries are labels of releases."""

    id: str
    chapter: str
    statement: str
    advice: str | None
    # In words.
    history: str
    # Null where it was not run.
    outcomes: dict[str, Outcome | None]
    # Name -> release -> value; a release without the observation has no entry.
    observations: dict[str, dict[str, Any]]


class MatrixFile(Record, frozen=True):
    """The whole file."""

    schema: int
    # In order of release.
    releases: list[ReleaseRecord]
    # Why some columns cannot be compared, a sentence each.
    doubts: list[str]
    # In order of id.
    properties: list[MatrixEntry]


def matrix_json(found: Matrix) -> str:
    releases = [
        ReleaseRecord(
            one.label, report.environment, report.suite, report.implementation, report.started, report.complete
        )
        for one in found.releases
        for report in [one.report]
    ]
    content = MatrixFile(SCHEMA, releases, found.doubts, [_property(row) for row in found.rows])
    return json_text(content)


def _property(row: MatrixRow) -> MatrixEntry:
    cells = dict(zip(row.releases, row.cells, strict=True))
    return MatrixEntry(
        id=row.id,
        chapter=row.chapter,
        statement=row.statement,
        advice=row.advice,
        history=row.history,
        outcomes={release: cell.outcome if cell else None for release, cell in cells.items()},
        observations={
            strip.name: {
                release: cell.observations[strip.name]
                for release, cell in cells.items()
                if cell and strip.name in cell.observations
            }
            for strip in row.strips
        },
    )
