"""Every failing property yields one file that shows the defect without this suite."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support import settled
from meta_tests.support.environments import NEWEST, NoPython, python_of
from meta_tests.support.programs import Programs
from meta_tests.support.rejections import FAULTY, rejected_by
from meta_tests.support.runs import ROOT, Forks, environment, node
from properties.findings import all_findings, finding_of
from reports.errors import CannotTell
from reports.gate.environments import find_python
from reports.plugin.reproducers.old_formatting import OldFormatting
from reports.plugin.reproducers.reproducer import Asked, AskedModel, Shown, reproducer

VERSIONS, SENTENCE = "flax 0.0, jax 0.0", "It holds."
MOST_LINES = 126
# Some have a whole model in them, with what compares its variables; Flax itself brings optax and Orbax.
MOST_LINES_WITH_A_MODEL = 312
WITH_A_MODEL = ("test_subjects", "test_models", "test_migration", "test_state")
# Where the program begins, at the latest; before that of a model its file is named and imported.
FIRST_LINES, FIRST_LINES_OF_A_MODEL = 30, 33
ALLOWED = {*sys.stdlib_module_names, "jax", "flax", "numpy", "optax", "orbax"}
SUBJECT, MODEL = Asked("impl.subjects", "Sowing"), AskedModel("my_models", "Mine")

# What Hypothesis shows of arguments, by their names; any other is a number.
_CALL = "Call(seed=0.0, x=[1.5], features=1.0)"
SHOWN = {
    "call": _CALL,
    "first": "Call(seed=-1.0, x=[0.0] * 5, features=5.9)",
    "second": "Call(seed=2.0, x=list([1.5, -0.0]), features=1.0)",
    "pair": f"({_CALL},\n      Call(seed=9007199254740992.0, x=np.float64([nan, -inf, 1e-45]), features=1.0))",
    "device": "CpuDevice(id=3)",
    "x": "Array([[1. , 0.5]], dtype=float32)",
    "features": "nan",
    "wrong": "''",
    "shape": "(1, 1)",
    "lengths": "[1, 4, 8, 65]",
    "program": 'Program("""\nx = jnp.ones(2)\nwith bridged():\n    y = x\nassert_same(y, x)\n""")',
    "transform": "Transform(make=vmap, needs=('nnx.vmap(graph)',), mode={'graph': False}, stacked=3, has_rngs=True)",
}
FIXTURES = ("impl", "observe", "other_process", "subject", "model")


def _properties() -> Iterator[tuple[Path, str, str, Asked | AskedModel | None]]:
    """The file, name and arguments of each property, and the subject or the model that it is asked of."""
    for path in sorted((ROOT / "properties").glob("test_*.py")):
        for function in ast.parse(path.read_text()).body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                named = [argument.arg for argument in function.args.args]
                drawn = "\n".join(f"{name}={SHOWN.get(name, 1)}" for name in named if name not in FIXTURES)
                asked = SUBJECT if "subject" in named else MODEL if "model" in named else None
                yield path, function.name, drawn, asked


def made(
    path: Path, name: str, arguments: str, implementation: str | None = None, asked: Asked | AskedModel | None = None
) -> str:
    """The reproducer of a property of this file that failed with these arguments."""
    subject, model = (asked, None) if isinstance(asked, Asked) else (None, asked)
    shown = Shown(
        path, name, arguments, VERSIONS, SENTENCE, implementation=implementation, subject=subject, model=model
    )
    return reproducer(ROOT, shown)


def _imported(text: str) -> set[str]:
    found = set()
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, ast.Import):
            found |= {alias.name.split(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            found.add(str(statement.module).split(".")[0])
    return found


PROPERTIES = list(_properties())


@cache
def _made(path: Path, name: str, arguments: str, asked: Asked | AskedModel | None) -> str:
    """The reproducer of a property for these arguments."""
    return made(path, name, arguments, None, asked)


@pytest.mark.parametrize(("path", "name", "arguments", "asked"), PROPERTIES, ids=[name for _, name, *_ in PROPERTIES])
def test_every_property_stands_alone(path: Path, name: str, arguments: str, asked: Asked | AskedModel | None) -> None:
    """What is made of a property compiles, is short, needs Flax and what it brings, and says on what it failed.

    One of a model's also needs the file of a user's that lists the model.
    """
    text = _made(path, name, arguments, asked)
    compile(text, name, "exec")
    assert "cannot be made" not in text, text
    docstring = ast.get_docstring(ast.parse(text)) or ""
    assert docstring.startswith(f"Expected: {SENTENCE}")
    assert f"It failed on {VERSIONS}." in docstring
    definitions = [one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef | ast.ClassDef)]
    first = FIRST_LINES_OF_A_MODEL if asked is MODEL else FIRST_LINES
    assert (definitions[0].name, definitions[0].lineno <= first) == ("main", True), "the program comes first"
    assert _imported(text) <= ALLOWED | ({MODEL.listed} if asked is MODEL else set())
    assert "\n@cached_property" not in text, "outside of a class it is always true"
    assert len(text.splitlines()) <= (MOST_LINES_WITH_A_MODEL if path.stem in WITH_A_MODEL else MOST_LINES)


_COMPILES = "import json, sys; [compile(text, name, 'exec') for name, text in json.load(sys.stdin)]"


@pytest.mark.parametrize("minor", ["3.11", "3.12", "3.13"])
def test_programs_are_python_of_every_release(minor: str) -> None:
    """What one Python makes of a property, and the witness of a finding, another reads."""
    try:
        python = find_python(minor)
    except CannotTell as reason:
        pytest.skip(str(reason))
    reproducers = [(one[1], _made(*one)) for one in PROPERTIES]
    programs = json.dumps([*reproducers, *((one.name, one.witness) for one in all_findings())])
    compiled = [str(python), "-c", _COMPILES]
    done = subprocess.run(compiled, input=programs, capture_output=True, text=True, check=False)
    assert not done.stderr


_MADE = """
import sys
from pathlib import Path
from reports.plugin.reproducers.reproducer import Shown, reproducer

path = Path("properties/test_affine.py").resolve()
call = "call=Call(seed=0.0, x=[1.5], features=1.0)"
sys.stdout.write(reproducer(Path.cwd(), Shown(path, "test_bias_starts_at_zero", call, "flax 0.0", "It holds.")))
"""


@pytest.mark.parametrize("seed", ["0", "7", "random"])
def test_hash_seed_of_the_run_is_that_of_the_reproducer(seed: str, tmp_path: Path) -> None:
    """A reproducer runs with the PYTHONHASHSEED of the run that failed, or says that Python drew one."""
    run = {**environment(), "PYTHONHASHSEED": seed}
    made = subprocess.run([sys.executable, "-c", _MADE], cwd=ROOT, env=run, capture_output=True, text=True, check=True)
    head = (
        made.stdout.partition('os.environ.setdefault("JAX')[0] + "print(os.environ.get('PYTHONHASHSEED'), hash('a'))\n"
    )
    file = tmp_path / "head.py"
    file.write_text(head)
    other = {**environment(), "PYTHONHASHSEED": "3"}
    outputs = [
        subprocess.run([sys.executable, file, "argument"], env=env, capture_output=True, text=True, check=True).stdout
        for env in (run, other)
    ]
    if seed == "random":
        assert "PYTHONHASHSEED was not set there" in " ".join(made.stdout.split())
        assert outputs[0] != outputs[1]
    else:
        assert outputs[0] == outputs[1]
        assert outputs[0].startswith(f"{seed} ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f'{x!r}'", "f'{x!r}'"),
        ("""f'{x or "no"} {{'""", "'{} {{'.format(x or 'no')"),
        ("""f'{x["a"]!r:>{w}}'""", "'{!r:>{}}'.format(x['a'], w)"),
        ("""f'{f"{x}"}'""", "'{}'.format(f'{x}')"),
    ],
)
def test_strings_within_strings_are_formatted(text: str, expected: str) -> None:
    """An f-string is one still, unless there is a string in one of its expressions."""
    assert ast.unparse(ast.fix_missing_locations(OldFormatting().visit(ast.parse(text)))) == expected


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [("call=<Call at 0x7f>", "BadExample: SyntaxError"), ("", "nothing tells which call fails")],
)
def test_what_cannot_stand_alone_says_why(arguments: str, reason: str, tmp_path: Path) -> None:
    """A file that only says why is made where the arguments are unknown or no expression; it has its own status."""
    path = ROOT / "properties" / "test_affine.py"
    text = made(path, "test_bias_starts_at_zero", arguments)
    run = _run(Path(sys.executable), text, tmp_path)
    assert run.returncode == 2
    assert f"test_bias_starts_at_zero cannot be made to stand alone: {reason}" in run.stdout


def _run(python: Path, text: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run the file where nothing of this suite is found."""
    file = directory / "reproducer.py"
    file.write_text(text)
    return subprocess.run(
        [str(python), file.name], cwd=directory, env=environment(), capture_output=True, text=True, check=False
    )


# One for each way in which a property can fail or be called, but for threads, whose races one call may not lose:
# values, exceptions, a fresh process, traces,
# several devices, arrays of NumPy and of other types, pairs of calls, an x that is none, and no arguments.
REPRESENTATIVE = [
    "first_call_initialises",
    "first_shard_only",
    "harmed_by_a_bad_call",
    "input_overwritten",
    "kernel_uniform",
    "matrix_flattened",
    "model_cached_by_shape",
    "no_array_counts_as_ones",
    "output_in_dtype_of_x",
    "output_on_the_first_device",
    "precision_toggled",
    "seed_hashed",
]

FAULTS = {path.stem: path for path in FAULTY}

# The failure takes what earlier calls left behind, which one call does not repeat.
NEED_EARLIER_CALLS = ["every_17th_call_wrong", "model_cached_without_features", "one_model_kept"]


def _reproducers(forks: Forks, named: str, directory: Path) -> tuple[str, str]:
    """The reproducer of a faulty implementation's failure, and the same for the reference."""
    path = FAULTS[named]
    property_id = rejected_by(path)
    failure = forks.records(directory, node(property_id), "--impl", str(path))[property_id]["failure"]
    file, _, name = node(property_id).partition("::")
    of_reference = made(ROOT / file, name, failure["falsifying_example"] or "")
    return _beside_the_suite(failure["reproducer"]), of_reference


def _beside_the_suite(text: str) -> str:
    """The program where the suite is found, because the faulty implementations import it."""
    return text.replace("import os\n", f"import os\nimport sys\nsys.path.append({str(ROOT)!r})\n", 1)


def _faulty(named: str) -> Any:
    digest = settled.digest(settled.plugin_and_properties(), FAULTS[named].read_text("utf-8"), NEWEST)
    return pytest.param(named, marks=pytest.mark.settled(digest))


@pytest.fixture(scope="module")
def programs(newest: Path) -> Iterator[Programs]:
    started = Programs(newest)
    yield started
    started.close()


@pytest.mark.parametrize("named", map(_faulty, REPRESENTATIVE))
def test_fault_is_shown_again(named: str, programs: Programs, forks: Callable[[str], Forks], tmp_path: Path) -> None:
    """The reproducer of a failure fails with the implementation that failed, and holds with the reference."""
    of_fault, of_reference = _reproducers(forks("newest"), named, tmp_path)
    program = tmp_path / "reproducer.py"
    program.write_text(of_fault)
    status, output = programs.run(program)
    assert status == 1
    assert "Error: " in output
    program.write_text(of_reference)
    status, output = programs.run(program)
    assert (status, output[-6:]) == (0, "holds\n"), output


@pytest.mark.parametrize("named", map(_faulty, NEED_EARLIER_CALLS))
def test_fault_of_earlier_calls_is_not_shown(
    named: str, programs: Programs, forks: Callable[[str], Forks], tmp_path: Path
) -> None:
    """A reproducer whose failure took what earlier calls left behind claims nothing: it holds."""
    of_fault, _ = _reproducers(forks("newest"), named, tmp_path)
    program = tmp_path / "reproducer.py"
    program.write_text(of_fault)
    status, output = programs.run(program)
    assert (status, output[-6:]) == (0, "holds\n"), output


RELEASE = NEWEST.removeprefix("flax")
EXAMPLES = [(one, name, example.strip()) for one in all_findings() for name, example in one.examples.items()]
PROGRAMS = [
    name
    for one, name, example in EXAMPLES
    if finding_of(name, RELEASE) is one and example.startswith("program=Program(")
]
# Of each property with a transform, one that is known to fail.
_TRANSFORMED = [name for one in all_findings() for fails in one.fails for name in fails.shown_by if "under[" in name]
UNDER_TRANSFORMS = {
    name.partition("[")[0]: name for name in _TRANSFORMED if "*" not in name and finding_of(name, RELEASE)
}
KNOWN = [*PROGRAMS, *UNDER_TRANSFORMS.values()]
HISTORIES = {name: example for _, name, example in EXAMPLES if name.startswith("histories.")}


@pytest.fixture(scope="module")
def of_known_failures(forks: Callable[[str], Forks], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The reproducer of each known failure, from a run of all."""
    records = forks("newest").records(tmp_path_factory.mktemp("known"), *map(node, KNOWN))
    return {name: record["failure"]["reproducer"] for name, record in records.items() if record["failure"]}


def _known(named: str) -> Any:
    # What is known of it is part of the suite.
    digest = settled.digest(settled.plugin_and_properties(), NEWEST)
    return pytest.param(named, marks=pytest.mark.settled(digest))


@pytest.mark.parametrize("named", map(_known, KNOWN))
def test_known_failure_fails_alone(
    named: str, newest: Path, programs: Programs, of_known_failures: dict[str, str], tmp_path: Path
) -> None:
    """What is made of a known failure is short, and fails alone with the exception that is known."""
    if NEWEST not in newest.parts:
        pytest.skip(f"this machine has no Python for {NEWEST}")
    finding, program = finding_of(named, RELEASE), tmp_path / "reproducer.py"
    expected = finding.failure(named, RELEASE) if finding else None
    program.write_text(of_known_failures[named])
    status, output = programs.run(program)
    assert (status, expected is not None and expected.exception in output) == (1, True), output
    assert len(program.read_text().splitlines()) <= MOST_LINES_WITH_A_MODEL


@pytest.mark.parametrize("named", HISTORIES)
def test_history_is_its_own_reproducer(named: str) -> None:
    """What is made of a history needs nothing but the history, whatever else the property is asked for."""
    file, _, name = node(named.partition("[")[0]).partition("::")
    text = made(ROOT / file, name, HISTORIES[named])
    compile(text, name, "exec")
    assert "cannot be made" not in text, text


UNSTEADY = """
import itertools

import jax.numpy as jnp
from flax import linen as nn

CALLS = itertools.count()


class Unsteady(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(2)(x) + next(CALLS)


MODULES = {"one": Unsteady(), "two": nn.Dense(2)}
SUBJECTS = {name: {"module": module, "args": (jnp.ones((1, 2)),)} for name, module in MODULES.items()}
"""


@pytest.mark.parametrize(("name", "status"), [("one", 1), ("two", 0)])
def test_fault_of_a_users_subject_is_shown_again(name: str, status: int, programs: Programs, tmp_path: Path) -> None:
    """The reproducer of a user's subject has it from his file, where that is no literal too."""
    subjects, program = tmp_path / "mine.py", tmp_path / "reproducer.py"
    subjects.write_text(UNSTEADY)
    path = ROOT / "properties" / "test_subjects.py"
    program.write_text(made(path, "test_call", "seed=0", None, Asked(str(subjects), name)))
    found, output = programs.run(program)
    assert found == status, output
    assert ("AssertionError: the output" in output) == (status == 1)


def test_subjects_of_a_module_are_imported() -> None:
    """Of subjects that are named as a module, the reproducer says that it needs the module."""
    path = ROOT / "properties" / "test_subjects.py"
    text = made(path, "test_call", "seed=0", None, Asked("acme.layers", "block"))
    assert "It needs the module acme.layers, which has the subject." in text
    assert "from acme.layers import SUBJECTS" in text
    assert "subject = Subject(**SUBJECTS['block'])" in text


@pytest.mark.parametrize(("release", "status"), [("flax0.10.4", 1), ("flax0.10.5", 0)])
def test_real_defect_is_shown_where_it_is(release: str, status: int, session_path: Path, tmp_path: Path) -> None:
    """Flax 0.10.4 gives two layers of one Rngs the same kernel, and 0.10.5 does not."""
    try:
        python = python_of(release, session_path)
    except NoPython as reason:
        pytest.skip(str(reason))
    path = ROOT / "properties" / "test_lazy_init.py"
    call = "call=Call(seed=0.0, x=[1.5], features=5.0)"
    run = _run(python, made(path, "test_children_of_one_rngs_differ", call), tmp_path)
    assert run.returncode == status, run.stderr
    assert ("both layers have the same kernel" in run.stderr) == (status == 1)
