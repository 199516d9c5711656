"""``table REPORT…``: the outcomes by release."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.command.command import SAFE, Commands
from reports.command.inputs import add_reports, reports_named

if TYPE_CHECKING:
    from reports.model import Report


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("table", help="print the outcomes by release", allow_abbrev=False)
    add_reports(command)
    command.add_argument(
        "--expected", default="", metavar="RELEASE,…", help="releases to show as not run if they lack one"
    )
    command.add_argument("--format", choices=("text", "markdown"), default="text")
    command.add_argument("--changes", action="store_true", help="end with what changes between the newest two")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.render.matrix.matrix import matrix
    from reports.render.matrix.matrix_markdown import matrix_markdown
    from reports.render.matrix.table import in_order, table

    expected = [release for release in options.expected.split(",") if release]
    reports = reports_named(options.reports, empty=bool(expected))
    present = {report.environment.flax: report for report in reports}
    missing = [release for release in expected if release not in present]
    if options.format == "markdown":
        print(matrix_markdown(matrix(reports), missing) if reports else f"Not run: {', '.join(missing)}", end="")
    else:
        print(table(reports, expected), end="")
    if options.changes:
        print()
        if len(present) < len(reports):
            print("What changes: unknown, because one release has several reports")
        else:
            sys.stdout.write(_changes_to_newest(present, sorted({*present, *missing}, key=in_order)))
    return SAFE


def _changes_to_newest(present: "dict[str, Report]", releases: Sequence[str]) -> str:
    """What changes between the newest two releases, in the words of `upgrade`."""
    from reports.answer import upgrade
    from reports.render.upgrade_text import summary

    if len(releases) < 2:
        return "What changes: unknown, because it needs two releases\n"
    old, new = releases[-2:]
    lacking = [release for release in (old, new) if release not in present]
    if lacking:
        return f"What changes from {old} to {new}: unknown, because {' and '.join(lacking)} did not run\n"
    return summary(upgrade(present[old], present[new]))
