"""``python -m reports``: what can be done with reports. Neither jax nor flax is needed for any of it.

Exit codes: 0 safe, 1 regression (or drift with --strict), 2 bad input or usage, 3 cannot tell.
"""

import argparse
import glob
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reports.places import OPTION, VARIABLE

# What needs more than the standard library is imported where it is used: an
# environment of the properties, which cannot gate, must still forget old reports.
if TYPE_CHECKING:
    from reports.model import Report
    from reports.upgrade.gate import Answer
    from reports.upgrade.running import Options

SAFE, REGRESSION, BAD_INPUT, CANNOT_TELL = range(4)
_NAME = "python -m reports" if __name__ == "__main__" else "nnx-bridge"  # imported, it is the installed command's
_NEEDED = ("jinja2", "msgspec", "packaging", "rich", "uv")
_WHICH = "a report, a pattern such as runs/*.json, or a release with evidence, such as 0.12.10; all evidence if none"
_USES = "only what concerns these topics, such as sharding,checkpoints; the rest is counted and does not block"
_FORMATS = ("json", "markdown", "junit", "github")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    from reports.errors import BadInput, CannotTell

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show it shows as an escape
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    if getattr(options, "cache", None):
        os.environ[VARIABLE] = str(options.cache.absolute())
    try:
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
        *_, last = traceback.extract_tb(error.__traceback__)
        _say(f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error}; please report it")
        return CANNOT_TELL
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        return CANNOT_TELL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_NAME,
        description="What can be done with reports.",
        epilog="Exit codes: 0 safe, 1 regression (or drift with --strict), 2 bad input or usage, 3 cannot tell.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    gated = commands.add_parser("gate", help="may one go from OLD to NEW?", allow_abbrev=False)
    side = "a report, flax==X, flax==X,jax==Y, a requirements or lock file, or a source tree of Flax"
    gated.add_argument("old", metavar="OLD", help=side)
    gated.add_argument("new", metavar="NEW", help=side)
    _add_run_options(gated)
    gated.add_argument("--attribute", action="store_true", help="say of each change whether flax or jax made it")
    gated.add_argument("--replay", action="store_true", help="run the examples that a report of NEW holds on OLD")
    gated.add_argument("--uses", default="", metavar="TOPIC,…", help=_USES)
    gated.add_argument("--strict", action="store_true", help="drift fails")
    gated.add_argument("--allow", type=Path, metavar="FILE", help="accepted changes, each with a reason and a day")
    gated.add_argument("--format", choices=("text", *_FORMATS), default="text", help="what is printed")
    gated.add_argument(
        "--output",
        action="append",
        default=[],
        type=_format_and_file,
        metavar="FORMAT=FILE",
        help=f"also write a file, of one of {', '.join(_FORMATS)}; may be given several times",
    )
    gated.set_defaults(run=_gate)

    upgraded = commands.add_parser(
        "upgrade",
        help="what changes from OLD to NEW, and what to do: from committed evidence, no run",
        allow_abbrev=False,
    )
    known = "a release of Flax, such as 0.12.10, or a report"
    upgraded.add_argument("old", metavar="OLD", help=known)
    upgraded.add_argument("new", metavar="NEW", help=known)
    upgraded.add_argument("--uses", default="", metavar="TOPIC,…", help=_USES)
    upgraded.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    upgraded.set_defaults(run=_upgrade)

    found = commands.add_parser("finding", help="all about one finding", allow_abbrev=False)
    found.add_argument("name", metavar="NAME", help="as upgrade prints it; all of them where none is named", nargs="?")
    found.add_argument(
        "--format",
        choices=("text", "upstream"),
        default="text",
        help="upstream: for Flax's issue tracker, where the newest release fails",
    )
    found.set_defaults(run=_finding)

    bisected = commands.add_parser("bisect", help="the first release where a property changes", allow_abbrev=False)
    bisected.add_argument("property", metavar="PROPERTY", help="its id, such as lazy_init.paths_of_the_state")
    bisected.add_argument("old", metavar="OLD", help="pins, such as flax==0.11.0")
    bisected.add_argument("new", metavar="NEW")
    bisected.add_argument("--over", choices=("flax", "jax"), default="flax")
    _add_run_options(bisected, selection=False)
    bisected.set_defaults(run=_bisect)

    merged = commands.add_parser("merge", help="join the shards of one run", allow_abbrev=False)
    merged.add_argument("reports", nargs="+", metavar="SHARD")
    merged.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    merged.set_defaults(run=_merge)

    laid_out = commands.add_parser("matrix", help="write index.html, matrix.md and matrix.json", allow_abbrev=False)
    laid_out.add_argument("reports", nargs="*", metavar="REPORT", help=_WHICH)
    laid_out.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    laid_out.set_defaults(run=_matrix)

    shown = commands.add_parser("table", help="print the outcomes by release", allow_abbrev=False)
    shown.add_argument("reports", nargs="*", metavar="REPORT", help=_WHICH)
    shown.add_argument(
        "--expected", default="", metavar="RELEASE,…", help="releases to show as not run if they lack one"
    )
    shown.add_argument("--format", choices=("text", "markdown"), default="text")
    shown.add_argument("--changes", action="store_true", help="end with what changes between the newest two")
    shown.set_defaults(run=_table)

    changed = commands.add_parser(
        "changes", help="what changed from release to release, and what to do about it", allow_abbrev=False
    )
    changed.set_defaults(run=_changes)

    kept = commands.add_parser("keep", help="take reports into the committed evidence", allow_abbrev=False)
    kept.add_argument("reports", nargs="+", metavar="REPORT")
    kept.set_defaults(run=_keep)

    added = commands.add_parser(
        "release", help="add a release of Flax, and write what follows from the list of them", allow_abbrev=False
    )
    added.add_argument("version", metavar="VERSION", nargs="?", help="such as 0.12.12; only write, where there is none")
    added.set_defaults(run=_release)

    stale = commands.add_parser("stale", help="list what of the committed evidence has to be run again, and how")
    stale.set_defaults(run=_stale)

    crossed = commands.add_parser(
        "cross", help="restore each other's checkpoints with two neighbouring releases, and take that into the evidence"
    )
    crossed.add_argument("old", metavar="OLD")
    crossed.add_argument("new", metavar="NEW")
    crossed.set_defaults(run=_cross)

    forgotten = commands.add_parser("forget", help="delete reports, so that none outlives the run that wrote it")
    forgotten.add_argument("reports", nargs="+", metavar="REPORT")
    forgotten.set_defaults(run=_forget)

    explained = commands.add_parser("glossary", help="print what the words mean, and how often a report has each")
    explained.add_argument("report", nargs="?", metavar="REPORT", help="a report, or a release with evidence")
    explained.set_defaults(run=_glossary)

    excused = commands.add_parser("excuses", help="print what the properties excuse, and why")
    excused.set_defaults(run=_excuses)

    api = commands.add_parser(
        "api", help="print which properties use each public name of a release, or why none does; exits 1 for a gap"
    )
    asked = api.add_mutually_exclusive_group()
    asked.add_argument("release", metavar="RELEASE", nargs="?", help="the newest with evidence by default")
    asked.add_argument("--changes", nargs=2, metavar=("OLD", "NEW"), help="names that two releases do not have alike")
    asked.add_argument("--keep", type=Path, metavar="PYTHON", help="take the names of the Flax of this Python")
    api.set_defaults(run=_api)

    schema = commands.add_parser("schema", help="print the JSON Schema of a report")
    schema.set_defaults(run=_schema)
    return parser


def _format_and_file(text: str) -> tuple[str, Path]:
    form, _, file = text.partition("=")
    if form not in _FORMATS or not file:
        raise argparse.ArgumentTypeError(f"{text!r}: give one of {', '.join(_FORMATS)}, then = and a file's name")
    return form, Path(file)


def _add_run_options(command: argparse.ArgumentParser, selection: bool = True) -> None:
    command.add_argument("--impl", metavar="MODULE|FILE.py", help="the implementation to test, on both sides")
    command.add_argument("--subjects", metavar="MODULE|FILE.py", help="the Linen modules to test, on both sides")
    command.add_argument("--profile", choices=("quick", "gate"), help="Hypothesis's profile; gate by default")
    command.add_argument(OPTION, type=Path, metavar="FOLDER", help=f"where environments and caches lie, as {VARIABLE}")
    command.add_argument("--python", metavar="VERSION", help="the Python of both sides, such as 3.12")
    if selection:
        command.add_argument("-k", dest="selection", metavar="EXPRESSION", help="only these properties, as in pytest")


def _options(options: argparse.Namespace) -> "Options":
    from reports.errors import BadInput
    from reports.upgrade.nodeids import is_expression
    from reports.upgrade.running import Options

    for name in ("impl", "subjects"):
        target = getattr(options, name)
        if target and target.endswith(".py") and not Path(target).is_file():
            raise BadInput(f"--{name} {target}: no such file; give the path of a .py file or a module's name")
    selection, workers = getattr(options, "selection", None), os.cpu_count() or 1
    if selection and not is_expression(selection):
        raise BadInput(f"-k {selection!r}: no expression of pytest's; write for example -k 'jit or affine'")
    return Options(options.impl, options.subjects, options.profile or "gate", selection, workers)


def _check_takes_effect(options: argparse.Namespace) -> None:
    """Nothing is run where both sides are reports, so that nothing can be asked of a run."""
    from reports.errors import BadInput
    from reports.upgrade.specification import Evidence, ReportFile, specification

    if not all(isinstance(specification(side), ReportFile | Evidence) for side in (options.old, options.new)):
        return
    asked = {"--impl": options.impl, "--subjects": options.subjects, "--profile": options.profile}
    asked |= {"-k": options.selection, "--python": None if options.attribute else options.python}
    given = [option for option, value in asked.items() if value is not None]
    if given:
        raise BadInput(f"{', '.join(given)}: both sides are reports, so nothing is run; leave it out")


def _gate(options: argparse.Namespace) -> int:
    from reports.errors import BadInput
    from reports.files import check_writable, write_whole
    from reports.render.gate import FORMATS
    from reports.render.gate_text import terminal
    from reports.render.topics import chosen
    from reports.upgrade.allowed import read_allowed
    from reports.upgrade.gate import Request, gate
    from reports.upgrade.progress import shown

    uses = chosen(options.uses)
    allowed = read_allowed(options.allow, datetime.now(UTC).date()) if options.allow else []
    run = _options(options)
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


def _exit_code(answer: "Answer", strict: bool = False) -> int:
    from reports.vocabulary import Effect

    drift = REGRESSION if strict else SAFE
    codes = {Effect.SAFE: SAFE, Effect.DRIFT: drift, Effect.UNCLEAR: CANNOT_TELL, Effect.REGRESSION: REGRESSION}
    return codes[answer.effect]


def _upgrade(options: argparse.Namespace) -> int:
    from reports.answer import upgrade
    from reports.render.topics import chosen
    from reports.render.upgrade_json import as_json
    from reports.render.upgrade_markdown import as_markdown
    from reports.render.upgrade_text import as_text

    topics = chosen(options.uses)
    found = upgrade(_report(options.old), _report(options.new))
    write = {"text": as_text, "markdown": as_markdown, "json": as_json}[options.format]
    sys.stdout.write(write(found.using(topics) if topics else found))
    return CANNOT_TELL if found.doubts else SAFE


def _report(name: str) -> "Report":
    """The report of this name, or the evidence of this release."""
    from reports import releases
    from reports.reading import read

    release = re.fullmatch(r"(?:flax==)?(\d+(?:\.\d+)+)", name)
    return releases.report_of(release[1]) if release else read(Path(name))


def _finding(options: argparse.Namespace) -> int:
    from reports.errors import BadInput
    from reports.render.finding_issue import as_issue
    from reports.render.finding_text import all_in_lines, as_text

    if not options.name and options.format == "upstream":
        raise BadInput("--format upstream is of one finding; name it (`finding` alone lists all)")
    write = {"text": as_text, "upstream": as_issue}[options.format]
    sys.stdout.write(write(options.name) if options.name else all_in_lines())
    return SAFE


def _bisect(options: argparse.Namespace) -> int:
    from reports.escaping import visible
    from reports.upgrade.bisection import bisect

    found = bisect(
        options.property, options.old, options.new, options.over, _options(options), options.python, _progress
    )
    print(visible(str(found)))
    return SAFE


def _merge(options: argparse.Namespace) -> int:
    from reports.errors import BadInput
    from reports.files import check_writable, write_whole
    from reports.merging import merge
    from reports.model import text_of
    from reports.reading import read

    check_writable(options.output)
    paths = _paths(options.reports)
    if not paths:
        raise BadInput(f"no report matches {' '.join(options.reports)}; give the shards of one run")
    merged = merge([(path, read(path)) for path in paths])
    write_whole(options.output, text_of(merged))
    missing = f"; still missing: {', '.join(map(str, merged.shards.missing))}" if merged.shards.missing else ""
    print(f"{options.output}: {len(merged.properties)} properties of {len(paths)} shards{missing}")
    return CANNOT_TELL if merged.shards.missing else SAFE


def _matrix(options: argparse.Namespace) -> int:
    from reports.render.site.pages import write_matrix

    write_matrix(_read(options.reports), options.output)
    print(options.output / "index.html")
    return SAFE


def _table(options: argparse.Namespace) -> int:
    from reports.matrix.markdown import matrix_markdown
    from reports.matrix.matrix import matrix
    from reports.matrix.table import in_order, table

    expected = [release for release in options.expected.split(",") if release]
    reports = _read(options.reports, empty=bool(expected))
    present = {report.environment.flax: report for report in reports}
    missing = [release for release in expected if release not in present]
    if options.format == "markdown":
        print(matrix_markdown(matrix(reports), missing) if reports else f"Not run: {', '.join(missing)}", end="")
    else:
        print(table(reports, expected), end="")
    if options.changes:
        print()
        if len(present) < len(reports):
            print("What changes: not told, for one release has several reports")
        else:
            sys.stdout.write(_changes_to_newest(present, sorted({*present, *missing}, key=in_order)))
    return SAFE


def _changes_to_newest(present: "dict[str, Report]", releases: Sequence[str]) -> str:
    """What changes between the newest two releases, in the words of `upgrade`."""
    from reports.answer import upgrade
    from reports.render.upgrade_text import summary

    if len(releases) < 2:
        return "What changes: not told, for it needs two releases\n"
    old, new = releases[-2:]
    lacking = [release for release in (old, new) if release not in present]
    if lacking:
        return f"What changes from {old} to {new}: not told, for {' and '.join(lacking)} did not run\n"
    return summary(upgrade(present[old], present[new]))


def _changes(options: argparse.Namespace) -> int:
    from reports.render.changes import as_markdown

    sys.stdout.write(as_markdown(_read([])))
    return SAFE


def _keep(options: argparse.Namespace) -> int:
    from reports.releases.keeping import keep

    for report in _read(options.reports):
        keep(report)
    return SAFE


def _release(options: argparse.Namespace) -> int:
    from reports.releases.adding import add

    for line in add(options.version):
        print(line)
    return SAFE


def _stale(options: argparse.Namespace) -> int:
    from reports.releases.keeping import to_cross_again, to_run_again

    for line in (*to_run_again(), *to_cross_again()):
        print(line)
    return SAFE


def _cross(options: argparse.Namespace) -> int:
    from reports.releases import checkpoints
    from reports.render import words
    from reports.upgrade.crossing import between_releases

    tried = list(between_releases(options.old, options.new))
    for found in tried:
        checkpoints.keep(found)
    for said, details in words.checkpoints(tried):
        print(said, *details, sep="\n  ")
    return SAFE


def _forget(options: argparse.Namespace) -> int:
    from reports.errors import BadInput

    paths = _paths(options.reports)
    for path in paths:
        if path.suffix != ".json":
            raise BadInput(f"{path}: no report, whose name ends in .json; name reports only")
    for path in paths:
        path.unlink(missing_ok=True)
    return SAFE


def _excuses(options: argparse.Namespace) -> int:
    from reports.excuses import listed

    print(listed())
    return SAFE


def _api(options: argparse.Namespace) -> int:
    from reports.api import evidence
    from reports.api.table import rows
    from reports.render.api import as_markdown, changes_as_markdown

    if options.keep:
        evidence.keep(*evidence.installed(options.keep))
        return SAFE
    if options.changes:
        sys.stdout.write(changes_as_markdown(evidence.changes(*options.changes)))
        return SAFE
    release = options.release or list(evidence.by_release())[-1]
    found = rows(release)
    sys.stdout.write(as_markdown(release, found))
    return REGRESSION if any(row.is_gap for row in found) else SAFE


def _glossary(options: argparse.Namespace) -> int:
    from reports.render.glossary import glossary, outcomes

    print(outcomes(_report(options.report)) if options.report else glossary())
    return SAFE


def _schema(options: argparse.Namespace) -> int:
    import json

    from reports.model import json_schema

    print(json.dumps(json_schema(), indent=2))
    return SAFE


def _read(patterns: Sequence[str], empty: bool = False) -> "list[Report]":
    from reports import releases
    from reports.errors import BadInput

    if not patterns:
        return [releases.report_of(release) for release in releases.releases()]
    reports = [_report(str(path)) for path in _paths(patterns)]
    if not reports and not empty:
        raise BadInput(f"no report matches {' '.join(patterns)}; run tox first")
    return reports


def _paths(patterns: Sequence[str]) -> list[Path]:
    # tox runs commands without a shell, so patterns arrive as they were written.
    found = (sorted(glob.glob(pattern)) if "*" in pattern else [pattern] for pattern in patterns)
    return [Path(name) for names in found for name in names]


def _progress(line: str) -> None:
    from reports.escaping import visible

    print(visible(line), file=sys.stderr, flush=True)


def _say(line: str) -> None:
    from reports.escaping import visible

    print(f"{_NAME}: {visible(' '.join(line.split()))}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
