"""The whole suite with everything compiled: two workers against one, and what each chapter costs.

Both share out work as ``tox run`` does, have a process of their own for
collection and the settings of a worker, and find everything compiled in the
cache that a first run of two workers, which does not count, has filled. A
chapter's seconds are those of its call phases, summed over the two workers. While
these work, a thread in each looks whose code runs (``sampling``).
"""

import statistics
import tempfile
from pathlib import Path

from meta_tests.bench import chapters, sampling
from meta_tests.bench.measured import Measured
from meta_tests.bench.process import BenchRun, pytest_run, python
from meta_tests.bench.verdict import BenchVerdict, table

LEAST = 1.7
MOST = 60.0
# What fewer lines of the suite would not make faster: the floor, with these examples.
FLOOR = ("Flax", "JAX", sampling.COMPILER)
_IMPORTS = 3


def measure(quick: bool) -> Measured:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as samples:
        cache = chapters.cached_in(Path(folder))
        _run(2, cache, quick)
        one = _run(1, cache, quick)
        two = _run(2, cache | {sampling.FOLDER: samples}, quick, "-p", sampling.__name__)
        owners = sampling.seconds_in(Path(samples))
    imported = statistics.median(python(["-c", "import flax.nnx"], {}) for _ in range(_IMPORTS))
    workers = [(f"{number} workers", run.examples, run.seconds, run.wall) for number, run in ((1, one), (2, two))]
    costs = {chapter: spent.seconds / imported for chapter, spent in two.chapters.items()}
    dearest = sorted(two.chapters.items(), key=lambda item: -item[1].seconds)
    rows = [(chapter, spent.properties, spent.seconds, costs[chapter]) for chapter, spent in dearest]
    properties = sum(spent.properties for spent in two.chapters.values())
    total = ("all, wall time of two workers", properties, two.wall, two.wall / imported)
    called = sum(owners.values())
    shares = [(owner, seconds, 100 * seconds / called) for owner, seconds in owners.items()]
    return Measured(
        [
            table(("whole suite, warm", "examples", "seconds", "wall"), workers),
            table(("a release, warm", "properties", "seconds", "imports of flax.nnx"), [*rows, total]),
            table(("whose code runs in the calls of properties", "seconds", "percent"), shares),
        ],
        [
            BenchVerdict("wall time of one worker over two", one.wall / two.wall, least=LEAST),
            BenchVerdict("wall time of a release over import flax.nnx", two.wall / imported, most=MOST),
            BenchVerdict(
                "share of Flax, JAX and the compiler", sum(owners.get(one, 0.0) for one in FLOOR) / called, least=0.8
            ),
        ],
        costs,
    )


def _run(workers: int, environment: dict[str, str], quick: bool, *options: str) -> BenchRun:
    shared = ("-n", str(workers), "--dist", "worksteal")
    return pytest_run([*shared, *chapters.profile(quick), *options, "properties"], environment)
