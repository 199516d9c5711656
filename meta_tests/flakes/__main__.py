"""``python -m meta_tests.flakes`` repeats the suite and counts false alarms; exit codes: 0 none, 1 some, 2 bad input"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from meta_tests.flakes import counts, page
from meta_tests.flakes.counts import Repetition
from meta_tests.flakes.repeating import NoReport, repeated
from meta_tests.flakes.variation import variation
from meta_tests.support import arguments
from meta_tests.support.environments import NEWEST, NoPython, python_of
from reports.atomic_write import write_whole
from reports.errors import BadInput
from reports.releases.rows import rows


def main(given: Sequence[str] | None = None) -> int:
    options = _options(given)
    if options.release not in rows().names:
        return _refused(
            f"--release {options.release}: no release of reports/releases/releases.toml; choose one of them"
        )
    try:
        python = python_of(f"flax{options.release}", Path(tempfile.mkdtemp(prefix="flakes-")) / "session")
        _repeat(python, options)
    except (NoPython, BadInput) as reason:
        return _refused(str(reason))
    except NoReport as reason:
        return _refused(f"pytest {' '.join(options.arguments)}: no report ({reason}); choose other properties")
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    found = counts.read_counts()
    write_whole(page.FILE, page.page(found, counts.read_repetitions()))
    return 1 if any(one.alarms for one in found.values() if one.release == options.release) else 0


def _options(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m meta_tests.flakes")
    parser.add_argument("--release", default=NEWEST.removeprefix("flax"), help="the newest by default")
    parser.add_argument(
        "--minutes", type=arguments.duration, default=60, metavar="M", help="start no repetition after so many"
    )
    parser.add_argument(
        "--repetitions", type=arguments.count, default=sys.maxsize, metavar="N", help="and none after so many"
    )
    parser.add_argument("arguments", nargs="*", default=["properties"], help="pytest's, such as a chapter")
    return parser.parse_args(given)


def _repeat(python: Path, options: argparse.Namespace) -> None:
    deadline = time.monotonic() + 60 * options.minutes
    while time.monotonic() < deadline:
        done, known = counts.read_repetitions(), counts.read_counts()
        number = sum(one.release == options.release for one in done)
        if number >= options.repetitions:
            return
        asked, started = variation(number), time.monotonic()
        got = repeated(python, options.release, asked, options.arguments)
        seconds = round(time.monotonic() - started)
        selection = " ".join(options.arguments)
        one = Repetition(options.release, number, selection, len(got.ran), seconds, asked)
        after = counts.counted(known, options.release, number, got.ran, got.alarms)
        counts.write(after, [*done, one])
        print(f"{number}: {len(got.ran)} properties, {len(got.alarms)} alarms, {seconds} s", flush=True)


def _refused(line: str) -> int:
    print(line, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
