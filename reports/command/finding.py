"""``finding NAME``: all about one finding."""

import argparse
import sys

from reports.command.command import SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("finding", help="all about one finding", allow_abbrev=False)
    command.add_argument(
        "name", metavar="NAME", help="as upgrade prints it; all of them where none is named", nargs="?"
    )
    command.add_argument(
        "--format",
        choices=("text", "upstream"),
        default="text",
        help="upstream: for Flax's issue tracker, where the newest release fails",
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.errors import BadInput
    from reports.render.finding_issue import as_issue
    from reports.render.finding_text import all_in_lines, as_text

    if not options.name and options.format == "upstream":
        raise BadInput("--format upstream is of one finding; name it (`finding` alone lists all)")
    write = {"text": as_text, "upstream": as_issue}[options.format]
    sys.stdout.write(write(options.name) if options.name else all_in_lines())
    return SAFE
