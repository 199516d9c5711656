"""``bisect PROPERTY OLD NEW``: the first release where a property changes."""

import argparse
import sys

from reports.command.command import SAFE, Commands
from reports.command.runs import add_run_options, asked_of_runs

_SIDE = "a release of Flax, such as 0.11.0, or pins, such as flax==0.12.12,jax==0.11.0"


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("bisect", help="the first release where a property changes", allow_abbrev=False)
    command.add_argument("property", metavar="PROPERTY", help="its id, such as lazy_init.paths_of_the_state")
    command.add_argument("old", metavar="OLD", help=f"the older side: {_SIDE}")
    command.add_argument("new", metavar="NEW", help=f"the newer side: {_SIDE}")
    command.add_argument("--over", choices=("flax", "jax"), default="flax", help="whose releases; flax by default")
    add_run_options(command, selection=False)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.gate.bisection import bisect
    from reports.sanitize import visible

    found = bisect(
        options.property, options.old, options.new, options.over, asked_of_runs(options), options.python, _progress
    )
    print(visible(str(found)))
    return SAFE


def _progress(line: str) -> None:
    from reports.sanitize import visible

    print(visible(line), file=sys.stderr, flush=True)
