"""``upgrade OLD NEW``: what changes, and what to do."""

import argparse
import sys

from reports.command.command import CANNOT_TELL, SAFE, Commands
from reports.command.inputs import add_uses, report_named


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "upgrade",
        help="what changes from OLD to NEW, and what to do: from committed evidence, no run",
        allow_abbrev=False,
    )
    known = "a release of Flax, such as 0.12.10 or flax==0.12.10, or a report"
    command.add_argument("old", metavar="OLD", help=known)
    command.add_argument("new", metavar="NEW", help=known)
    add_uses(command)
    command.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.answer import upgrade, with_stops
    from reports.render.topics import chosen
    from reports.render.upgrade_json import as_json
    from reports.render.upgrade_markdown import as_markdown
    from reports.render.upgrade_text import as_text

    topics = chosen(options.uses)
    found = with_stops(upgrade(report_named(options.old), report_named(options.new)))
    write = {"text": as_text, "markdown": as_markdown, "json": as_json}[options.format]
    sys.stdout.write(write(found.using(topics) if topics else found))
    return CANNOT_TELL if found.doubts else SAFE
