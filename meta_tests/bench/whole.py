"""The whole suite with everything compiled: two workers against one, and what each chapter costs.

Both share out work as ``tox run`` does, have a process of their own for
collection and the settings of a worker, and find everything compiled in the
cache that a first run of two workers, which does not count, has filled. A
chapter's seconds are those of its call phases, summed over the two workers.
"""

import statistics
import tempfile
from pathlib import Path

from meta_tests.bench import chapters
from meta_tests.bench.measured import Measured
from meta_tests.bench.process import BenchRun, pytest_run, python
from meta_tests.bench.verdict import BenchVerdict, table

LEAST = 1.7
MOST = 60.0
_IMPORTS = 3


def measure(quick: bool) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        cache = chapters.cached_in(Path(folder))
        _run(2, cache, quick)
        one, two = _run(1, cache, quick), _run(2, cache, quick)
    imported = statistics.median(python(["-c", "import flax.nnx"], {}) for _ in range(_IMPORTS))
    workers = [(f"{number} workers", run.examples, run.seconds, run.wall) for number, run in ((1, one), (2, two))]
    costs = {chapter: spent.seconds / imported for chapter, spent in two.chapters.items()}
    dearest = sorted(two.chapters.items(), key=lambda item: -item[1].seconds)
    rows = [(chapter, spent.properties, spent.seconds, costs[chapter]) for chapter, spent in dearest]
    properties = sum(spent.properties for spent in two.chapters.values())
    total = ("all, wall time of two workers", properties, two.wall, two.wall / imported)
    return Measured(
        [
            table(("whole suite, warm", "examples", "seconds", "wall"), workers),
            table(("a release, warm", "properties", "seconds", "imports of flax.nnx"), [*rows, total]),
        ],
        [
            BenchVerdict("wall time of one worker over two", one.wall / two.wall, least=LEAST),
            BenchVerdict("wall time of a release over import flax.nnx", two.wall / imported, most=MOST),
        ],
        costs,
    )


def _run(workers: int, environment: dict[str, str], quick: bool) -> BenchRun:
    return pytest_run(["-n", str(workers), "--dist", "worksteal", *chapters.profile(quick), "properties"], environment)
