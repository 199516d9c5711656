"""``api RELEASE``: which properties use each public name of Flax."""

import argparse
import sys
from pathlib import Path

from reports.command.command import REGRESSION, SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "api",
        help="print which properties use each public name of a release, or why none does; exits 1 for a gap",
        allow_abbrev=False,
    )
    asked = command.add_mutually_exclusive_group()
    asked.add_argument("release", metavar="RELEASE", nargs="?", help="the newest with evidence by default")
    asked.add_argument("--changes", nargs=2, metavar=("OLD", "NEW"), help="names that two releases do not have alike")
    asked.add_argument("--keep", type=Path, metavar="PYTHON", help="take the names of the Flax of this Python")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.api import evidence
    from reports.api.table import rows
    from reports.render.api import as_markdown, changes_as_markdown

    if options.keep:
        evidence.keep(*evidence.installed(options.keep))
        return SAFE
    if options.changes:
        sys.stdout.write(changes_as_markdown(evidence.changes(*options.changes)))
        return SAFE
    release = options.release or list(evidence.by_release())[-1]
    found = rows(release)
    sys.stdout.write(as_markdown(release, found))
    return REGRESSION if any(row.is_gap for row in found) else SAFE
