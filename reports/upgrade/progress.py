"""How far the runs of a gate are: a bar each on a terminal, else a line each time another quarter is done."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reports.upgrade.gate import Tell


@contextmanager
def shown() -> Iterator[Tell]:
    """A function that takes a side's label, how many of its properties are done, and of how many; on stderr."""
    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars = {}

        def tell(label: str, done: int, of: int) -> None:
            if label not in bars:
                bars[label] = progress.add_task(label, total=of)
            progress.update(bars[label], completed=done, total=of)

        yield tell


class _Lines:
    def __init__(self) -> None:
        self._quarters: dict[str, int] = {}

    def tell(self, label: str, done: int, of: int) -> None:
        quarter = 4 * done // of
        if quarter > self._quarters.get(label, 0):
            self._quarters[label] = quarter
            print(f"{label}: {done} of {of} properties", file=sys.stderr, flush=True)
