"""``schema``: the JSON Schema of a report."""

import argparse

from reports.command.command import SAFE, Commands


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("schema", help="print the JSON Schema of a report")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    import json

    from reports.model import json_schema

    print(json.dumps(json_schema(), indent=2))
    return SAFE
