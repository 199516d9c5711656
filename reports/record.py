"""A pytest plugin that records a run as one JSON report, with or without pytest-xdist.

Each worker attaches what it knows of a property to the test's report
(``user_properties`` travel to the controller); the controller joins them and
writes the file once, whole, at the end.
"""

import importlib.metadata
import json
import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis.statistics import collector

SCHEMA = 1
PACKAGES = ("flax", "jax", "jaxlib", "numpy", "optax", "orbax-checkpoint", "hypothesis", "pytest")
FLAGS = ("XLA_FLAGS", "JAX_PLATFORMS", "JAX_ENABLE_X64", "JAX_DEFAULT_MATMUL_PRECISION")
KEY = "conformance"

_observations = pytest.StashKey[dict[str, Any]]()
_examples = pytest.StashKey[dict[str, Any]]()


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
    listener: Any = collector  # its type says that it holds nothing
    outer = listener.value

    def collect(statistics: Any) -> None:
        item.stash[_examples] = _aggregate(statistics)
        if outer is not None:
            outer(statistics)

    with listener.with_value(collect):
        return (yield)


def _aggregate(statistics: Any) -> dict[str, Any]:
    # Only the generate phase: shrinking tries what no strategy would choose.
    cases = statistics.get("generate-phase", {}).get("test-cases", [])
    events: Counter[str] = Counter()
    for case in cases:
        if case["status"] != "invalid":
            events.update(case["events"])
    invalid = sum(case["status"] in ("invalid", "overrun") for case in cases)
    return {"valid": len(cases) - invalid, "invalid": invalid, "events": dict(sorted(events.items()))}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        record = _record(item, call, report)
        report.user_properties.append((KEY, record))
        if record["outcome"] == "failed" and item.config.option.tbstyle == "auto":
            report.longrepr = _readable(record)
    return report


def _record(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> dict[str, Any]:
    chapter = item.path.stem.removeprefix("test_")
    examples = item.stash.get(_examples, {"valid": 0, "invalid": 0, "events": {}})
    outcome, reason = _outcome(item, call, report)
    failing = outcome in ("failed", "broken") and call.excinfo is not None
    return {
        "id": f"{chapter}.{item.name.removeprefix('test_')}",
        "chapter": chapter,
        "statement": statement(item),
        "nodeid": item.nodeid,
        "outcome": outcome,
        "reason": reason,
        "seconds": round(call.duration, 3),
        "examples": {"valid": examples["valid"], "invalid": examples["invalid"]},
        "events": examples["events"],
        "observations": item.stash.get(_observations, {}),
        "failure": _failure(item, call.excinfo) if failing and call.excinfo else None,
    }


def statement(item: pytest.Item) -> str:
    """The sentence of the contract: the first paragraph of the docstring, on one line."""
    doc = getattr(getattr(item, "function", None), "__doc__", None) or ""
    return " ".join(doc.strip().split("\n\n")[0].split())


def _outcome(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> tuple[str, str | None]:
    if report.outcome == "skipped":
        assert call.excinfo is not None
        return "unsupported", str(call.excinfo.value)
    if report.outcome == "failed":
        return ("failed" if report.when == "call" else "broken"), None
    # A test that only observes judges nothing, so it is never counted as passed.
    return ("observed" if "observe" in getattr(item, "fixturenames", ()) else "passed"), None


def _failure(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> dict[str, Any]:
    message = str(excinfo.value)
    if isinstance(excinfo.value, AssertionError):
        message = message.split("\nassert ")[0]  # what pytest adds explains Python, not the property
    return {
        "exception": excinfo.typename,
        "message": message[:10_000],
        "falsifying_example": _falsifying_example(excinfo.value),
        "command": _command(item),
    }


def _falsifying_example(error: BaseException) -> str | None:
    """What Hypothesis notes on the exception, a line an argument, without the fixtures."""
    for note in getattr(error, "__notes__", ()):
        if note.startswith(("Failing test case", "Falsifying example")):
            arguments = re.split(r"\n    (?=\w+=)", note.rstrip(")").rstrip(",\n "))[1:]
            drawn = [argument for argument in arguments if not argument.startswith(("impl=", "other_process="))]
            return "\n".join(argument.rstrip(",") for argument in drawn)
    return None


def _command(item: pytest.Item) -> str:
    options = item.config.option
    chosen = [f"--impl {options.impl}"] if options.impl else []
    if options.hypothesis_profile:
        chosen.append(f"--hypothesis-profile {options.hypothesis_profile}")
    return " ".join([_python(item.config.rootpath), "-m pytest", f'"{item.nodeid}"', *chosen])


def _python(root: Path) -> str:
    """This interpreter as a user types it in the repository: by its path where that lies inside, as tox's do."""
    executable = Path(sys.executable)
    return str(executable.relative_to(root)) if executable.is_relative_to(root) else "python"


def _readable(record: dict[str, Any]) -> str:
    failure = record["failure"]
    lines = [record["statement"]]
    if failure["falsifying_example"]:
        lines.append(f"falsifying example: {failure['falsifying_example']}")
    lines.append(f"{failure['exception']}: {failure['message']}")
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
    except Exception as error:
        return {"devices_error": f"{type(error).__name__}: {error}".splitlines()[0]}
    return {"backend": devices[0].platform, "devices": [device.device_kind for device in devices]}


class Recorder:
    """Joins the records of one run and writes its report; lives in the controller, or in the only process."""

    def __init__(self, path: Path, suite: dict[str, Any], implementation: str) -> None:
        self._path = path
        self._suite = suite
        self._implementation = implementation
        self._started = _now()
        self._records: dict[str, dict[str, Any]] = {}
        self._expected: set[str] = set()
        self._jax: dict[str, Any] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expected.update(item.nodeid for item in session.items)

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._expected.update(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._jax = getattr(node, "workeroutput", {}).get(KEY) or self._jax

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record: Any = next((value for key, value in report.user_properties if key == KEY), None)
        if record is None:
            if report.outcome != "failed":
                return
            record = _broken(report)
        self._records[report.nodeid] = _worse(self._records.get(report.nodeid), record)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        finished = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        report = {
            "schema": SCHEMA,
            "environment": _environment() | (self._jax or jax_environment()),
            "suite": self._suite,
            "implementation": self._implementation,
            "started": self._started,
            "ended": _now(),
            "complete": finished and self._records.keys() == self._expected,
            "properties": sorted(self._records.values(), key=lambda record: str(record["id"])),
        }
        write_whole(self._path, json.dumps(report, indent=1, sort_keys=True, allow_nan=False) + "\n")


def _worse(first: dict[str, Any] | None, second: dict[str, Any]) -> dict[str, Any]:
    # `--dist each` runs a property in every worker: what failed anywhere has failed.
    order = ("passed", "observed", "unsupported", "failed", "broken")
    if first is None or order.index(second["outcome"]) > order.index(first["outcome"]):
        return second
    return first


def _broken(report: pytest.TestReport) -> dict[str, Any]:
    """The record of a property whose process died, or whose teardown failed."""
    path, _, name = report.nodeid.partition("::")
    chapter = Path(path).stem.removeprefix("test_")
    return {
        "id": f"{chapter}.{name.removeprefix('test_')}",
        "chapter": chapter,
        "statement": "",
        "nodeid": report.nodeid,
        "outcome": "broken",
        "reason": str(report.longrepr).splitlines()[-1],
        "seconds": round(report.duration, 3),
        "examples": {"valid": 0, "invalid": 0},
        "events": {},
        "observations": {},
        "failure": None,
    }


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{package: _version(package) for package in PACKAGES},
        "flags": {name: os.environ[name] for name in FLAGS if name in os.environ},
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, or leave what was there: never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
