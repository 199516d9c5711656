"""What a user gets who names an implementation or a profile that cannot be used: one line, and pytest's code 4."""

from pathlib import Path

import pytest

from meta_tests.runs import node, pytest_run, records_of

USAGE_ERROR = 4

SOURCES = {
    "raises": "raise RuntimeError('no such\\nday')",
    "no_function": "answer = 42",
    "not_callable": "linen_inside_nnx = 42",
    "does_not_parse": "def linen_inside_nnx(",
    "imports_what_is_missing": "import a_module_that_nobody_wrote",
}
SAYS = {
    "raises": "RuntimeError: no such",
    "no_function": "has no function linen_inside_nnx(seed, x, features)",
    "not_callable": "is a int, not a function",
    "does_not_parse": "SyntaxError",
    "imports_what_is_missing": "No module named 'a_module_that_nobody_wrote'",
}


def _assert_one_line(output: str, says: str) -> None:
    lines = [line for line in output.splitlines() if line.strip()]
    assert len(lines) == 1, output
    assert lines[0].startswith("ERROR: ")
    assert says in lines[0]


@pytest.mark.parametrize("fault", SOURCES)
def test_file_that_cannot_be_used(fault: str, newest: Path, tmp_path: Path) -> None:
    """A file that is no implementation is refused in one line that says why."""
    path = tmp_path / f"{fault}.py"
    path.write_text(SOURCES[fault])
    run = pytest_run(newest, "properties", f"--impl={path}")
    assert run.returncode == USAGE_ERROR
    _assert_one_line(run.stdout, SAYS[fault])
    assert str(path) in run.stdout


@pytest.mark.parametrize(
    ("target", "says"), [("no_such.py", "no such file"), ("no.such.module", "No module named 'no'")]
)
def test_implementation_that_is_not_there(target: str, says: str, newest: Path) -> None:
    """A file or module that does not exist is refused in one line that names it, in a parallel run too."""
    for parallel in ((), ("-n", "2")):
        run = pytest_run(newest, "properties", f"--impl={target}", *parallel)
        assert run.returncode == USAGE_ERROR
        _assert_one_line(run.stdout, says)
        assert repr(target) in run.stdout


def test_unknown_profile(newest: Path) -> None:
    """A Hypothesis profile that does not exist is refused in one line that lists those that do."""
    run = pytest_run(newest, "properties", "--hypothesis-profile", "thorough")
    assert run.returncode == USAGE_ERROR
    _assert_one_line(run.stdout, "'thorough': choose one of quick, gate, hunt")


def test_implementation_named_by_the_environment(newest: Path, tmp_path: Path) -> None:
    """IMPL in the environment names the implementation, and the option --impl goes before it."""
    named = "determinism.first_weights"
    report = tmp_path / "report.json"
    for options, outcome in (((), "failed"), (("--impl", "impl.linen_inside_nnx"), "observed")):
        path = tmp_path / "broken.py"
        path.write_text("def linen_inside_nnx(seed, x, features): raise RuntimeError('on purpose')")
        pytest_run(newest, node(named), "--report", str(report), *options, IMPL=str(path))
        assert records_of(report)[named]["outcome"] == outcome
