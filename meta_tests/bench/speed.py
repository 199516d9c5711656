"""Examples per second of the four chapters against the naive suite, with a cold and a warm compilation cache.

Both run serially, each in a process of its own; a rate is the valid examples
of the run's report divided by the seconds that the call phases of its tests
took. Ours starts from an empty cache of its own (cold), and runs again on what
that left (warm). The naive suite configures no persistent cache, so cold and
warm are the same for it, and it runs once, between the two of ours. What it
would gain from the same cache is shown, and judges nothing.
"""

import tempfile
from pathlib import Path

from meta_tests.bench import chapters
from meta_tests.bench.measured import Measured
from meta_tests.bench.process import BenchRun, pytest_run
from meta_tests.bench.verdict import BenchVerdict, table

COLD = 10.0
WARM = 20.0
_QUICK_NAIVE_EXAMPLES = "10"


def measure(quick: bool) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        our_cache, naive_cache = (chapters.cached_in(Path(folder) / name) for name in ("ours", "naive"))
        cold = _ours(our_cache, quick)
        naive = _naive({}, quick)
        warm = _ours(our_cache, quick)
        naive_filling = _naive(naive_cache, quick)
        naive_warm = _naive(naive_cache, quick)
    runs = {
        "four chapters, cold": cold,
        "four chapters, warm": warm,
        "naive (no persistent cache)": naive,
        "naive, our cache, cold (information)": naive_filling,
        "naive, our cache, warm (information)": naive_warm,
    }
    heading = ("", "examples", "seconds", "wall", "per second", "per wall second", "times naive")
    return Measured(
        [table(heading, _rows(runs, naive))],
        [
            BenchVerdict("examples per second, warm, times naive", warm.rate / naive.rate, least=WARM),
            BenchVerdict("examples per second, cold, times naive", cold.rate / naive.rate, least=COLD),
        ],
    )


def _rows(runs: dict[str, BenchRun], naive: BenchRun) -> list[tuple[object, ...]]:
    return [
        (name, run.examples, run.seconds, run.wall, run.rate, run.wall_rate, run.rate / naive.rate)
        for name, run in runs.items()
    ]


def _ours(environment: dict[str, str], quick: bool) -> BenchRun:
    return pytest_run(["-n", "0", *chapters.profile(quick), *chapters.files()], environment)


def _naive(environment: dict[str, str], quick: bool) -> BenchRun:
    """The naive suite, without our conftest and what that sets for jax."""
    fewer = {"NAIVE_EXAMPLES": _QUICK_NAIVE_EXAMPLES} if quick else {}
    plain = ["--noconftest", "-p", "meta_tests.bench.naive_report", "-n", "0", "meta_tests/bench/naive.py"]
    return pytest_run(plain, environment | fewer)
