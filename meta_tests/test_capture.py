"""``capture``: programs run as they would alone, and their files are used as they are written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment, pytest_run
from reports.capture.uses import uses_of

PROGRAMS = ROOT / "meta_tests" / "captured_programs"
OURS = "python -m reports: "
Done = subprocess.CompletedProcess[str]
Capture = Callable[..., Done]

# What each program is seen to do: its subjects, its models, and topics that it uses.
SEEN = {
    "guide": (
        {"Dense", "Dense_2", "Autoencoder", "Counter", "LayerNorm", "Dropout"},
        {"Block"},
        {"sharding", "metadata", "mutable state", "randomness"},
    ),
    "training": ({"ConvBlock", "ConvBlock_2"}, {"Classifier"}, {"mutable state", "randomness", "transforms"}),
    "policy": ({"Tower", "Tower_2"}, {"Policy.compute_loss", "Policy.sample_actions"}, {"transforms"}),
}
LOADED = """
import json
from pathlib import Path
from impl.loading import load_models, load_subjects

def told(found):
    return [sorted(found.usable), {**found.refused, **{name: one.reason for name, one in found.broken.items()}}]

print(json.dumps([told(load("captured.py")) for load in (load_subjects, load_models)]))
"""
LAYER = """
import os, signal, subprocess, sys, threading
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

def layer(size):
    return bridge.ToNNX(nn.Dense(size), rngs=nnx.Rngs(0)).lazy_init(jnp.ones((2, 3)))

def abstract(size):
    nnx.eval_shape(lambda: layer(size))

"""
FORKING = """
pid = os.fork()
if pid:
    os.waitpid(pid, 0)
else:
    abstract(2)
    os._exit(0)
"""
STARTING = """
if len(sys.argv) < 2:
    subprocess.run([sys.executable, __file__, "again"], check=True)
else:
    abstract(3)
"""
# How a program ends, its exit code, and the layers that are seen nevertheless.
ENDINGS = {
    "raises": ("layer(1)\nraise ValueError('boom')", 1, {"1"}),
    "exits": ("layer(1)\nsys.exit(7)", 7, {"1"}),
    "leaves at once": ("layer(1)\nos._exit(9)", 9, {"1"}),
    "is killed": ("layer(1)\nos.kill(os.getpid(), signal.SIGKILL)", 137, {"1"}),
    "forks": (FORKING, 0, {"2"}),
    "threads": (
        "abstract(1)\nthread = threading.Thread(target=abstract, args=(2,))\nthread.start()\nthread.join()",
        0,
        {"1", "2"},
    ),
    "starts another": (STARTING, 0, {"3"}),
}


@pytest.fixture
def capture(newest: Path, tmp_path: Path) -> Capture:
    """``capture("program.py", …)``: run a program of the folder under the command."""

    def run(*arguments: str, options: tuple[str, ...] = (), **changes: str) -> Done:
        command = [sys.executable, "-m", "reports", "capture", *options, "--", str(newest), *arguments]
        return _run(command, tmp_path, PYTHONPATH=str(ROOT), **changes)

    return run


def _run(command: list[str], folder: Path, **changes: str) -> Done:
    return subprocess.run(
        command, cwd=folder, env=environment(**changes), capture_output=True, text=True, check=False, timeout=300
    )


def _without_ours(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(OURS))


def _modules(folder: Path) -> set[str]:
    lines = (folder / "captured.py").read_text("utf-8").splitlines()
    return {line.split("nn.Dense(")[1].split(")")[0] for line in lines if "'module': nn.Dense(" in line}


@pytest.mark.parametrize("program", SEEN)
def test_program_runs_as_alone_and_its_file_is_accepted(
    program: str, newest: Path, capture: Capture, tmp_path: Path
) -> None:
    """Output and exit code are the program's; the suite takes each subject and model as it is written."""
    script = str(PROGRAMS / f"{program}.py")
    done, alone = capture(script), _run([str(newest), script], tmp_path)
    assert (done.returncode, done.stdout, _without_ours(done.stderr)) == (0, alone.stdout, alone.stderr)
    loaded = _run([str(newest), "-c", LOADED], tmp_path, PYTHONPATH=str(ROOT))
    subjects, models, topics = SEEN[program]
    assert json.loads(loaded.stdout) == [[sorted(subjects), {}], [sorted(models), {}]], loaded.stderr
    assert topics <= set(uses_of(str(tmp_path / "captured.py")))


@pytest.mark.thorough
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("program", SEEN)
def test_captured_programs_raise_no_alarm(program: str, newest: Path, capture: Capture, tmp_path: Path) -> None:
    """No property fails for what is captured."""
    assert capture(str(PROGRAMS / f"{program}.py")).returncode == 0
    for kind in ("subjects", "models"):
        options = (f"--{kind}", str(tmp_path / "captured.py"), "--hypothesis-profile", "quick", "-n", "0")
        run = pytest_run(newest, f"properties/test_{kind}.py", *options)
        assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_seen_is_written_however_a_program_ends(ending: str, capture: Capture, tmp_path: Path) -> None:
    """With the exit code of the program."""
    source, code, layers = ENDINGS[ending]
    (tmp_path / "program.py").write_text(LAYER + source + "\n")
    done = capture("program.py")
    assert (done.returncode, _modules(tmp_path)) == (code, layers), done.stderr


def test_traceback_is_that_of_the_program(newest: Path, capture: Capture, tmp_path: Path) -> None:
    """A layer that raises inside a model shows no frame that is not there otherwise."""
    (tmp_path / "program.py").write_text(LAYER + "layer(2)(jnp.ones((2, 4)))\n")
    alone, done = _run([str(newest), "program.py"], tmp_path), capture("program.py")
    assert _without_ours(done.stderr) == alone.stderr
    assert "ScopeParamShapeError" in alone.stderr


BAD = {
    "nothing": ([], 2, "capture: no program; write it after --, as in: capture -- python train.py"),
    "no command": (["no_such_program"], 2, "no_such_program: No such file or directory; write the program as you type"),
    "no Python": (["ls"], 3, "ls started no Python that could be watched: leave out -I, -E and -S"),
    "isolated": (["{python}", "-I", "-c", "1"], 3, "started no Python that could be watched: leave out -I, -E and -S"),
    "no bridge": (["{python}", "-c", "1"], 3, "did not import flax.nnx.bridge: run a program that does"),
    "no layer": (["{python}", "-c", "from flax.nnx import bridge"], 3, "wrapped no Linen module with bridge.ToNNX"),
    "fails": (["{python}", "-c", "import sys; sys.exit(5)"], 5, "did not import flax.nnx.bridge: run a program that"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_input_is_one_line(bad: str, newest: Path, tmp_path: Path) -> None:
    """With a remedy and an exit code, and no file."""
    program, code, line = BAD[bad]
    command = [sys.executable, "-m", "reports", "capture", "--", *(one.format(python=newest) for one in program)]
    done = _run(command, tmp_path, PYTHONPATH=str(ROOT))
    said = done.stderr.splitlines()
    assert (done.returncode, len(said), line in said[-1]) == (code, 1, True), done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("there.py", "there.py: it is there already; move it, choose another place with -o, or add --force"),
        ("file.txt", "-o file.txt: not a Python file; give it a name that ends in .py"),
        ("there.py/captured.py", "there.py is no folder; choose another place"),
    ],
)
def test_place_that_cannot_be_written_is_refused_before_the_program_runs(
    output: str, line: str, capture: Capture, tmp_path: Path
) -> None:
    """A file that is there may have been edited."""
    (tmp_path / "there.py").write_text("kept = 1\n")
    done = capture("-c", "print('ran')", options=("-o", output))
    assert (done.returncode, done.stdout) == (2, "")
    assert line in done.stderr
    assert (tmp_path / "there.py").read_text() == "kept = 1\n"


def test_users_own_sitecustomize_runs(newest: Path, tmp_path: Path) -> None:
    """It is imported as without the command, and the recorder is not on the path."""
    own = tmp_path / "sitecustomize.py"
    own.write_text("print('mine')\n")
    source = "import sys, sitecustomize; print(sitecustomize.__file__, any('startup' in one for one in sys.path))"
    command = [sys.executable, "-m", "reports", "capture", "--", str(newest), "-c", source]
    done = _run(command, tmp_path, PYTHONPATH=os.pathsep.join([str(ROOT), str(tmp_path)]))
    assert done.stdout.splitlines()[-2:] == ["mine", f"{own} False"]


UNWRITABLE = """
class Odd:
    def __init__(self):
        self.inside = object

class Scaled(nn.Module):
    odd: object
    scale: object = None
    @nn.compact
    def __call__(self, x):
        return nn.Dense(2)(x)

def wrap(module):
    bridge.ToNNX(module, rngs=nnx.Rngs(0)).lazy_init(jnp.ones((2, 3)))(jnp.ones((2, 3)))

if __name__ == "__main__":
    import decimal
    wrap(Scaled(decimal.Decimal("0.5")))
    wrap(Scaled(None, scale=lambda x: x))
    def make():
        class Local(nn.Module):
            @nn.compact
            def __call__(self, x):
                return x
        return Local()
    wrap(make())
"""


def test_what_has_no_source_is_pickled_or_named(newest: Path, capture: Capture, tmp_path: Path) -> None:
    """A value beside the file; a local class and a lambda in a line each, with a remedy."""
    (tmp_path / "program.py").write_text(LAYER + UNWRITABLE)
    done = capture("program.py")
    assert "captured.pickle: 1 values that have no form as source, pickled" in done.stderr
    assert "`make.<locals>.Local` is defined inside the function `make`; move it to the top of a module" in done.stderr
    assert "<lambda>` is defined nowhere at the top of a module; move it to the top of a module" in done.stderr
    text = (tmp_path / "captured.py").read_text()
    assert "captured.pickle holds 1 values" in text
    assert text.count("# Not captured: ") == 2
    read = "import captured; print(captured.SUBJECTS['Scaled']['module'].odd)"
    assert _run([str(newest), "-c", read], tmp_path).stdout == "0.5\n"


SURGERY = """
class Inner(nnx.Module):
    def __init__(self, rngs):
        self.layer = bridge.ToNNX(nn.Dense(2), rngs=rngs)

    def __call__(self, x):
        return self.layer(x)

class Wrapper(nnx.Module):
    def __init__(self):
        self.rate = 1.0

    def __call__(self, x):
        return self.inside(x) * self.rate

inner, wrapper = bridge.lazy_init(Inner(nnx.Rngs(0)), jnp.ones((2, 3))), Wrapper()
wrapper.inside, wrapper.rate = LATE(inner), 2.0
wrapper.inside = wrapper.inside
wrapper(jnp.ones((2, 3)))
nnx.jit(lambda model, x: model(x))(wrapper, jnp.ones((2, 3)))
"""


@pytest.mark.parametrize("late", ["", "nnx.data"])
def test_layers_that_come_after_the_construction_are_named(late: str, capture: Capture, tmp_path: Path) -> None:
    """The file repeats constructors; what was made by one is written."""
    (tmp_path / "program.py").write_text(LAYER + SURGERY.replace("LATE", late))
    capture("program.py")
    text = (tmp_path / "captured.py").read_text()
    (named,) = (line for line in text.splitlines() if line.startswith("# Not captured: "))
    assert named.endswith(
        "`Wrapper.inside`: it is set after its construction, with bridged layers inside; set it in the constructor"
    )
    assert "lambda rngs: Inner(rngs)" in text


def test_tests_under_pytest(newest: Path, tmp_path: Path) -> None:
    """The plugin writes the same file with workers and without, and leaves a file alone that is there."""
    (tmp_path / "test_layers.py").write_text((PROGRAMS / "tests_of_layers.py").read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    pytest_ = [str(newest), "-m", "pytest", "-q", "-p", "reports.installed.capture", "-p", "no:cacheprovider"]
    texts = []
    for name, workers in (("captured.py", "0"), ("other.py", "2")):
        done = _run([*pytest_, "-n", workers, "--captured", name], tmp_path, PYTHONPATH=str(ROOT))
        assert (done.returncode, "4 passed" in done.stdout) == (0, True), done.stdout + done.stderr
        texts.append((tmp_path / name).read_text("utf-8"))
    assert texts[0].partition("SUBJECTS")[2] == texts[1].partition("SUBJECTS")[2]
    assert "Stack(3, 5, rngs)" in texts[0]
    again = _run([*pytest_, "-n", "0"], tmp_path, PYTHONPATH=str(ROOT))
    assert (again.returncode, "captured.py is there already" in again.stderr) == (4, True), again.stderr
