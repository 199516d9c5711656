"""The time of each chapter against a bare loop that makes the same calls of the implementation, nothing else.

``bare`` does the measuring, in a process for each chapter. All four share a
compilation cache that starts empty, which no figure sees: compilation is over
before the clock starts.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from meta_tests.bench import chapters
from meta_tests.bench.measured import Measured
from meta_tests.bench.process import python
from meta_tests.bench.verdict import BenchVerdict, table

MOST = 1.5
_SHOWN = 10


def measure(quick: bool) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        measured = {chapter: _properties(chapter, Path(folder), quick) for chapter in chapters.CHAPTERS}
    rows = [(chapter, *_totals(properties)) for chapter, properties in measured.items()]
    named = [one | {"name": f"{chapter}.{one['name']}"} for chapter, found in measured.items() for one in found]
    worst = sorted((one for one in named if one["bare"]), key=lambda one: one["bare"] / one["seconds"])[:_SHOWN]
    columns = ("calls", "not replayable", "seconds", "bare loop", "ratio")
    return Measured(
        [table(("chapter", *columns), rows), table(("dearest properties", *columns), map(_row, worst))],
        [BenchVerdict(f"time of {row[0]} over its bare loop", float(row[-1]), most=MOST) for row in rows],
    )


def _properties(chapter: str, folder: Path, quick: bool) -> list[dict[str, Any]]:
    output = folder / f"{chapter}.json"
    few = ["--quick"] if quick else []
    python(["-m", "meta_tests.bench.bare", chapter, str(output), *few], chapters.cached_in(folder / "cache"))
    properties: list[dict[str, Any]] = json.loads(output.read_text(encoding="utf-8"))
    return properties


def _totals(properties: list[dict[str, Any]]) -> tuple[int, int, float, float, float]:
    calls, uncounted = (sum(one[key] for one in properties) for key in ("calls", "uncounted"))
    seconds, bare = (sum(one[key] for one in properties) for key in ("seconds", "bare"))
    return calls, uncounted, seconds, bare, seconds / bare


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    return one["name"], *_totals([one])
