"""What a failure costs: the time of a property that fails, shrinking included, over that of the same one passing.

For each property of the implementation a faulty one is tried that it rejects,
for the others an edit of the bridge. Everything compiled is in the cache
already, and nothing but the properties' call phases is timed.
"""

import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from meta_tests.bench import chapters
from meta_tests.bench.measured import Measured
from meta_tests.bench.verdict import BenchVerdict, table
from meta_tests.edits import EDITS
from meta_tests.support.rejections import FAULTY, rejected_by
from meta_tests.support.runs import ROOT, Forks, node

MOST = 3.0
_SHOWN = 5


def measure(quick: bool) -> Measured:
    faulty = {rejected_by(path): ("--impl", str(path.relative_to(ROOT))) for path in reversed(FAULTY)}
    edited = {edit.rejected_by: ("-p", "meta_tests.support.edited", "--shrink", "--edit", edit.name) for edit in EDITS}
    compared = [
        _compared(kind, _few(options) if quick else options, quick)
        for kind, options in (("faulty implementations", faulty), ("edits of the bridge", edited))
    ]
    return Measured([shown for shown, _ in compared], [verdict for _, verdict in compared])


def _few(options: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return dict(list(options.items())[:_SHOWN])


def _compared(kind: str, options: Mapping[str, tuple[str, ...]], quick: bool) -> tuple[str, BenchVerdict]:
    """``options``: by property those of pytest with which it fails."""
    with tempfile.TemporaryDirectory() as folder:
        forks = Forks(Path(sys.executable), **chapters.cached_in(Path(folder)))
        passing, failing = (
            {
                name: _seconds(forks, Path(folder), name, *chosen, *chapters.profile(quick))
                for name, chosen in tried.items()
            }
            for tried in (dict.fromkeys(options, ()), options)
        )
        forks.close()
    ratios = {name: failing[name] / passing[name] for name in failing}
    dearest = sorted(ratios, key=lambda name: -ratios[name])
    rows = [(name, passing[name], failing[name], ratios[name]) for name in dearest[:_SHOWN]]
    middle = ("the median of all", "", "", statistics.median(ratios.values()))
    shown = table((f"{kind}: the dearest of {len(ratios)}", "passing", "failing", "ratio"), [*rows, middle])
    target = f"{kind}: time of a failing property over a passing one"
    return shown, BenchVerdict(target, max(ratios.values()), most=MOST)


def _seconds(forks: Forks, folder: Path, name: str, *arguments: str) -> float:
    """The second of two runs."""
    forks.records(folder, node(name), *arguments)
    return float(forks.records(folder, node(name), *arguments)[name]["seconds"])
