"""``stale``: what of the evidence has to be run again."""

import argparse

from reports.command.command import SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("stale", help="list what has no evidence and what has to be run again, and how")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.releases.keeping import to_cross_again, to_run_again
    from reports.releases.unrun import to_run_first

    stale = [*to_run_first(), *to_run_again(), *to_cross_again()]
    print(*stale or ["Nothing is stale."], sep="\n")
    return SAFE
