"""What a failure costs: the time of a property that fails, shrinking included, over that of the same one passing.

For each property of the implementation a faulty one is tried that it rejects.
Everything compiled is in the cache already, and nothing but the properties'
call phases is timed.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from meta_tests.bench import chapters
from meta_tests.bench.verdict import Verdict, table
from meta_tests.rejections import FAULTY, rejected_by
from meta_tests.runs import ROOT, Forks, chapters_of_the_entry, node

MOST = 3.0
_SHOWN = 5


def measure(quick: bool, show: Callable[[str], None]) -> list[Verdict]:
    chosen = {rejected_by(path): path for path in reversed(FAULTY)}
    if quick:
        chosen = dict(list(chosen.items())[:_SHOWN])
    with tempfile.TemporaryDirectory() as folder:
        forks = Forks(Path(sys.executable), **chapters.cached_in(Path(folder)))
        passing = _seconds(forks, Path(folder), *chapters_of_the_entry(), *chapters.profile(quick))
        failing: dict[str, float] = {}
        for name, path in chosen.items():
            faulty = ("--impl", str(path.relative_to(ROOT)))
            failing |= _seconds(forks, Path(folder), node(name), *faulty, *chapters.profile(quick))
        forks.close()
    ratios = {name: failing[name] / passing[name] for name in failing}
    dearest = sorted(ratios, key=lambda name: -ratios[name])
    rows = [(name, passing[name], failing[name], ratios[name]) for name in dearest[:_SHOWN]]
    middle = ("the median of all", "", "", statistics.median(ratios.values()))
    show(table((f"the dearest of {len(ratios)} failures", "passing", "failing", "ratio"), [*rows, middle]))
    return [Verdict("time of a failing property over a passing one", max(ratios.values()), most=MOST)]


def _seconds(forks: Forks, folder: Path, *arguments: str) -> dict[str, float]:
    """The second of two runs, by property."""
    forks.records(folder, *arguments)
    return {name: record["seconds"] for name, record in forks.records(folder, *arguments).items()}
