"""``keep REPORT…``: takes reports, and the sentences of properties, into the committed evidence."""

import argparse

from reports.command.command import SAFE, Commands
from reports.command.inputs import reports_named


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "keep",
        help="take reports, and what properties say of themselves, into the committed evidence",
        allow_abbrev=False,
    )
    command.add_argument("reports", nargs="*", metavar="REPORT", help="none: only sentences changed, and nothing ran")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.releases.keeping import keep, reword

    for report in reports_named(options.reports) if options.reports else ():
        keep(report)
    reword()
    return SAFE
