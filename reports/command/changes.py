"""``changes [RELEASE]``: what changed from release to release, or with one."""

import argparse
import sys

from reports.command.command import SAFE, Commands
from reports.command.inputs import reports_named


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "changes", help="what changed from release to release, and what to do about it", allow_abbrev=False
    )
    command.add_argument("release", metavar="RELEASE", nargs="?", help="only what changed with it; all if none")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports import releases
    from reports.errors import BadInput
    from reports.render.changes import as_markdown

    known = releases.releases()
    if options.release == known[0]:
        raise BadInput(f"changes {options.release}: it is the oldest release with evidence; name a later one")
    number = known.index(options.release) if options.release in known else None
    asked = [options.release] if options.release else []
    sys.stdout.write(as_markdown(reports_named(known[number - 1 : number + 1] if number else asked)))
    return SAFE
