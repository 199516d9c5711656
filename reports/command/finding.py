"""``finding NAME``: all about one finding, or which mention a text."""

import argparse
import sys

from reports.command.command import SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("finding", help="all about one finding", allow_abbrev=False)
    command.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="as upgrade prints it, or a text that findings mention; all of them if none",
    )
    command.add_argument(
        "--format",
        choices=("text", "program", "remedied", "upstream"),
        default="text",
        help="program: shows it; remedied: the program after the remedy; "
        "upstream: for Flax's issue tracker, where the newest release fails",
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from properties.findings import all_findings
    from reports.errors import BadInput
    from reports.render.finding_issue import as_issue
    from reports.render.finding_text import as_text, in_lines, remedied, witness

    if not options.name and options.format != "text":
        raise BadInput(f"--format {options.format} is of one finding; name it (`finding` alone lists all)")
    write = {"text": as_text, "program": witness, "remedied": remedied, "upstream": as_issue}[options.format]
    sys.stdout.write(write(options.name) if options.name else in_lines(all_findings()))
    return SAFE
