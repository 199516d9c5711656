"""``python -m reports``: what can be done with reports. Neither jax nor flax is needed for any of it.

Exit codes: 0 done, 1 no for an answer (--help says of what), 2 bad input or usage, 3 cannot tell.
"""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from reports.command.command import BAD_INPUT, CANNOT_TELL
from reports.command.defaults import fill, project_for, with_sides
from reports.command.parser import parser
from reports.paths import VARIABLE
from reports.program import program

_NEEDED = ("jinja2", "msgspec", "packaging", "rich", "uv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    from reports.errors import BadInput, CannotTell

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show it shows as an escape
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _options(list(sys.argv[1:] if arguments is None else arguments))
        if getattr(options, "cache", None):
            os.environ[VARIABLE] = str(options.cache.absolute())
        return int(options.run(options))
    except BadInput as error:
        _say(str(error))
        return BAD_INPUT
    except CannotTell as error:
        _say(str(error))
        return CANNOT_TELL
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        _say(f"{error.name} is not installed for this Python; pip install {' '.join(_NEEDED)}")
        return BAD_INPUT
    except OSError as error:  # a file of the user's that cannot be written, a pipe that was closed
        _say(f"{error.filename or 'output'}: {error.strerror}; choose another place")
        return BAD_INPUT
    except Exception as error:  # a fault of this program's: no answer, and never taken for one
        if _is_of_a_finding(error):
            _say(f"properties/findings/{error}")
            return BAD_INPUT
        *_, last = traceback.extract_tb(error.__traceback__)
        _say(f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error}; please report it")
        return CANNOT_TELL
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        return CANNOT_TELL


def _options(arguments: list[str]) -> argparse.Namespace:
    """What the command line says, and the user's project where it says nothing; BadInput."""
    project = project_for(arguments)
    options, unknown = parser(program()).parse_known_args(with_sides(arguments, project) if project else arguments)
    if unknown:
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if project:
        fill(options, arguments, project)
    return options


def _is_of_a_finding(error: Exception) -> bool:
    """Whether a file of ``properties/findings`` cannot be used; who has not loaded them has not met one."""
    findings = sys.modules.get("properties.findings")
    return findings is not None and isinstance(error, findings.BadFinding)


def _say(line: str) -> None:
    from reports.sanitize import visible

    print(f"{program()}: {visible(' '.join(line.split()))}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
