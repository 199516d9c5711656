"""``upgrade OLD NEW``: what changes, and what to do; with ``--code``, where in a user's source."""

import argparse
import sys
from typing import TYPE_CHECKING

from reports.command.command import CANNOT_TELL, REGRESSION, SAFE, Commands
from reports.command.inputs import add_uses, report_named

if TYPE_CHECKING:
    from reports.answer import Upgrade

_FORMATS = ("text", "markdown", "json")
_FORMATS_OF_CODE = ("text", "json", "github", "sarif")


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
    command.add_argument(
        "--code",
        action="append",
        default=[],
        metavar="PATH",
        help="only what concerns this Python file, or those of this folder, with the lines; they are read, not run; "
        "exits 1 if there is such a line, 3 if there is none and a file cannot be read; repeatable",
    )
    command.add_argument(
        "--format",
        choices=tuple(dict.fromkeys((*_FORMATS, *_FORMATS_OF_CODE))),
        default="text",
        help="markdown is of all that changes; github and sarif are of --code",
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.answer import upgrade, with_stops
    from reports.errors import BadInput
    from reports.render.topics import chosen
    from reports.render.upgrade_json import as_json
    from reports.render.upgrade_markdown import as_markdown
    from reports.render.upgrade_text import as_text

    if options.format not in (_FORMATS_OF_CODE if options.code else _FORMATS):
        fault, offered = ("leave --code out", _FORMATS_OF_CODE) if options.code else ("add --code PATH", _FORMATS)
        raise BadInput(f"--format {options.format}: {fault}, or choose from {', '.join(offered)}")
    topics = chosen(options.uses)
    found = upgrade(report_named(options.old), report_named(options.new))
    if options.code:
        return _concerning(options.code, found.using(topics) if topics else found, options.format)
    found = with_stops(found)
    write = {"text": as_text, "markdown": as_markdown, "json": as_json}[options.format]
    sys.stdout.write(write(found.using(topics) if topics else found))
    return CANNOT_TELL if found.doubts else SAFE


def _concerning(paths: list[str], changes: "Upgrade", form: str) -> int:
    from reports.code.files import files_of
    from reports.code.hits import hits_of
    from reports.render.code_github import as_github
    from reports.render.code_json import as_json
    from reports.render.code_sarif import as_sarif
    from reports.render.code_text import as_text

    answer = hits_of(changes, files_of(paths))
    write = {"text": as_text, "json": as_json, "github": as_github, "sarif": as_sarif}[form]
    sys.stdout.write(write(answer))
    if answer.hits:
        return REGRESSION
    return CANNOT_TELL if changes.doubts or answer.files.unread else SAFE
