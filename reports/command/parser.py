"""The parser of ``python -m reports``, with every command.

What needs more than the standard library is imported where a command runs: an
environment of the properties, which cannot gate, must still forget old reports.
"""

import argparse

from reports.command import (
    api,
    bisect,
    capture,
    changes,
    cross,
    excuses,
    finding,
    forget,
    gate,
    glossary,
    history,
    keep,
    matrix,
    merge,
    release,
    schema,
    stale,
    table,
    upgrade,
)

# In the order in which they are listed.
_COMMANDS = (
    gate,
    upgrade,
    capture,
    finding,
    bisect,
    merge,
    matrix,
    table,
    changes,
    history,
    keep,
    release,
    stale,
    cross,
    forget,
    glossary,
    excuses,
    api,
    schema,
)

_EXIT_CODES = (
    "Exit codes: 0 done, 2 bad input or usage, 3 cannot tell. 1 of gate: a regression, or drift with --strict; "
    "of upgrade --code: a line that changes; of history: a property failed; of api: a name that nothing covers."
)


def parser(name: str) -> argparse.ArgumentParser:
    """What understands a command line of the program of this name."""
    made = argparse.ArgumentParser(
        prog=name,
        description="What can be done with reports.",
        epilog=_EXIT_CODES,
        allow_abbrev=False,
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    for one in commands.choices.values():
        one.set_defaults(parser=one)
    return made
