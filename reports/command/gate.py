"""``gate OLD NEW``: may one go from OLD to NEW?"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reports.command.command import CANNOT_TELL, REGRESSION, SAFE, Commands
from reports.command.inputs import add_uses
from reports.command.runs import add_run_options, asked_of_runs, nothing_runs

if TYPE_CHECKING:
    from reports.gate.gate import GateResult

_FORMATS = ("json", "markdown", "junit", "github")


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser("gate", help="may one go from OLD to NEW?", allow_abbrev=False)
    side = (
        "a release with evidence, such as 0.12.10, which is not run; or a report, flax==X, flax==X,jax==Y, "
        "a requirements or lock file, or a source tree of Flax"
    )
    command.add_argument("old", metavar="OLD", help=side)
    command.add_argument("new", metavar="NEW", help=side)
    add_run_options(command)
    command.add_argument("--attribute", action="store_true", help="say of each change whether flax or jax made it")
    command.add_argument("--replay", action="store_true", help="run the examples that a report of NEW holds on OLD")
    add_uses(command)
    command.add_argument("--strict", action="store_true", help="drift fails")
    command.add_argument("--allow", type=Path, metavar="FILE", help="accepted changes, each with a reason and a day")
    command.add_argument("--format", choices=("text", *_FORMATS), default="text", help="what is printed")
    command.add_argument(
        "--output",
        action="append",
        default=[],
        type=_format_and_file,
        metavar="FORMAT=FILE",
        help=f"also write a file, of one of {', '.join(_FORMATS)}; may be given several times",
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.atomic_write import check_writable, write_whole
    from reports.errors import BadInput
    from reports.gate.allowlist import read_allowed
    from reports.gate.gate import Request, gate
    from reports.gate.gate_progress import shown
    from reports.render.gate_formats import FORMATS
    from reports.render.gate_text import terminal
    from reports.render.topics import chosen

    uses = chosen(options.uses)
    allowed = read_allowed(options.allow, datetime.now(UTC).date()) if options.allow else []
    run = asked_of_runs(options)
    _check_takes_effect(options)
    request = Request(
        options.old,
        options.new,
        run,
        options.python,
        options.attribute,
        options.replay,
        tuple(allowed),
        options.allow,
        uses,
    )
    for form, file in options.output:
        check_writable(file)
        if any(file.resolve() == Path(side).resolve() for side in (options.old, options.new)):
            raise BadInput(f"--output {form}={file}: it would overwrite that side; choose another file")
    with shown() as tell:
        answer = gate(request, tell)
    # Whatever becomes of the files, the answer is said.
    if options.format == "text":
        terminal(answer)
    else:
        sys.stdout.write(FORMATS[options.format](answer))
    for form, file in options.output:
        write_whole(file, FORMATS[form](answer))
    return _exit_code(answer, options.strict)


def _format_and_file(text: str) -> tuple[str, Path]:
    form, _, file = text.partition("=")
    if form not in _FORMATS or not file:
        raise argparse.ArgumentTypeError(f"{text!r}: give one of {', '.join(_FORMATS)}, then = and a file's name")
    return form, Path(file)


def _check_takes_effect(options: argparse.Namespace) -> None:
    """Nothing is run where both sides are reports, so that nothing can be asked of a run."""
    from reports.errors import BadInput

    if not nothing_runs(options.old, options.new):
        return
    asked = {
        "--impl": options.impl,
        "--subjects": options.subjects,
        "--models": options.models,
        "--profile": options.profile,
    }
    asked |= {"-k": options.selection, "--python": None if options.attribute else options.python}
    given = [option for option, value in asked.items() if value is not None]
    if given:
        raise BadInput(f"{', '.join(given)}: both sides are reports, so nothing is run; leave it out")


def _exit_code(answer: "GateResult", strict: bool) -> int:
    from reports.vocabulary import Effect

    drift = REGRESSION if strict else SAFE
    codes = {Effect.SAFE: SAFE, Effect.DRIFT: drift, Effect.UNCLEAR: CANNOT_TELL, Effect.REGRESSION: REGRESSION}
    return codes[answer.effect]
