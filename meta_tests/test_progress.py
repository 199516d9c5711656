"""How far a run is, what it counts at its end, and where in a user's own code a property failed."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from meta_tests.support.environments import OLDEST
from meta_tests.support.runs import node, pytest_run
from properties.findings import all_findings
from reports.gate.gate_progress import shown
from reports.model import Report
from reports.plugin import run_progress
from reports.plugin.record import KEY
from reports.plugin.users_code import place
from reports.progress import Course, clock
from reports.vocabulary import Outcome

CHAPTER = "properties/test_jit.py"


def test_times_are_those_of_the_work_so_far() -> None:
    """Elapsed time, and what the rest takes if it goes on like this; nothing is left at the end."""
    times = iter([100.0, 180.0, 3700.0])
    course = Course("flax==0.12.12", lambda: next(times))
    assert course.line("jit", 100, 1000) == "flax==0.12.12: 100 of 1000 properties (jit), 1:20, about 12:00 left"
    assert course.line("histories", 1000, 1000) == "flax==0.12.12: 1000 of 1000 properties (histories), 1:00:00"
    assert clock(59.6) == "1:00"


def _told(report: str, outcome: Outcome | None = None, nodeid: str = f"{CHAPTER}::test_one") -> Any:
    """What pytest says of a test, and what the suite has attached to it."""
    attached = [(KEY, {"outcome": outcome.value})] if outcome else []
    return SimpleNamespace(outcome=report, when="call", nodeid=nodeid, user_properties=attached)


def test_piped_run_says_a_line_for_each_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten lines, whatever the number of properties, each with the chapter; a short run says none."""
    monkeypatch.setattr("sys.stdout", io.StringIO())
    for number, lines in ((1022, 10), (49, 0)):
        written: list[str] = []
        reporter = SimpleNamespace(showfspath=True, write_line=written.append, rewrite=None)
        following = run_progress.Progress(reporter)
        names = [f"{CHAPTER}::test_one[{one}]" for one in range(number)]
        following.pytest_xdist_node_collection_finished(names)
        for name in names:
            for _ in range(2):  # a teardown says nothing more
                following.pytest_runtest_logreport(_told("passed", Outcome.PASSED, name))
            following.pytest_runtest_logreport(_told("passed", None, name))
        assert len(written) == lines
        assert all(re.fullmatch(r"flax \S+: \d+ of 1022 properties \(jit\), \d+:\d\d.*", line) for line in written)


def test_piped_gate_says_a_line_for_each_tenth_of_each_side(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line names the side, the chapter and the time."""
    with shown() as tell:
        for done in range(1, 101):
            for side in ("flax==0.12.10", "flax==0.12.12"):
                tell(side, "jit" if done < 50 else "histories", done, 100)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 20
    assert lines[0].startswith("flax==0.12.10: 10 of 100 properties (jit), 0:00, about 0:0")
    assert lines[-1].startswith("flax==0.12.12: 100 of 100 properties (histories), ")


@pytest.mark.parametrize(
    ("report", "outcome", "category", "sign"),
    [
        ("passed", Outcome.PASSED, "passed", "."),
        ("passed", Outcome.OBSERVED, "observed", "o"),
        ("passed", Outcome.KNOWN_FAILURE, "known failures", "k"),
        ("passed", Outcome.CRASHED, "crashed", "C"),
        ("skipped", Outcome.UNSUPPORTED, "unsupported", "u"),
        ("failed", Outcome.FAILED, "failed", "F"),
        ("failed", None, "failed", "F"),
    ],
)
@pytest.mark.parametrize("has_progress", [True, False])
def test_each_outcome_is_counted_by_itself(
    report: str, outcome: Outcome | None, category: str, sign: str, has_progress: bool
) -> None:
    """What only observed, fails as is known, or is unsupported, is never among what passed."""
    config: Any = SimpleNamespace(pluginmanager=SimpleNamespace(has_plugin=lambda name: has_progress))
    found = run_progress.pytest_report_teststatus(_told(report, outcome), config)
    assert found[:2] == (category, "" if has_progress else sign)


def test_what_tells_no_outcome_is_left_to_pytest() -> None:
    """A setup that went well is not counted."""
    config: Any = SimpleNamespace(pluginmanager=SimpleNamespace(has_plugin=lambda name: False))
    assert run_progress.pytest_report_teststatus(_told("passed"), config) is None


USERS = """
def inner(x):
    raise RuntimeError("three is unlucky")  # here

def linen_inside_nnx(seed, x, features):
    return inner(x)

def wrong(seed, x, features):
    return x
"""


def _item(entry: Any, options: dict[str, str | None]) -> Any:
    return SimpleNamespace(
        config=SimpleNamespace(option=SimpleNamespace(**{"impl": None, "subjects": None, "models": None, **options})),
        funcargs={"impl": SimpleNamespace(entry=entry)},
    )


@pytest.fixture
def users(tmp_path: Path) -> dict[str, Any]:
    """A user's module, and its path."""
    path = tmp_path / "my_layer.py"
    path.write_text(USERS)
    scope: dict[str, Any] = {"__file__": str(path)}
    exec(compile(USERS, str(path), "exec"), scope)
    return scope


def test_failure_names_the_last_line_of_the_users_own(users: dict[str, Any]) -> None:
    """What the user's code called in turn, and the suite's own frames, are not named."""
    item = _item(users["linen_inside_nnx"], {"impl": users["__file__"]})
    with pytest.raises(RuntimeError) as raised:
        users["linen_inside_nnx"](0, 1, 2)
    found = place(item, raised.value)
    assert found is not None
    assert found.endswith('my_layer.py:3, in inner: raise RuntimeError("three is unlucky")  # here')
    assert place(_item(users["linen_inside_nnx"], {}), raised.value) is None


def test_failure_that_the_suite_raises_names_where_the_users_code_begins(users: dict[str, Any]) -> None:
    """An output that is wrong has no line of the user's in its traceback."""
    try:
        Report()  # type: ignore[call-arg]
    except TypeError as error:
        error.__traceback__ = None
        found = place(_item(users["wrong"], {"impl": users["__file__"]}), error)
    assert found is not None
    assert found.endswith("my_layer.py:8: def wrong(seed, x, features):")


def test_last_line_counts_each_outcome(newest: Path) -> None:
    """A run of properties that judge and of one that observes, as a user sees it."""
    names = ("affine.zero_input_gives_the_bias", "surface.names")
    run = pytest_run(newest, *map(node, names), "-n", "0", "--hypothesis-profile", "quick")
    assert re.search(r"=+ 1 passed, 1 observed in ", run.stdout), run.stdout


def test_failing_property_shows_the_users_line(newest: Path, tmp_path: Path) -> None:
    """Below the exception stands the file and the line of the implementation that --impl names."""
    path = tmp_path / "my_layer.py"
    path.write_text(
        "import impl.linen_inside_nnx as reference\n\n\ndef linen_inside_nnx(seed, x, features):\n"
        "    if len(x) == 1:\n        raise RuntimeError('one is unlucky')\n"
        "    return reference.linen_inside_nnx(seed, x, features)\n"
    )
    name = "affine.zero_input_gives_the_bias"
    run = pytest_run(newest, node(name), "-n", "0", "--hypothesis-profile", "quick", "--impl", str(path))
    assert re.search(r"\nyour code: \S*my_layer\.py:6, in linen_inside_nnx: raise RuntimeError", run.stdout), run.stdout


SUBJECTS = """
from flax import linen as nn
import jax.numpy as jnp

class Head(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dropout(0.5, deterministic=False)(nn.Dense(2)(x))

SUBJECTS = {"head": {"module": Head(), "args": (jnp.ones((3, 4)),), "streams": ["dropout"]}}
"""


def test_failing_property_names_the_finding(python: Callable[[str], Path], tmp_path: Path) -> None:
    """Of a user's module that fails because of a finding, and the property stays failed."""
    path = tmp_path / "my_layers.py"
    path.write_text(SUBJECTS)
    asked = (node("subjects.default_stream[head]"), "-n", "0", "--hypothesis-profile", "quick", "--subjects", str(path))
    run = pytest_run(python("oldest"), *asked)
    release = OLDEST.removeprefix("flax")
    (finding,) = (one for one in all_findings() if one.name == "default_stream_is_not_used")
    assert f"\nknown of flax {release}: {finding.title} (finding {finding.name})\n" in run.stdout
    assert re.search(r"=+ 1 failed in ", run.stdout), run.stdout
