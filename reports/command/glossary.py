"""``glossary REPORT``: what the words mean."""

import argparse

from reports.command.command import SAFE, Commands
from reports.command.inputs import report_named


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("glossary", help="print what the words mean, and how often a report has each")
    command.add_argument("report", nargs="?", metavar="REPORT", help="a report, or a release with evidence")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.render.glossary import glossary, outcomes

    print(outcomes(report_named(options.report)) if options.report else glossary())
    return SAFE
