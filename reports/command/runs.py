"""What the commands that run the properties are asked."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reports.paths import OPTION, VARIABLE

if TYPE_CHECKING:
    from reports.gate.running import Options


def add_run_options(command: argparse.ArgumentParser, selection: bool = True) -> None:
    """Its options."""
    command.add_argument("--impl", metavar="MODULE|FILE.py", help="the implementation to test, on both sides")
    command.add_argument("--subjects", metavar="MODULE|FILE.py", help="the Linen modules to test, on both sides")
    command.add_argument("--models", metavar="MODULE|FILE.py", help="the NNX models to test, on both sides")
    command.add_argument("--python", metavar="VERSION", help="the Python of both sides, such as 3.12")
    add_profile_and_cache(command)
    if selection:
        add_selection(command)


def add_profile_and_cache(command: argparse.ArgumentParser) -> None:
    """The options of every run."""
    command.add_argument("--profile", choices=("quick", "gate"), help="Hypothesis's profile; gate by default")
    command.add_argument(
        OPTION, type=Path, metavar="CACHE", help=f"the folder of environments and caches, as {VARIABLE}"
    )


def add_selection(command: argparse.ArgumentParser) -> None:
    """The option for a part of the properties."""
    command.add_argument("-k", dest="selection", metavar="EXPRESSION", help="only these properties, as in pytest")


def asked_of_runs(options: argparse.Namespace) -> "Options":
    """What a run is asked for; BadInput."""
    from reports.errors import BadInput
    from reports.gate.running import Options
    from reports.workers import workers

    for name in ("impl", "subjects", "models"):
        target = getattr(options, name)
        if target and target.endswith(".py") and not Path(target).is_file():
            raise BadInput(f"--{name} {target}: no such file; give the path of a .py file or a module's name")
    selection = getattr(options, "selection", None)
    check_selection(selection)
    return Options(options.impl, options.subjects, options.models, options.profile or "gate", selection, workers())


def check_selection(selection: str | None) -> None:
    """Raise BadInput for what ``-k`` cannot be."""
    from reports.errors import BadInput
    from reports.gate.nodeids import is_expression

    if selection and not is_expression(selection):
        raise BadInput(f"-k {selection!r}: no expression of pytest's; write for example -k 'jit or affine'")


def nothing_runs(old: str, new: str) -> bool:
    """Whether both sides of a gate are runs that have been made; BadInput."""
    from reports.gate.target import Evidence, ReportFile, specification

    return all(isinstance(specification(side), ReportFile | Evidence) for side in (old, new))
