"""A whole release compared with the import of Flax: the wall time of two workers over that of ``import flax.nnx``.

Everything compiled is in the cache already: a first run, which does not count,
has filled it. The seconds by chapter are those of the call phases, summed over
the workers.
"""

import json
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from meta_tests.bench import chapters
from meta_tests.bench.process import python
from meta_tests.bench.verdict import BenchVerdict, table

MOST = 60.0
_IMPORTS = 3


def measure(quick: bool, show: Callable[[str], None]) -> list[BenchVerdict]:
    with tempfile.TemporaryDirectory() as folder:
        cache = chapters.cached_in(Path(folder))
        report = Path(folder) / "report.json"
        whole = ["-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *chapters.profile(quick), "properties"]
        python(whole, cache)
        wall = python([*whole, "--report", str(report)], cache)
        properties = json.loads(report.read_text(encoding="utf-8"))["properties"]
    imported = statistics.median(python(["-c", "import flax.nnx"], {}) for _ in range(_IMPORTS))
    seconds: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for one in properties:
        seconds[one["chapter"]] += one["seconds"]
        tests[one["chapter"]] += 1
    rows = [(chapter, tests[chapter], spent, spent / imported) for chapter, spent in seconds.most_common()]
    total = ("all, wall time of two workers", tests.total(), wall, wall / imported)
    show(table(("a release, warm", "properties", "seconds", "imports of flax.nnx"), [*rows, total]))
    return [BenchVerdict("wall time of a release over import flax.nnx", wall / imported, most=MOST)]
