"""``matrix REPORT… -o DIR``: writes the page."""

import argparse
from pathlib import Path

from reports.command.command import SAFE, Commands
from reports.command.inputs import add_reports, reports_named


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("matrix", help="write index.html, matrix.md and matrix.json", allow_abbrev=False)
    add_reports(command)
    command.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.render.site.pages import write_matrix

    write_matrix(reports_named(options.reports), options.output)
    print(options.output / "index.html")
    return SAFE
