"""Two workers against one: the wall time of the whole suite with ``-n 1`` divided by that with ``-n 2``.

Both share out work as ``tox run`` does, have a process of their own for
collection and the settings of a worker, and find everything compiled in the
cache that a first run of two workers, which does not count, has filled.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from meta_tests.bench import chapters
from meta_tests.bench.process import BenchRun, pytest_run
from meta_tests.bench.verdict import BenchVerdict, table

LEAST = 1.7


def measure(quick: bool, show: Callable[[str], None]) -> list[BenchVerdict]:
    with tempfile.TemporaryDirectory() as folder:
        cache = chapters.cached_in(Path(folder))
        _run(2, cache, quick)
        one, two = _run(1, cache, quick), _run(2, cache, quick)
    rows = [(f"{workers} workers", run.examples, run.seconds, run.wall) for workers, run in ((1, one), (2, two))]
    show(table(("whole suite, warm", "examples", "seconds", "wall"), rows))
    return [BenchVerdict("wall time of one worker over two", one.wall / two.wall, least=LEAST)]


def _run(workers: int, environment: dict[str, str], quick: bool) -> BenchRun:
    return pytest_run(["-n", str(workers), "--dist", "worksteal", *chapters.profile(quick), "properties"], environment)
