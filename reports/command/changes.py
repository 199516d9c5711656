"""``changes``: what changed from release to release."""

import argparse
import sys

from reports.command.command import SAFE, Commands
from reports.command.inputs import reports_named


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "changes", help="what changed from release to release, and what to do about it", allow_abbrev=False
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.render.changes import as_markdown

    sys.stdout.write(as_markdown(reports_named([])))
    return SAFE
