"""``python -m reports``: what can be done with reports. Neither jax nor flax is needed for any of it."""

import argparse
import glob
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.reading import ReportError, read
from reports.table import table

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ReportError as error:
        print(f"python -m reports: {error}", file=sys.stderr)
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    shown = commands.add_parser("table", help="print the outcomes by release")
    shown.add_argument("reports", nargs="+", metavar="REPORT", help="a report's path, or a pattern such as runs/*.json")
    shown.add_argument(
        "--expected", default="", metavar="RELEASE,…", help="releases to show as not run if they lack one"
    )
    shown.add_argument("--format", choices=("text", "markdown"), default="text")
    shown.set_defaults(run=_table)

    forgotten = commands.add_parser("forget", help="delete reports, so that none outlives the run that wrote it")
    forgotten.add_argument("reports", nargs="+", metavar="REPORT")
    forgotten.set_defaults(run=_forget)
    return parser


def _table(options: argparse.Namespace) -> int:
    expected = [release for release in options.expected.split(",") if release]
    reports = [read(path) for path in _paths(options.reports)]
    if not reports and not expected:
        print(f"python -m reports: no report matches {' '.join(options.reports)}; run tox first", file=sys.stderr)
        return BAD_INPUT
    print(table(reports, expected, markdown=options.format == "markdown"), end="")
    return 0


def _forget(options: argparse.Namespace) -> int:
    for path in _paths(options.reports):
        path.unlink(missing_ok=True)
    return 0


def _paths(patterns: Sequence[str]) -> list[Path]:
    # tox runs commands without a shell, so patterns arrive as they were written.
    found = (sorted(glob.glob(pattern)) if "*" in pattern else [pattern] for pattern in patterns)
    return [Path(name) for names in found for name in names]


if __name__ == "__main__":
    sys.exit(main())
