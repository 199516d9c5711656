"""``keep REPORT…``: takes reports into the committed evidence."""

import argparse

from reports.command.command import SAFE, Commands
from reports.command.inputs import reports_named


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("keep", help="take reports into the committed evidence", allow_abbrev=False)
    command.add_argument("reports", nargs="+", metavar="REPORT")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.releases.keeping import keep

    for report in reports_named(options.reports):
        keep(report)
    return SAFE
