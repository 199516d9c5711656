"""``python -m meta_tests.strength`` tries small edits of the installed Flax.

Exit codes: 0 every target is met, 1 one is missed, 2 bad input, 130 stopped.
"""

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from meta_tests.edits import EDITS
from meta_tests.strength import coverage, equivalents, order, rendering, results
from meta_tests.strength.results import Outcome, Result
from meta_tests.strength.running import Worker, Workers
from meta_tests.strength.small_edit import SmallEdit
from meta_tests.strength.targets import FILES, Target, drawn, targets
from meta_tests.support import arguments
from reports.atomic_write import write_whole
from reports.errors import BadInput
from reports.releases import releases, report_of
from reports.workers import workers

_MODULES = ("interop", "module", "variables", "wrappers")


def main() -> int:
    options = _options()
    try:
        package = _package()
        return _measure(package, options.arguments) if options.coverage else _tried(package, options)
    except BadInput as reason:
        print(reason, file=sys.stderr)
        return 2


def _tried(package: Path, options: argparse.Namespace) -> int:
    measured = coverage.read()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = targets(lambda file: (package / file).read_bytes(), measured, options.files)
    try:
        _run(chosen, measured, package, options)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return _shown(package, measured)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m meta_tests.strength")
    parser.add_argument(
        "--files", nargs="+", default=[""], metavar="BEGINNING", help="files of Flax, such as nnx/bridge/"
    )
    parser.add_argument(
        "--sample",
        type=arguments.count,
        metavar="N",
        help="so many edits of the bridge, and so many of the others; by default all of the bridge and 300",
    )
    parser.add_argument("--seed", type=int, default=0, help="which edits a sample holds")
    parser.add_argument("--workers", type=arguments.count, default=workers(), metavar="N")
    parser.add_argument(
        "--patience", type=arguments.duration, default=1800, metavar="SECONDS", help="the most that an edit gets"
    )
    parser.add_argument(
        "--minutes", type=arguments.duration, default=float("inf"), help="start no edit after so many minutes"
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--again", nargs="+", default=[], type=Outcome, choices=list(Outcome), help="outcomes to try again"
    )
    again.add_argument("--only", nargs="+", default=[], metavar="DIGEST", help="try these edits again, and no other")
    parser.add_argument("--show", action="store_true", help="run nothing, and write the page")
    parser.add_argument("--coverage", action="store_true", help="measure which functions each property runs")
    parser.add_argument("arguments", nargs="*", help="with --coverage: pytest's, such as a chapter")
    options = parser.parse_args()
    for beginning in options.files:
        if not any(file.startswith(beginning) for file in FILES):
            parser.error(
                f"--files {beginning}: no file of Flax that is edited begins so; choose from {', '.join(FILES)}"
            )
    if options.arguments and not options.coverage:
        parser.error(f"{options.arguments[0]}: only --coverage takes arguments of pytest")
    return options


def _package() -> Path:
    found = find_spec("flax")
    assert found is not None
    assert found.origin is not None
    if version("flax") != releases()[-1]:
        raise BadInput(f"Flax {version('flax')}: edits are of the newest release; install {releases()[-1]}")
    return Path(found.origin).parent


def _measure(package: Path, arguments: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="strength-") as folder, Workers(package, 1) as workers:
        lines = Path(folder) / "lines.txt"
        status, said = workers.first.watch(lines, *(arguments or ["properties"]))
        print(said)
        if status not in (0, 1) or not lines.exists():
            raise BadInput(
                f"pytest {' '.join(arguments)} measured nothing (exit status {status}); choose other properties"
            )
        ran = map(coverage.Ran.of_line, lines.read_text().splitlines())
        coverage.add(ran, report_of(version("flax")).by_id)
    return 0


def chosen_edits(chosen: Sequence[Target], known: Mapping[str, Result], options: argparse.Namespace) -> list[SmallEdit]:
    """What is to be tried now, in the order of the draw: of the samples what has no result that stays."""
    if options.only:
        named = {edit.digest: edit for one in chosen for edit in one.edits if edit.digest in options.only}
        if unknown := set(options.only) - set(named):
            raise BadInput(f"--only {' '.join(sorted(unknown))}: no such edit of these files; RESULT.md names some")
        return list(named.values())
    edits = drawn(chosen, options.sample, options.seed)
    return [edit for edit in edits if edit.digest not in known or known[edit.digest].outcome in options.again]


def _run(chosen: Sequence[Target], measured: coverage.Coverage, package: Path, options: argparse.Namespace) -> None:
    known = results.read()
    edits = [] if options.show else chosen_edits(chosen, known, options)
    sources = {name: (package / f"nnx/bridge/{name}.py").read_text() for name in _MODULES}
    unmeasured = [name for name in report_of(version("flax")).by_id if name not in measured.seconds]
    by_hand = order.of_edits(EDITS, sources)
    deadline = time.monotonic() + 60 * options.minutes
    lock = threading.Lock()

    def try_one(worker: Worker, edit: SmallEdit) -> None:
        if time.monotonic() > deadline:
            return
        kills = [*by_hand, *order.of_results(list(known.values()))]
        one = worker.tried(edit, order.order(edit, measured, kills, unmeasured), measured.seconds, options.patience)
        with lock:
            known[edit.digest] = one
            results.add(one)
            print(f"{len(known)}: {edit}: {one.outcome} {one.by} {one.exception} {one.seconds:.1f} s", flush=True)

    if edits:
        with Workers(package, options.workers) as workers:
            workers.each(edits, try_one)
        results.write(known.values())


def _shown(package: Path, measured: coverage.Coverage) -> int:
    everything = targets(lambda file: (package / file).read_bytes(), measured)
    known, argued = results.read(), equivalents.read()
    heading = f"Flax {version('flax')}, jax {version('jax')}."
    write_whole(rendering.FILE, rendering.page(everything, known, argued, heading))
    counts = rendering.counted(everything, known, argued)
    reached = rendering.verdicts(counts)
    print("\n".join([*rendering.table(counts), "", *map(str, reached)]))
    return 0 if all(one.met for one in reached) else 1


if __name__ == "__main__":
    raise SystemExit(main())
