"""``excuses``: what the properties excuse, and why."""

import argparse

from reports.command.command import SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("excuses", help="print what the properties excuse, and why")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.excuses import listed

    print(listed())
    return SAFE
