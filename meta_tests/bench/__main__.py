"""``python -m meta_tests.bench``: measures, prints the tables and the verdicts; exit code 1 if a target is missed.

Ratios are only ever taken between runs of one invocation. Run it on a machine
that does nothing else.
"""

import argparse
import os
import platform
import sys
from importlib.metadata import version

from meta_tests.bench import failing, overhead, parallel, release, speed
from meta_tests.bench.process import RunFailed
from meta_tests.bench.verdict import BenchVerdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m meta_tests.bench")
    parser.add_argument("--quick", action="store_true", help="few examples: shows that it works, and judges nothing")
    quick = parser.parse_args().quick
    packages = ", ".join(f"{package} {version(package)}" for package in ("flax", "jax", "hypothesis"))
    _show(f"{packages}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    verdicts: list[BenchVerdict] = []
    try:
        for part in (speed, overhead, parallel, release, failing):
            verdicts += part.measure(quick, _show)
    except RunFailed as error:
        print(error, file=sys.stderr)
        return 2
    _show("\n".join(map(str, verdicts)))
    return 0 if quick or all(verdict.met for verdict in verdicts) else 1


def _show(text: str) -> None:
    print(text, end="\n\n", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
