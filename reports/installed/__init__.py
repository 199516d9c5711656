"""``nnx-bridge``: the suite, installed. In a wheel this is the package ``nnx_bridge``, and the suite is next to it.

Exit codes: those of pytest for ``run``, those of ``python -m reports`` for the rest; 2 where something is missing, or
the user's project is wrong.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

_SUITE = Path(__file__).parent / "suite"
_PROJECT = "nnx-bridge-conformance"
_BAD_INPUT = 2
_NAMING_FILES = ("--impl", "--subjects", "--models")
_COMMANDS = {
    "run": "the properties in this environment; what follows goes to pytest",
    "upgrade": "what changes between two releases, and what to do: from committed evidence, no run",
    "capture": "subjects and models from what a program of yours wraps and calls",
    "finding": "all about one finding of an upgrade",
    "gate": "may one go from one Flax to another?",
    "bisect": "the first release where a property changes",
    "merge": "join the shards of one run",
    "matrix": "reports as a page, as Markdown and as JSON",
    "table": "print the outcomes by release",
    "changes": "what changed from release to release, and what to do about it",
}


def main() -> int:
    """The console script: its exit code."""
    sys.path.insert(0, str(_SUITE))
    name, *rest = sys.argv[1:] or [""]
    if name == "run":
        return _run(rest)
    if name in _COMMANDS:
        from reports.__main__ import main as of_reports

        return of_reports([name, *rest])
    _parser().parse_args()  # ends here, with the help, the version, or what is wrong
    raise AssertionError(name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nnx-bridge",
        description="Does code that calls Flax Linen layers from NNX survive the next Flax upgrade?",
        epilog="nnx-bridge COMMAND --help says what a command takes.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"nnx-bridge {version(_PROJECT)}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, what in _COMMANDS.items():
        commands.add_parser(name, help=what)
    return parser


def _run(arguments: Sequence[str]) -> int:
    missing = _missing()
    if missing:
        remedy = f"pip install '{_PROJECT}[run]'"
        print(f"nnx-bridge run: {', '.join(missing)} not installed here; {remedy}", file=sys.stderr)
        return _BAD_INPUT
    import pytest

    from reports.command.defaults import options_of_run
    from reports.errors import BadInput
    from reports.sanitize import visible

    try:
        of_project = options_of_run(arguments)
    except BadInput as error:
        print(visible(f"nnx-bridge run: {' '.join(str(error).split())}"), file=sys.stderr)
        return _BAD_INPUT
    # The user's own modules come after the suite's, as in the environments that the gate makes.
    sys.path.insert(1, os.getcwd())
    # Processes that properties start get this path, and not the current folder before it.
    os.environ["PYTHONSAFEPATH"] = "1"
    suite = ["-c", str(_SUITE / "pyproject.toml"), "--rootdir", str(_SUITE), str(_SUITE / "properties")]
    return int(pytest.main([*suite, *_joined([*of_project, *arguments])]))


def _joined(arguments: Sequence[str]) -> list[str]:
    """Options that name a file in one word: of two words, pytest loads the conftest.py beside the file."""
    found: list[str] = []
    for one in arguments:
        if found and found[-1] in _NAMING_FILES:
            found[-1] += f"={one}"
        else:
            found.append(one)
    return found


def _missing() -> list[str]:
    """What the extra ``run`` names and this environment lacks."""
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in requires(_PROJECT) or ()]
    return [one.name for one in wanted if one.marker and one.marker.evaluate({"extra": "run"}) and _lacks(one.name)]


def _lacks(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return True
    return False
