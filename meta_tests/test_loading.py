"""What a user gets who names what cannot be used, be it code, subjects or a profile: one line, and pytest's code 4."""

from collections.abc import Callable
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, Forks, node, pytest_run, records_of

USAGE_ERROR = 4


def _subject(module: str, others: str) -> str:
    return f"SUBJECTS = {{'it': {{'module': {module}, {others}}}}}"


ENTRY = "from flax import nnx\n\ndef linen_inside_nnx(seed, x, features): return x\n\n"
MODEL = ENTRY + "class MyNNXWithLinen(nnx.Module):\n"
FIRST_CALL = "linen_inside_nnx(0.0, jnp.ones(3), 2.0)"

SOURCES = {
    "raises": "raise RuntimeError('no such\\nday')",
    "no_function": "answer = 42",
    "not_callable": "linen_inside_nnx = 42",
    "does_not_parse": "def linen_inside_nnx(",
    "imports_what_is_missing": "import a_module_that_nobody_wrote",
    "returns_nothing": "def linen_inside_nnx(seed, x, features): x + 1",
    "returns_a_list": "def linen_inside_nnx(seed, x, features): return [0.0] * int(features)",
    "generator": "def linen_inside_nnx(seed, x, features): yield x",
    "coroutine": "async def linen_inside_nnx(seed, x, features): return x",
    "too_few_arguments": "def linen_inside_nnx(seed, x): return x",
    "too_many_arguments": "def linen_inside_nnx(seed, x, features, rngs): return x",
    "arguments_by_keyword": "def linen_inside_nnx(*, seed, x, features): return x",
    "call_raises": "def linen_inside_nnx(seed, x, features): raise RuntimeError('no such\\nday')",
    "call_exits": "import sys\ndef linen_inside_nnx(seed, x, features): sys.exit(0)",
    "model_takes_others": MODEL + "    def __init__(self, rngs): pass",
    "model_is_none": ENTRY + "def MyNNXWithLinen(features, rngs): return features",
}
SAYS = {
    "raises": "RuntimeError: no such",
    "no_function": "has no function linen_inside_nnx(seed, x, features)",
    "not_callable": "is a int, not a function",
    "does_not_parse": "SyntaxError",
    "imports_what_is_missing": "No module named 'a_module_that_nobody_wrote'",
    "returns_nothing": f"{FIRST_CALL} returns None, and must return an array: end it with `return model(x)`",
    "returns_a_list": f"{FIRST_CALL} returns a list, and must return an array: end it with `return model(x)`",
    "generator": f"{FIRST_CALL} returns a generator, and must return an array: make it a plain function",
    "coroutine": f"{FIRST_CALL} returns a coroutine, and must return an array: make it a plain function",
    "too_few_arguments": "linen_inside_nnx(seed, x) cannot be called with three arguments by position",
    "too_many_arguments": "by position (missing a required argument: 'rngs'): define linen_inside_nnx(",
    "arguments_by_keyword": "(*, seed, x, features) cannot be called with three arguments by position",
    "call_raises": f"{FIRST_CALL} raises RuntimeError: no such: make this call return an array",
    "call_exits": f"{FIRST_CALL} raises SystemExit: 0: make this call return an array",
    "model_takes_others": "or leave MyNNXWithLinen out",
    "model_is_none": "MyNNXWithLinen makes a int, and must make an nnx.Module: give it the arguments (features, rngs)",
}

# What comes after the imports, and what is said of it.
SUBJECTS = {
    "raises": ("raise RuntimeError('no such\\nday')", "cannot be imported (RuntimeError: no such)"),
    "does_not_parse": ("SUBJECTS = {", "cannot be imported (SyntaxError: "),
    "imports_what_is_missing": ("import nobody_wrote_it", "No module named 'nobody_wrote_it'"),
    "no_subjects": ("MODULES = {}", "there is no SUBJECTS: define SUBJECTS = {name: {'module': …, 'args': (…,)}}"),
    "empty": ("SUBJECTS = {}", "SUBJECTS must be a dictionary that has at least one subject, by name"),
    "list": ("SUBJECTS = [nn.Dense(2)]", "SUBJECTS must be a dictionary that has at least one subject, by name"),
    "no_description": ("SUBJECTS = {'it': nn.Dense(2)}", "it is a Dense: write {'module': …, 'args': (…,)}"),
    "name_with_a_space": ("SUBJECTS = {'my own': {}}", "the name 'my own' cannot stand in a test's name: use letters"),
    "name_that_is_none": ("SUBJECTS = {7: {}}", "the name 7 cannot stand in a test's name: use letters"),
    "unknown_key": (
        _subject("nn.Dense(2)", "'args': (X,), 'stream': []"),
        "unknown key 'stream': the keys are module, ",
    ),
    "no_args": (_subject("nn.Dense(2)", ""), "there is no 'args', which every subject needs"),
    "no_module": ("SUBJECTS = {'it': {'args': ()}}", "there is no 'module', which every subject needs"),
    "args_no_tuple": (_subject("nn.Dense(2)", "'args': [1]"), "'args' is [1], and must be a tuple, (x,) where there"),
    "streams_no_list": (
        _subject("nn.Dense(2)", "'args': (X,), 'streams': 'dropout'"),
        "'streams' is 'dropout', and must be a list of names, such as ['dropout']",
    ),
    "class": (
        _subject("nn.Dense", "'args': (X,)"),
        "'module' is the class Dense, and must be a Linen module, or a fun",
    ),
    "of_nnx": (_subject("nnx.Linear(3, 2, rngs=nnx.Rngs(0))", "'args': (X,)"), "and must be a Linen module, or a fun"),
    "makes_none": (_subject("lambda: 7", "'args': (X,)"), "'module' makes 7, and must make a Linen module"),
    "cannot_be_made": (_subject("lambda x: x", "'args': (X,)"), "'module' cannot be called without arguments (TypeErr"),
    "bound": (
        _subject("nn.Dense(2).bind({})", "'args': (X,)"),
        "'module' is bound to variables: give the module itself, without bind",
    ),
    "cannot_be_initialised": (
        _subject("nn.Dense(2)", "'args': (X, X)"),
        "plain Linen cannot initialise it with these 'args' and 'kwargs' (TypeError: ",
    ),
    "cannot_be_initialised_with_others": (
        _subject("nn.Dense(2)", "'args': (X,), 'init_args': ()"),
        "plain Linen cannot initialise it with these 'init_args' and 'kwargs' (TypeError: ",
    ),
    "cannot_be_called": (
        _subject("nn.Dense(2)", "'args': (), 'init_args': (X,)"),
        "plain Linen cannot call it with these 'args' and 'kwargs' (TypeError: ",
    ),
    "cannot_be_trained": (
        _subject("nn.Dropout(0.5, deterministic=True)", "'args': (X,), 'train': {'determinstic': False}"),
        "plain Linen cannot call it with these 'args' and 'train' (TypeError: ",
    ),
    "no_such_method": (
        _subject("nn.Dense(2)", "'args': (X,), 'methods': {'encode': (X,)}"),
        "'methods' names 'encode', and Dense has no such method",
    ),
}
IMPORTS = """
from flax import linen as nn
from flax import nnx
import jax.numpy as jnp

X = jnp.ones((2, 3))
"""


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


@pytest.mark.parametrize("fault", SUBJECTS)
def test_subjects_that_cannot_be_used(fault: str, forks: Callable[[str], Forks], tmp_path: Path) -> None:
    """Subjects that cannot be asked are refused in one line that names the file and says why, before any property."""
    source, says = SUBJECTS[fault]
    path = tmp_path / f"{fault}.py"
    path.write_text(IMPORTS + source)
    with pytest.raises(AssertionError, match=f"exit status {USAGE_ERROR}, no report"):
        forks("newest").records(tmp_path, "properties", f"--subjects={path}")
    output = (tmp_path / "output.txt").read_text()
    _assert_one_line(output, says)
    assert repr(str(path)) in output


MIXED = """
import sys
import time

SUBJECTS = {
    "Good": {"module": nn.Dense(2), "args": (X,)},
    "Misspelled": {"modul": nn.Dense(2), "args": (X,)},
    "Leaving": {"module": lambda: sys.exit(3), "args": (X,)},
    "Wrong": {"module": nn.Dense(2), "args": (X, X)},
}
"""


def test_bad_subject_costs_only_itself(forks: Callable[[str], Forks], tmp_path: Path) -> None:
    """Each that cannot be used is unsupported once, with its reason; the others are asked everything."""
    path = tmp_path / "mixed.py"
    path.write_text(IMPORTS + MIXED)
    chapter = "properties/test_subjects.py"
    found = forks("newest").records(tmp_path, chapter, f"--subjects={path}", "--hypothesis-profile", "quick")
    reasons = {name: one["reason"] for name, one in found.items() if one["outcome"] == "unsupported"}
    assert "unknown key 'modul'" in reasons.pop("subjects.init[Misspelled]")
    assert "cannot be called without arguments (SystemExit: 3)" in reasons.pop("subjects.init[Leaving]")
    assert "cannot initialise it with these 'args'" in reasons.pop("subjects.init[Wrong]")
    assert all("[none]" in name for name in reasons)
    assert len([name for name, one in found.items() if name.endswith("[Good]") and one["outcome"] == "passed"]) > 20


def test_all_mistakes_of_a_file_are_named_at_once(forks: Callable[[str], Forks], tmp_path: Path) -> None:
    """Where none can be used the line names each with its reason."""
    path = tmp_path / "bad.py"
    path.write_text(IMPORTS + MIXED.replace('    "Good": {"module": nn.Dense(2), "args": (X,)},\n', ""))
    with pytest.raises(AssertionError, match=f"exit status {USAGE_ERROR}, no report"):
        forks("newest").records(tmp_path, "properties", f"--subjects={path}")
    output = (tmp_path / "output.txt").read_text()
    for says in ("subject 'Misspelled': ", "subject 'Leaving': ", "subject 'Wrong': "):
        _assert_one_line(output, says)


def test_implementation_that_hangs(forks: Callable[[str], Forks], tmp_path: Path) -> None:
    """An implementation whose first call does not end is refused in one line, within its time."""
    path = tmp_path / "hanging.py"
    path.write_text("def linen_inside_nnx(seed, x, features):\n    while True:\n        pass\n")
    with pytest.raises(AssertionError, match=f"exit status {USAGE_ERROR}, no report"):
        forks("newest").records(tmp_path, "-p", "meta_tests.support.impatient", "properties", f"--impl={path}")
    says = f"{FIRST_CALL} raises TooSlow: it takes longer than 1 s of processor time: make this call return an array"
    _assert_one_line((tmp_path / "output.txt").read_text(), says)


def test_arguments_of_other_names(forks: Callable[[str], Forks], tmp_path: Path) -> None:
    """The entry is called by position, so that its arguments may have any names, and more may have defaults."""
    path = tmp_path / "renamed.py"
    path.write_text(
        "from impl import linen_inside_nnx as reference\n\n"
        "def linen_inside_nnx(number, inputs, width, verbose=False):\n"
        "    return reference.linen_inside_nnx(number, inputs, width)\n"
    )
    named = "affine.output_is_a_jax_array_of_length_features"
    found = forks("newest").records(tmp_path, node(named), f"--impl={path}", "--hypothesis-profile", "quick")
    assert found[named]["outcome"] == "passed"


@pytest.mark.parametrize("source", ["import sys\nsys.exit(3)", "import time\ntime.sleep(100)"])
@pytest.mark.parametrize("option", ["--impl", "--subjects"])
def test_file_that_ends_the_process_or_does_not_end(
    option: str, source: str, forks: Callable[[str], Forks], tmp_path: Path
) -> None:
    """It is refused in one line, within its time."""
    path = tmp_path / "file.py"
    path.write_text(source)
    with pytest.raises(AssertionError, match=f"exit status {USAGE_ERROR}, no report"):
        forks("newest").records(tmp_path, "-p", "meta_tests.support.impatient", "properties", f"{option}={path}")
    says = "SystemExit: 3" if "exit" in source else "TooSlow: it does not end within 10 s"
    _assert_one_line((tmp_path / "output.txt").read_text(), says)


@pytest.mark.parametrize("option", ["--impl", "--subjects"])
@pytest.mark.parametrize(
    ("target", "says"), [("no_such.py", "no such file"), ("no.such.module", "No module named 'no'")]
)
def test_what_is_not_there(option: str, target: str, says: str, newest: Path) -> None:
    """A file or module that does not exist is refused in one line that names it, in a parallel run too."""
    for parallel in ((), ("-n", "2")):
        run = pytest_run(newest, "properties", f"{option}={target}", *parallel)
        assert run.returncode == USAGE_ERROR
        _assert_one_line(run.stdout, says)
        assert repr(target) in run.stdout


def test_chapter_that_cannot_be_imported(newest: Path, tmp_path: Path) -> None:
    """pytest shows its error, in a parallel run too."""
    chapter = tmp_path / "test_broken.py"
    chapter.write_text("import no_such_module\n")
    for parallel in ((), ("-n", "2")):
        run = pytest_run(newest, node("affine.bias_starts_at_zero"), str(chapter), "-c", "pyproject.toml", *parallel)
        assert run.returncode in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.TESTS_FAILED}
        assert "No module named 'no_such_module'" in run.stdout
        assert "INTERNALERROR" not in run.stdout


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
        path.write_text("def linen_inside_nnx(seed, x, features):\n    return x[:2] if seed == 0 else None.shape\n")
        pytest_run(newest, node(named), "--report", str(report), *options, IMPL=str(path))
        assert records_of(report)[named]["outcome"] == outcome


def test_report_that_cannot_be_written_is_found_before_the_run(newest: Path, tmp_path: Path) -> None:
    """A folder, and a place below a file, are refused in one line; so is a report of nothing but a collection."""
    (tmp_path / "file").write_text("")
    for place, says in ((tmp_path, "it is a folder"), (tmp_path / "file" / "report.json", "is no folder")):
        run = pytest_run(newest, node("affine.bias_starts_at_zero"), "--report", str(place))
        assert run.returncode == USAGE_ERROR
        _assert_one_line(run.stdout, says)
    run = pytest_run(newest, "properties", "--collect-only", "--report", str(tmp_path / "report.json"))
    assert run.returncode == USAGE_ERROR
    _assert_one_line(run.stdout, "--collect-only runs no property")


def test_report_that_cannot_be_written_in_the_end_loses_no_outcome(newest: Path, tmp_path: Path) -> None:
    """Failures and counts are printed all the same, then the file's name; the exit code is not that of a failure."""
    report, faulty = tmp_path / "folder" / "report.json", tmp_path / "faulty.py"
    faulty.write_text(
        "from pathlib import Path\n\n"
        "def linen_inside_nnx(seed, x, features):\n"
        f"    seed and Path({str(report.parent)!r}).write_text('')\n"
        "    return x * 0\n"
    )
    run = pytest_run(
        newest,
        node("affine.output_is_a_jax_array_of_length_features"),
        "-n",
        "0",
        f"--impl={faulty}",
        "--report",
        str(report),
    )
    assert run.returncode == USAGE_ERROR
    assert "1 failed" in run.stdout
    assert "falsifying example: " in run.stdout
    assert f"ERROR: {report}: {report.parent} is no folder; the report is not written" in run.stdout
    assert "Traceback" not in run.stdout


def test_older_report_does_not_outlive_a_run_that_hangs(newest: Path, tmp_path: Path) -> None:
    """Where the time limit ends the whole process, no report of an earlier run stands for it."""
    report, hanging = tmp_path / "report.json", tmp_path / "hanging.py"
    hanging.write_text(
        "import time\n\ndef linen_inside_nnx(seed, x, features):\n    time.sleep(100 * (seed != 0))\n    return x\n"
    )
    report.write_text("{}")
    options = ("-n", "0", "--timeout", "3", f"--impl={hanging}", "--report", str(report))
    run = pytest_run(newest, node("affine.zero_input_gives_the_bias"), *options)
    assert run.returncode not in (0, USAGE_ERROR)
    assert not report.exists()


MODULES = {
    "impl/__init__.py": "",
    "impl/layers.py": "from flax import linen as nn\nfrom . import widths\nEncoder = nn.Dense\nWIDTH = widths.WIDTH",
    "impl/widths.py": "WIDTH = 2",
    "reports.py": "import impl.layers as layers\nDecoder = layers.Encoder",
    "conftest.py": "RATE = 0.5",
    "properties/data.csv": "",
}
USERS = """
import impl.widths
import reports
from conftest import RATE
from impl import layers
from impl.layers import Encoder
from impl.linen_inside_nnx import linen_inside_nnx
from properties import findings

SUBJECTS = {
    "encoder": {"module": Encoder(impl.widths.WIDTH), "args": (X,)},
    "decoder": {"module": reports.Decoder(layers.WIDTH), "args": (X * RATE,)},
}
"""


def test_modules_with_the_names_of_the_suites_are_the_users(newest: Path, tmp_path: Path) -> None:
    """In a file of the user's; what such a module lacks is the suite's."""
    for name, source in MODULES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    (tmp_path / "mine.py").write_text(IMPORTS + USERS)
    mine, nodes = str(tmp_path / "mine.py"), (node("subjects.init"), node("migration.jit"))
    options = (*nodes, "--hypothesis-profile", "quick")
    run = pytest_run(newest, *options, f"--subjects={mine}", PYTHONPATH=f"{ROOT}:{tmp_path}")
    assert "3 passed" in run.stdout, run.stdout
    run = pytest_run(newest, *options, "--subjects", mine, PYTHONPATH=f"{ROOT}:{tmp_path}")
    assert run.returncode == USAGE_ERROR
    _assert_one_line(
        run.stdout, f"{tmp_path / 'conftest.py'} takes part in this run: name the file beside it in one word"
    )
