"""How far the runs of a gate are: a bar each on a terminal, else a line each time another 10 % is done."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from reports.gate.gate import Tell
from reports.progress import Course
from reports.sanitize import visible


@contextmanager
def shown() -> Iterator[Tell]:
    """A function that takes a side's label, a chapter, how many properties are done, and of how many; on stderr."""
    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[chapter]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars = {}

        def tell(label: str, chapter: str, done: int, of: int) -> None:
            if label not in bars:
                bars[label] = progress.add_task(visible(label), total=of, chapter=chapter)
            progress.update(bars[label], completed=done, total=of, chapter=visible(chapter))

        yield tell


class _Lines:
    def __init__(self) -> None:
        self._courses: dict[str, Course] = {}

    def tell(self, label: str, chapter: str, done: int, of: int) -> None:
        course = self._courses.setdefault(label, Course(label))
        if course.is_next_tenth(done, of):
            print(visible(course.line(chapter, done, of)), file=sys.stderr, flush=True)
