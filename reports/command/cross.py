"""``cross OLD NEW``: checkpoints between two neighbouring releases."""

import argparse

from reports.command.command import SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "cross", help="restore each other's checkpoints with two neighbouring releases, and take that into the evidence"
    )
    command.add_argument("old", metavar="OLD", help="a release of Flax, such as 0.12.10")
    command.add_argument("new", metavar="NEW", help="the other release")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.gate.checkpoints import between_releases
    from reports.gate.model_checkpoints import of_releases
    from reports.releases import checkpoints, model_checkpoints
    from reports.render import words

    tried = list(between_releases(options.old, options.new))
    for found in tried:
        checkpoints.keep(found)
    for said, details in words.checkpoints(tried):
        print(said, *details, sep="\n  ")
    models = list(of_releases(options.old, options.new))
    for crossed in models:
        model_checkpoints.keep(crossed)
        print(words.models([crossed]))
    return SAFE
