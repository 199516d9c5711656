"""A command line is completed by what the user's project says; what the command line says wins."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from reports.command import bisect, gate, upgrade
from reports.command.project import TABLE, Project, project_of
from reports.command.runs import nothing_runs
from reports.errors import BadInput

# What `nnx-bridge run` takes, by the option of pytest.
_OF_RUN = {"subjects": "--subjects", "models": "--models", "profile": "--hypothesis-profile"}
# How many arguments stand before OLD and NEW.
_BEFORE = {"gate": 0, "upgrade": 0, "bisect": 1}
_COMMANDS: dict[str, ModuleType] = {"gate": gate, "upgrade": upgrade, "bisect": bisect}
# What the release of Flax is found in, where a command takes no file.
_PIN = re.compile(r"^flax==([\w.]+)", re.MULTILINE)


def project_for(arguments: Sequence[str]) -> Project | None:
    """What the project in the working directory says, if this command line asks for a command that it concerns."""
    return project_of(Path.cwd()) if arguments and arguments[0] in _COMMANDS else None


def with_sides(arguments: Sequence[str], project: Project) -> list[str]:
    """The command line with OLD and NEW of the project where it lacks them; one side alone is NEW."""
    name, completed = arguments[0], list(arguments)
    before, given = _BEFORE[name], _positional(arguments)
    if given is None or len(given) < before:
        return completed
    sides = {key: _side(name, project.values[key]) for key in ("old", "new") if key in project.values}
    if len(given) == before and len(sides) == 2:
        return [*completed, sides["old"], sides["new"]]
    if len(given) == before + 1 and "old" in sides and completed[1 : before + 1] == given[:before]:
        completed.insert(before + 1, sides["old"])
    return completed


def fill(options: argparse.Namespace, arguments: Sequence[str], project: Project) -> None:
    """Give each option that the command line leaves out the project's value, and say so on stderr."""
    if arguments[0] == "gate" and nothing_runs(options.old, options.new):
        project = project.without("subjects", "models", "profile")
    used: dict[str, Any] = {}
    for key, value in project.values.items():
        if key in ("old", "new"):
            if getattr(options, key) == (side := _side(arguments[0], value)):
                used[key] = side
        elif hasattr(options, key) and not getattr(options, key):
            setattr(options, key, Path(value) if key == "allow" else value)
            used[key] = value
    say_used(used, project)


def options_of_run(arguments: Sequence[str]) -> list[str]:
    """Options of pytest for `nnx-bridge run`, which neither the command line nor a variable names; BadInput."""
    project = project_of(Path.cwd())
    if project is None:
        return []
    given = [one.partition("=")[0] for one in arguments]
    used = {
        key: project.values[key]
        for key, option in _OF_RUN.items()
        if key in project.values and option not in given and not os.environ.get(key.upper())
    }
    say_used(used, project)
    return [text for key, value in used.items() for text in (_OF_RUN[key], value)]


def say_used(used: dict[str, Any], project: Project) -> None:
    """One line on stderr."""
    from reports.program import program
    from reports.sanitize import visible

    if used:
        said = ", ".join(f"{key} = {value!r}" for key, value in used.items())
        print(visible(f"{program()}: {project.file}, {TABLE}: {said}"), file=sys.stderr)


def _side(command: str, value: str) -> str:
    """A side as this command takes it: of a file of pins, only the gate takes more than its Flax."""
    path = Path(value)
    if command == "gate" or path.suffix not in (".txt", ".in") or not path.is_file():
        return value
    found = _PIN.search(path.read_text(encoding="utf-8", errors="replace"))
    if found is None:
        raise BadInput(f"{value} pins no flax==X.Y.Z in a line of its own: name a release, or ask gate")
    return found[1]


class _Unclear(Exception):
    """The command line is wrong; the parser itself says how."""


class _OptionsAlone(argparse.ArgumentParser):
    """Takes a command's options, and leaves over what else there is."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "add_help": False})

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        """An option; any other argument is not added."""
        if names[0].startswith("-"):
            return super().add_argument(*names, **settings)
        return argparse.Action([], names[0])

    def error(self, message: str) -> Any:
        """Never ends the program."""
        raise _Unclear(message)


def _positional(arguments: Sequence[str]) -> list[str] | None:
    """What a command line says besides options; None if it is wrong."""
    commands = argparse.ArgumentParser().add_subparsers(parser_class=_OptionsAlone)
    _COMMANDS[arguments[0]].add(commands)
    (parser,) = commands.choices.values()
    try:
        _, rest = parser.parse_known_args(arguments[1:])
    except _Unclear:
        return None
    return None if any(one.startswith("-") and one != "--" for one in rest) else [one for one in rest if one != "--"]
