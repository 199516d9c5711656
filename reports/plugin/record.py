"""A pytest plugin that records a run as one JSON report, with or without pytest-xdist.

Each worker attaches what it knows of a property to the test's report
(``user_properties`` travel to the controller); the controller joins them and
writes the file once, whole, at the end.
"""

import ast
import importlib.metadata
import os
import platform
import re
import shlex
import sys
import time
import traceback
import uuid
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from impl.errors import CannotCompare
from properties.findings import finding_like, finding_of
from reports.atomic_write import write_whole
from reports.digests.definitions import paragraph
from reports.digests.digest import digest_of, state_of_the_suite
from reports.model import MOST_TEXT, SCHEMA, Report, bounded, headed, text_of
from reports.paths import MODELS, ROOT, SUBJECTS
from reports.plugin import examples, tried
from reports.plugin.known_failures import WITNESSED, property_id
from reports.plugin.reproducers.reproducer import Asked, AskedModel, Shown, reproducer
from reports.plugin.reproducers.shortened_program import SourcePosition
from reports.plugin.users_code import place
from reports.sanitize import placeless
from reports.vocabulary import Outcome

PACKAGES = ("flax", "jax", "jaxlib", "numpy", "optax", "orbax-checkpoint", "hypothesis", "pytest")
# What changes how Flax, JAX or NumPy behave.
FLAGS = ("JAX_", "XLA_", "FLAX_", "NNX_", "NPY_", "NUMPY_")
KEY = "conformance"
# The name under which a program that was drawn is compiled.
PROGRAM_FILE = "<program>"

_observations = pytest.StashKey[dict[str, Any]]()


@pytest.fixture
def observe(request: pytest.FixtureRequest) -> Any:
    """``observe(name, value)`` records a JSON value that nobody promised and that a user would miss."""
    observations = request.node.stash.setdefault(_observations, {})

    def record(name: str, value: Any) -> None:
        assert name not in observations, f"{name!r} is observed twice"
        observations[name] = value

    return record


@pytest.hookimpl(trylast=True, wrapper=True)  # inside Hypothesis's own wrapper, whose collector this one feeds
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with tried.kept_in(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        record = _record(item, call, report)
        report.user_properties.append((KEY, record))
        if record["outcome"] == Outcome.FAILED and item.config.option.tbstyle == "auto":
            where = place(item, call.excinfo.value) if call.excinfo else None
            report.longrepr = _readable(record, where)
    return report


def record_in(report: pytest.TestReport | pytest.CollectReport) -> dict[str, Any] | None:
    """What a worker has attached to a test's report, if this one tells the outcome; none does of a collection."""
    attached = [] if isinstance(report, pytest.CollectReport) else report.user_properties
    found: Any = next((value for key, value in attached if key == KEY), None)
    return found


def outcome_of(report: pytest.TestReport | pytest.CollectReport) -> Outcome | None:
    """The outcome of the property, if this report tells it."""
    record = record_in(report)
    return Outcome(record["outcome"]) if record else None


def _record(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> dict[str, Any]:
    chapter = item.path.stem.removeprefix("test_")
    examples = tried.examples_of(item)
    outcome, reason = _outcome(item, call, report)
    return {
        "id": property_id(item),
        "chapter": chapter,
        "statement": _paragraph(item, 0),
        "feature": _feature(item),
        "advice": _paragraph(item, 1) or None,
        "nodeid": item.nodeid,
        "outcome": outcome.value,
        "reason": reason and reason[:MOST_TEXT],
        "seconds": round(call.duration, 3),
        "examples": {"valid": examples.valid, "invalid": examples.invalid},
        "events": examples.events,
        "observations": item.stash.get(_observations, {}),
        "failure": _failure_of(item, call, outcome),
    }


def _paragraph(item: pytest.Item, number: int) -> str:
    """A paragraph of the docstring, on one line: the sentence of the contract, then what to do about a drift."""
    return paragraph(getattr(getattr(item, "function", None), "__doc__", None), number)


def _feature(item: pytest.Item) -> str | None:
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return getattr(parameters.get("feature"), "sentence", None)


def _outcome(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> tuple[Outcome, str | None]:
    witnessed = item.stash.get(WITNESSED, None)
    if witnessed is not None:
        return Outcome.KNOWN_FAILURE, witnessed.finding.summary
    if report.outcome == "skipped":
        assert call.excinfo is not None
        return Outcome.UNSUPPORTED, str(call.excinfo.value)
    if report.outcome == "failed":
        if call.excinfo is not None and call.excinfo.errisinstance(CannotCompare):
            return Outcome.CRASHED, f"the suite cannot compare what it got ({call.excinfo.value})"
        # What fails before the property has begun says nothing of it.
        return (Outcome.FAILED, None) if report.when == "call" else (Outcome.CRASHED, _last_line(report))
    examples = tried.examples_of(item)
    if examples.stopped:
        return Outcome.CRASHED, f"it tried only {examples.valid} inputs (Hypothesis: {examples.stopped})"
    # A test that only observes judges nothing, so it is never counted as passed.
    return (Outcome.OBSERVED if "observe" in getattr(item, "fixturenames", ()) else Outcome.PASSED), None


def _last_line(report: pytest.TestReport) -> str:
    lines = str(report.longrepr).splitlines() or [""]
    return lines[-1][:MOST_TEXT]


def _failure_of(item: pytest.Item, call: pytest.CallInfo[None], outcome: str) -> dict[str, Any] | None:
    witnessed = item.stash.get(WITNESSED, None)
    if witnessed is not None:
        return _failure(item, witnessed.excinfo, witnessed.example)
    if outcome == Outcome.FAILED and call.excinfo:
        example = item.config.option.example or _falsifying_example(call.excinfo.value)
        return _failure(item, call.excinfo, example)
    return None


def _failure(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException], example: str | None) -> dict[str, Any]:
    message = str(excinfo.value)
    if isinstance(excinfo.value, AssertionError):
        message = message.split("\nassert ")[0]  # what pytest adds explains Python, not the property
    message = placeless(message)[:MOST_TEXT]
    return {
        "exception": excinfo.typename,
        "message": message,
        "falsifying_example": example and example[:MOST_TEXT],
        "command": _command(item, example or ""),
        "reproducer": reproducer(item.config.rootpath, _shown(item, excinfo, message, example or "")),
    }


def _shown(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException], message: str, arguments: str) -> Shown:
    options, parameters = item.config.option, getattr(item, "funcargs", {})
    subject, model, transform = (parameters.get(name) for name in ("subject", "model", "transform"))
    found = finding_of(property_id(item), installed("flax") or "0")
    return Shown(
        test_file=item.path,
        function=getattr(item, "originalname", None) or item.name,
        arguments="\n".join([*([f"transform={transform}"] if transform else []), arguments]),
        versions=", ".join(f"{package} {installed(package)}" for package in ("flax", "jax", "jaxlib", "numpy")),
        statement=_paragraph(item, 0),
        feature=_feature(item),
        exception=excinfo.typename,
        message=message,
        place=_place(item, excinfo),
        finding=found.title if found else None,
        implementation=options.impl,
        subject=Asked(options.subjects or SUBJECTS, subject.name, subject.keeps_still) if subject else None,
        model=AskedModel(options.models or MODELS, model.name) if model else None,
    )


def _place(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> SourcePosition | None:
    """Where the script of a generated program failed, or else the property."""
    property_itself = (str(item.path), getattr(item, "originalname", None) or item.name)
    places = {
        (frame.filename, frame.name): SourcePosition(frame.lineno or 0, frame.colno or 0)
        for frame in traceback.extract_tb(excinfo.tb)
    }
    return places.get((PROGRAM_FILE, "<module>")) or places.get(property_itself)


_NOT_DRAWN = ("impl=", "other_process=", "subject=", "model=", "transform=")


def _falsifying_example(error: BaseException) -> str | None:
    """What Hypothesis notes on the exception, a line an argument, without fixtures and parameters."""
    for note in getattr(error, "__notes__", ()):
        if note.startswith(("Failing test case", "Falsifying example")):
            arguments = re.split(r"\n    (?=\w+=)", note.rstrip(")").rstrip(",\n "))[1:]
            drawn = [argument for argument in arguments if not argument.startswith(_NOT_DRAWN)]
            return "\n".join(argument.rstrip(",") for argument in drawn)
    return None


def _command(item: pytest.Item, example: str) -> str:
    options = item.config.option
    asked = {
        examples.OPTION: _readable_example(example),
        "--impl": options.impl,
        "--subjects": options.subjects,
        "--models": options.models,
        "--hypothesis-profile": options.hypothesis_profile,
        "--hypothesis-seed": options.hypothesis_seed,
    }
    chosen = [f"{option} {shlex.quote(str(value))}" for option, value in asked.items() if value is not None]
    if not (item.config.rootpath / "tox.ini").exists():  # an installed suite
        return " ".join(["nnx-bridge run", f"-k {shlex.quote(item.name)}", *chosen])
    return " ".join([_python(item.config.rootpath), "-m pytest", f'"{item.nodeid}"', *chosen])


def _readable_example(text: str) -> str | None:
    """The example as ``--example`` takes it, in one line; None where it shows what it cannot take."""
    # Excused: What Hypothesis shows of an object need not be an expression; the command then searches again.
    try:
        return examples.in_one_line(text) if text.strip() else None
    except examples.BadExample:
        return None


def _python(root: Path) -> str:
    """This interpreter as a user types it in the repository: by its path if that is inside, as tox's is."""
    executable = Path(sys.executable)
    return str(executable.relative_to(root)) if executable.is_relative_to(root) else "python"


def _readable(record: dict[str, Any], where: str | None) -> str:
    failure = record["failure"]
    lines = [headed(record["statement"], record["feature"])]
    if failure["falsifying_example"]:
        lines.append(f"falsifying example: {failure['falsifying_example']}")
    lines.append(f"{failure['exception']}: {failure['message']}")
    if where:
        lines.append(f"your code: {where}")
        release = installed("flax") or "0"
        raised, feature = (failure["exception"], failure["message"]), record["feature"]
        if known := finding_like(record["id"], release, *raised, feature=feature):
            lines.append(f"known of flax {release}: {known.title} (finding {known.name})")
    lines.append(f"again:  {failure['command']}")
    return "\n".join(lines)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker sends what only a process with jax knows."""
    worker_output = getattr(session.config, "workeroutput", None)
    if worker_output is not None:
        worker_output[KEY] = jax_environment()


def jax_environment() -> dict[str, Any]:
    """The platform and devices of this process; empty where jax was never imported."""
    jax = sys.modules.get("jax")
    if jax is None:
        return {}
    try:
        devices = jax.devices()
    except Exception:  # the properties say what is wrong
        return {}
    return {"backend": devices[0].platform, "devices": [device.device_kind for device in devices]}


def _shards(config: pytest.Config) -> dict[str, Any]:
    """The part of the run that pytest-split was asked for."""
    splits, group = config.getoption("splits", None), config.getoption("group", None)
    return {"of": splits or 1, "present": [group or 1]}


def search_of(config: pytest.Config) -> str:
    """What tells a hunt from every other: which shard, and the seed that it was given, or a number of its own."""
    of, present = _shards(config).values()
    seed = config.option.hypothesis_seed
    with suppress(ValueError):  # Hypothesis takes any text
        seed = uuid.uuid4().hex if seed is None else int(seed)
    return bounded(f"shard {present[0]} of {of}, seed {seed}")


class Recorder:
    """Joins the records of one run and writes its report; lives in the controller, or in the only process."""

    def __init__(self, path: Path, suite: dict[str, Any], asked: dict[str, str], config: pytest.Config) -> None:
        self._path = path
        self._suite = suite
        # The implementation, the subjects and the models, as the report names them.
        self._asked = asked
        self._shards = _shards(config)
        self._limit = float(config.getoption("timeout", None) or config.getini("timeout") or 0)
        self._started = _now()
        self._begun: dict[str, float] = {}
        self._records: dict[str, dict[str, Any]] = {}
        self._expected: set[str] = set()
        self._collected = True
        self._jax: dict[str, Any] = {}
        self._unwritten: str | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expected.update(item.nodeid for item in session.items)

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._expected.update(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._jax = getattr(node, "workeroutput", {}).get(KEY) or self._jax

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._collected = self._collected and report.outcome != "failed"

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._begun[nodeid] = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = record_in(report)
        if record is None:
            if report.outcome != "failed":
                return
            record = self._crashed(report)
        self._records[report.nodeid] = _worse(self._records.get(report.nodeid), record)

    def _crashed(self, report: pytest.TestReport) -> dict[str, Any]:
        """The record of a property whose process died, or whose teardown failed."""
        path, _, name = report.nodeid.partition("::")
        chapter = Path(path).stem.removeprefix("test_")
        seconds = time.monotonic() - self._begun.get(report.nodeid, time.monotonic())
        died = f"its process was ended after {self._limit:g} s, the most that a property may take"
        return {
            "id": f"{chapter}.{name.removeprefix('test_')}",
            "chapter": chapter,
            "statement": _sentence_in(path, name.partition("[")[0]),
            "feature": None,
            "advice": None,
            "nodeid": report.nodeid,
            "outcome": Outcome.CRASHED.value,
            "reason": died if 0 < self._limit <= seconds else _last_line(report),
            "seconds": round(seconds, 3),
            "examples": {"valid": 0, "invalid": 0},
            "events": {},
            "observations": {},
            "failure": None,
        }

    # The terminal's summary comes after all that is tried first.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        # Of more shards than properties some have none.
        finished |= exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._shards["of"] > 1
        report = {
            "schema": SCHEMA,
            "environment": _environment(self._jax or jax_environment()),
            "suite": self._suite | {"digest": self._digests(), "state": state_of_the_suite()},
            **self._asked,
            "started": self._started,
            "ended": _now() if finished else None,
            "complete": finished and self._collected and self._records.keys() == self._expected,
            "collected": len(self._expected),
            "shards": self._shards,
            "properties": sorted(self._records.values(), key=lambda record: str(record["id"])),
        }
        # What is written must be what is read: a report that is wrong is a fault of this file, found here.
        text = text_of(msgspec.convert(report, Report))
        try:
            write_whole(self._path, text)
        except OSError as error:
            self._unwritten = f"{self._path}: {error.strerror}; the report is not written"
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def _digests(self) -> dict[str, str]:
        release = installed("flax") or ""
        return {record["id"]: digest_of(record["id"], release) for record in self._records.values()}

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._unwritten:
            terminalreporter.write_line(f"ERROR: {self._unwritten}", red=True)


@cache
def _sentence_in(path: str, function: str) -> str:
    """The sentence of a property that died with its process, from its source."""
    try:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return ""
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    return paragraph(ast.get_docstring(found[0]), 0) if found else ""


_GRAVITY = list(Outcome)


def _worse(first: dict[str, Any] | None, second: dict[str, Any]) -> dict[str, Any]:
    # `--dist each` runs a property in every worker: what failed anywhere has failed.
    if first is None or _GRAVITY.index(second["outcome"]) > _GRAVITY.index(first["outcome"]):
        return second
    return first


def _environment(of_jax: dict[str, Any]) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": packages(),
        "backend": None,
        "devices": [],
        **of_jax,
        "flags": flags(),
    }


def packages() -> dict[str, str | None]:
    """The versions of what decides an outcome; None for what is not installed here."""
    return {package: installed(package) for package in PACKAGES}


def flags() -> dict[str, str]:
    """The environment variables by which this process's Flax, JAX and NumPy are set."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(FLAGS) and not name.endswith(("_DIR", "_PATH"))
    }


def installed(package: str) -> str | None:
    """The version of a package in this environment; None without one."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
