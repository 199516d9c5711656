"""``release VERSION``: adds a release of Flax."""

import argparse

from reports.command.command import SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "release", help="add a release of Flax, and write what follows from the list of them", allow_abbrev=False
    )
    command.add_argument(
        "version", metavar="VERSION", nargs="?", help="such as 0.12.12; only write, where there is none"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.releases.adding import add

    for line in add(options.version):
        print(line)
    return SAFE
