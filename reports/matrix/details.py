"""What an opened property shows, with the columns that it is true of."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import msgspec

from reports.matrix.matrix import Row
from reports.model import Property

Key = TypeVar("Key", bound=Hashable)


def ways(row: Row) -> list[list[int]]:
    """The columns in groups, one for each outcome, reason and failure; not run last."""

    def way(cell: Property) -> bytes:
        # Each environment has a command of its own, and a reproducer is shown apart.
        failure = cell.failure and msgspec.structs.replace(cell.failure, command="", reproducer=None)
        return msgspec.json.encode((cell.outcome, cell.reason, failure))

    absent = [column for column, cell in enumerate(row.cells) if cell is None]
    return [*_grouped(row, way).values(), *([absent] if absent else [])]


def reproducers(row: Row) -> dict[str, list[int]]:
    """Each reproducer once."""
    return _grouped(row, lambda cell: cell.failure.reproducer if cell.failure else None)


def tried(row: Row) -> dict[tuple[int, int], list[int]]:
    """How many examples were valid, and how many invalid."""
    return _grouped(row, lambda cell: (cell.examples.valid, cell.examples.invalid))


def timing(row: Row) -> str:
    known = sorted(cell.seconds for cell in row.cells if cell and cell.seconds is not None)
    return f"{known[0]:.2g} s to {known[-1]:.2g} s" if known else "not in these reports"


def _grouped(row: Row, key: Callable[[Property], Key | None]) -> dict[Key, list[int]]:
    groups: dict[Key, list[int]] = {}
    for column, cell in enumerate(row.cells):
        if cell is not None and (found := key(cell)) is not None:
            groups.setdefault(found, []).append(column)
    return groups
