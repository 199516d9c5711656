"""``forget REPORT…``: deletes reports before a new run."""

import argparse

from reports.command.command import SAFE, Commands
from reports.command.inputs import paths_of


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("forget", help="delete reports, so that none outlives the run that wrote it")
    command.add_argument("reports", nargs="+", metavar="REPORT", help="a report, or a pattern such as runs/*.json")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.errors import BadInput

    paths = paths_of(options.reports)
    for path in paths:
        if path.suffix != ".json":
            raise BadInput(f"{path}: no report, whose name ends in .json; name reports only")
    for path in paths:
        path.unlink(missing_ok=True)
    return SAFE
