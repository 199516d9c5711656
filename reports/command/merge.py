"""``merge SHARD… -o OUT``: joins the shards of one run, or hunts of the same properties."""

import argparse
from pathlib import Path

from reports.command.command import CANNOT_TELL, SAFE, Commands
from reports.command.inputs import paths_of


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("merge", help="join the shards of one run, or several hunts", allow_abbrev=False)
    command.add_argument(
        "reports", nargs="+", metavar="SHARD", help="the report of a shard, or a pattern such as runs/*.json"
    )
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the report to write")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.atomic_write import check_writable, write_whole
    from reports.errors import BadInput
    from reports.load import read
    from reports.merge import merge
    from reports.model import text_of
    from reports.sanitize import visible

    check_writable(options.output)
    paths = paths_of(options.reports)
    if not paths:
        raise BadInput(f"no report matches {' '.join(options.reports)}; give the shards of one run")
    merged = merge([(path, read(path)) for path in paths])
    write_whole(options.output, text_of(merged))
    missing = f"; still missing: {', '.join(map(str, merged.shards.missing))}" if merged.shards.missing else ""
    tried = sum(found.examples.valid for found in merged.properties)
    name = visible(str(options.output))
    print(f"{name}: {len(merged.properties)} properties of {len(paths)} shards, {tried} examples{missing}")
    return CANNOT_TELL if merged.shards.missing else SAFE
