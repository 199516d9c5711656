"""``python -m meta_tests.bench [PART …]`` measures, prints, and adds to the history.

Ratios are only ever taken between runs of one invocation. Run it on a machine
that does nothing else.

Exit codes: 0 nothing is worse than in the last measurement, 1 something is, and
it is not added until ``--accept`` adds it, 2 a run that is to be measured failed,
the history is damaged, or there is nothing to accept.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from meta_tests.bench import failing, history, overhead, page, speed, whole
from meta_tests.bench.history import Line
from meta_tests.bench.measured import Measured
from meta_tests.bench.process import RunFailed
from reports.atomic_write import write_whole
from reports.errors import BadInput

PARTS: dict[str, Callable[[bool], Measured]] = {
    "speed": speed.measure,
    "overhead": overhead.measure,
    "whole": whole.measure,
    "failures": failing.measure,
}


def main(given: Sequence[str] | None = None) -> int:
    options = _options(given)
    try:
        history.read()
        if options.accept:
            accept()
            return 0
    except BadInput as reason:
        print(reason, file=sys.stderr)
        return 2
    packages = ", ".join(f"{package} {version(package)}" for package in ("flax", "jax", "hypothesis"))
    where = f"{packages}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    _show(where)
    statuses = [0]
    for part in options.parts or PARTS:
        try:
            measured = PARTS[part](options.quick)
        except RunFailed as error:
            print(f"{part}: {error}", file=sys.stderr)
            return 2
        _show("\n\n".join([*measured.tables, "\n".join(map(str, measured.verdicts))]))
        if not options.quick:
            statuses.append(added(Line(part, date.today().isoformat(), where, measured)))
    return max(statuses)


def added(line: Line, folder: Path = history.FOLDER) -> int:
    """Add a measurement to the history, or refuse it if something is worse; the exit code."""
    before = history.last(history.read(folder), line.part)
    if worse := list(history.worse(before.measured, line.measured)) if before else []:
        history.refuse(line, folder)
        print(*worse, f"{line.part}: not added; --accept adds it, and measures nothing", sep="\n", file=sys.stderr)
        return 1
    _add([line], folder)
    return 0


def accept(folder: Path = history.FOLDER) -> None:
    """Add what was refused; BadInput if nothing was."""
    refused = history.refused(folder)
    if not refused:
        raise BadInput("--accept: no measurement was refused; measure first")
    _add(refused, folder)
    history.forget_refused(folder)


def _add(found: Sequence[Line], folder: Path) -> None:
    lines = [*history.read(folder), *found]
    history.write(lines, folder)
    write_whole(folder / page.NAME, page.page(lines))


def _options(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m meta_tests.bench")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all by default: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="few examples: shows that it works, and judges nothing")
    parser.add_argument("--accept", action="store_true", help="add what was refused, and measure nothing")
    options = parser.parse_args(given)
    if options.accept and (options.parts or options.quick):
        parser.error("--accept measures nothing: name no part, and leave --quick out")
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"no part {part!r}; choose from {', '.join(PARTS)}")
    return options


def _show(text: str) -> None:
    print(text, end="\n\n", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
