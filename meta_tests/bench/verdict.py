"""A target, the figure measured for it, and whether it is met."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BenchVerdict:
    """A measured ratio and the least or the most that it may be."""

    target: str
    measured: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        return (self.least is None or self.measured >= self.least) and (self.most is None or self.measured <= self.most)

    def __str__(self) -> str:
        wanted = f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}"
        return f"{'met   ' if self.met else 'MISSED'}  {self.target}: {self.measured:.2f} (target {wanted})"


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Plain columns: the first to the left, the others to the right, floats with two decimals."""
    cells = [
        list(heading),
        *([f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
