"""``capture -- PROGRAM …``: runs a program once, and writes what it does with the bridge as subjects and models."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reports.command.command import CANNOT_TELL, SAFE, Commands
from reports.paths import ROOT

if TYPE_CHECKING:
    from reports.capture.seen import Seen

_STARTUP = ROOT / "impl" / "capture" / "startup"
# What impl/capture/facts.py reads; nothing of it is imported here, because it is the program's.
_VARIABLE = "NNX_BRIDGE_CAPTURE"

_ABOUT = """Runs PROGRAM once, as it is, and writes a file for --subjects, --models and --uses: each Linen module that
it wraps with bridge.ToNNX, and each NNX model that holds such layers, with the inputs that they get. Arrays are written
as shapes, unless they are small. Nothing is sent anywhere.

The exit code is PROGRAM's own (128 + N if signal N ended it). It is 2 if PROGRAM cannot be started or the file cannot
be written, and 3 if PROGRAM ends with 0 and nothing can be captured. What was seen before a crash is written."""


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "capture",
        help="subjects and models from what a program of yours wraps and calls",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [-h] [-o FILE] [--force] -- PROGRAM …",
        allow_abbrev=False,
    )
    command.add_argument("-o", "--output", default="captured.py", metavar="FILE", help="captured.py if not given")
    command.add_argument("--force", action="store_true", help="replace FILE")
    command.add_argument("--from", dest="seen", metavar="FOLDER", help=argparse.SUPPRESS)
    command.add_argument("program", nargs=argparse.REMAINDER, metavar="PROGRAM …", help="as you type it")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.errors import BadInput

    program = options.program[1:] if options.program[:1] == ["--"] else options.program
    if not program:
        raise BadInput("capture: no program; write it after --, as in: capture -- python train.py")
    output = _output(options.output, options.force)
    if options.seen:
        return _write(Path(options.seen), program, output)
    with tempfile.TemporaryDirectory(prefix="nnx-bridge-") as folder:
        code = _ran(program, folder)
        written = _write(Path(folder), program, output)
    return code or written


def _output(name: str, force: bool) -> Path:
    from reports.atomic_write import check_writable
    from reports.errors import BadInput

    path = Path(name)
    if path.suffix != ".py":
        raise BadInput(f"-o {name}: not a Python file; give it a name that ends in .py")
    check_writable(path)
    if path.exists() and not force:
        raise BadInput(f"{name}: it is there already; move it, choose another place with -o, or add --force")
    return path


def _ran(program: Sequence[str], folder: str) -> int:
    """The exit code of the program, which has this one's terminal, input and output."""
    from reports.errors import BadInput

    paths = [str(_STARTUP), *filter(None, [os.environ.get("PYTHONPATH")])]
    environ = {**os.environ, _VARIABLE: folder, "PYTHONPATH": os.pathsep.join(paths)}
    try:
        process = subprocess.Popen(program, env=environ)
    except OSError as error:
        raise BadInput(f"{program[0]}: {error.strerror}; write the program as you type it") from error
    with process, _signals_for(process):
        code = process.wait()
    return code if code >= 0 else 128 - code


@contextmanager
def _signals_for(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """The terminal interrupts the program itself; a request to end is passed on; both leave this process to write."""
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: lambda *_: process.terminate()}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write(folder: Path, program: Sequence[str], output: Path) -> int:
    import pickle

    from reports.atomic_write import write_whole
    from reports.capture.file import captured
    from reports.capture.seen import read
    from reports.vocabulary import several

    seen = read(folder)
    found = captured(seen, program, output)
    for problem in found.problems:
        _say(f"not captured: {problem}")
    if not found.subjects and not found.models:
        _say(_nothing(seen, program, bool(found.problems)))
        return CANNOT_TELL
    write_whole(output, found.text)
    beside = output.with_suffix(".pickle")
    if found.pickles:
        beside.write_bytes(pickle.dumps(dict(found.pickles)))
        _say(f"{beside}: {len(found.pickles)} values that have no form as source, pickled")
    subjects, models = several(found.subjects, "subject", "subjects"), several(found.models, "model", "models")
    _say(f"{output}: {subjects}, {models}; uses {', '.join(found.topics)}")
    return SAFE


def _nothing(seen: "Seen", program: Sequence[str], has_problems: bool) -> str:
    if not seen.python:
        return (
            f"{program[0]} started no Python that could be watched: leave out -I, -E and -S, "
            "and pass PYTHONPATH and NNX_BRIDGE_CAPTURE on to it; nothing is written"
        )
    if not seen.releases:
        return f"{program[0]} did not import flax.nnx.bridge: run a program that does; nothing is written"
    if has_problems:
        return "nothing could be captured; nothing is written"
    return f"{program[0]} wrapped no Linen module with bridge.ToNNX: run a program that does; nothing is written"


def _say(line: str) -> None:
    """Not among the program's own output."""
    from reports.program import program
    from reports.sanitize import visible

    print(f"{program()}: {visible(' '.join(line.split()))}", file=sys.stderr)
