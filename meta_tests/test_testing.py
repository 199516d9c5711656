"""``nnx_bridge.testing`` in a user's own pytest run, from the wheel, without options and plugins of the suite."""

import inspect
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import hypothesis
import pytest

from meta_tests.support.figures import generic_properties
from meta_tests.support.runs import ROOT, environment
from meta_tests.support.unpacked import unpack_wheel
from reports.installed import strategies
from reports.installed.asking import SETTINGS
from reports.installed.testing import parametrize_with_properties

# The user's files: what they share, and one file for each question, run together to import jax once.
MINE = """
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Block(nn.Module):
    @nn.compact
    def __call__(self, x, train=False):
        return nn.BatchNorm(use_running_average=not train)(nn.Dense(4)(x))


class Hybrid(nnx.Module):
    def __init__(self, rngs):
        self.dense = bridge.ToNNX(nn.Dense(4), rngs=rngs)

    def __call__(self, x):
        return self.dense(x)


BLOCK = {"module": Block(), "args": (X,), "train": {"train": True}, "mutable": ["batch_stats"]}
HYBRID = {"model": lambda rngs: Hybrid(rngs), "args": (X,)}
"""
ASKING = """
from mine import BLOCK, HYBRID, X
from nnx_bridge.testing import parametrize_with_properties


@parametrize_with_properties({described})
def test_bridge(run):
    run()
"""
ONE_BY_ONE = {
    "failing": (
        "{'block': BLOCK}",
        "state.mutable_call_keeps_variables",
    ),
    "accepted": (
        "{'block': BLOCK}, accepted_findings={'mutable_call_replaces_variables': 'we keep none'}",
        "state.mutable_call_keeps_variables",
    ),
    "strict": (
        "{'block': BLOCK}, expected_failures={'state.view_sees_mutable_calls-block': 'no views', "
        "'subjects.call-block': 'wrong'}",
        "state.view_sees or subjects.call-",
    ),
    "unusable": (
        "{'bad': {'module': 3, 'args': (X,)}, 'broken': {'model': lambda rngs: 1 / 0, 'args': (X,)}, 'hybrid': HYBRID}",
        "bad or broken or models.same_seed",
    ),
    "misspelt": ("{'block': BLOCK}, expected_failures={'subjects.cal-block': ''}", ""),
}
SETTINGS_KEPT = """
import pytest
from hypothesis import settings

settings.register_profile("mine", max_examples=7, derandomize=False, deadline=1, database=None)
settings.load_profile("mine")
BEFORE = repr(settings())

from mine import BLOCK
from nnx_bridge.testing import parametrize_with_properties


@pytest.mark.filterwarnings("error")
@parametrize_with_properties({"block": BLOCK})
def test_bridge(run):
    assert run.examples == 2
    run()
    assert repr(settings()) == BEFORE
"""
OWN_PROPERTIES = '''
import pytest
from flax.nnx import bridge
from hypothesis import given, settings
from nnx_bridge.testing import LinenProgram, linen_programs, models, subjects

PARTITIONED = """
class Block(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(3, kernel_init=nn.with_partitioning(nn.initializers.ones, (None, "data")))(x)

x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
linen, layer = Block(), bridge.ToNNX(Block(), rngs=nnx.Rngs(0))

with mesh(["data"]):
    with bridged():
        raise RuntimeError("a step, which is not taken")
"""
NAMES = set()


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(linen_programs())
def test_programs(program):
    program.run()
    with program.opened() as module:
        bridge.lazy_init(module.layer, module.x)
        assert module.layer(module.x).shape[0] == module.x.shape[0]


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(subjects(), models())
def test_listed(subject, model):
    NAMES.add(subject.name)
    with subject.in_mesh():
        layer = bridge.ToNNX(subject.linen(), rngs=subject.rngs(0))
        bridge.lazy_init(layer, *subject.first_args, **subject.first_kwargs)
        layer(*subject.args, **subject.training_call)
        layer(*subject.args, **subject.plain_call)
    with model.in_mesh():
        built = model.initialised(3)
        built(*model.args, **model.training_call)
        built(*model.args, **model.plain_call)


def test_many_were_drawn():
    assert len(NAMES) > 5


def test_program_is_opened_in_its_mesh():
    with LinenProgram(PARTITIONED).opened() as module:
        bridge.lazy_init(module.layer, module.x)
    with pytest.raises(ValueError, match="mesh context"):  # the program's own is over
        with LinenProgram(PARTITIONED.replace('with mesh(["data"]):', "if True:")).opened() as module:
            bridge.lazy_init(module.layer, module.x)
'''
# Imports the user's packages before the suite and after it.
OWN_PACKAGES = """
import properties
import reports
from mine import BLOCK, HYBRID
from nnx_bridge.testing import parametrize_with_properties


@parametrize_with_properties({"block": BLOCK, "hybrid": HYBRID})
def test_bridge(run):
    run()
    import impl
    import sys
    from reports.model import OWNER

    assert OWNER == "user of reports.model"
    assert (impl.OWNER, properties.OWNER) == ("user of impl", "user of properties")
    suite = [name for name in sys.modules if name.partition(".")[0] in ("impl", "properties", "reports")]
    assert sorted(suite) == ["impl", "properties", "reports", "reports.model"]


def test_pickle_in_another_process():
    import pickle, subprocess, sys

    from nnx_bridge.suite.impl.subject import Method

    text = pickle.dumps(Method(args=(1,)))
    program = f"import pickle; assert pickle.loads({text!r}).args == (1,)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
"""


_KEPT = "subjects.call- or subjects.jit-"


class Ran:
    """What a run of pytest printed, and the outcome of each test by its file and its parameter."""

    def __init__(self, status: int, output: str, junit: Path) -> None:
        self.status, self.output = status, output
        self._tests = list(ElementTree.parse(junit).iter("testcase"))

    def outcomes(self, file: str) -> dict[str, str]:
        """Of a user's file."""
        return {
            re.sub(r"^test_bridge\[(.*)\]$", r"\1", one.attrib["name"]): next((kind.tag for kind in one), "passed")
            for one in self._tests
            if one.attrib["classname"] == f"test_{file}"
        }

    def text(self, file: str) -> str:
        """Why tests of a user's file failed."""
        found = [one for one in self._tests if f"test_{file}" in (one.attrib["classname"], one.attrib["name"])]
        return "\n".join(f"{kind.attrib.get('message', '')}\n{kind.text}" for one in found for kind in one)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel installs."""
    return unpack_wheel(tmp_path_factory.mktemp("wheel"))


def _run(python: Path, packages: Path, folder: Path, *options: str) -> Ran:
    """Run the user's tests in his folder."""
    (folder / "mine.py").write_text(MINE)
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", f"--junit-xml={folder / 'junit.xml'}", *options]
    environ = environment(PYTHONPATH=f"{packages}:{folder}", PYTHONPYCACHEPREFIX="", PYTHONDONTWRITEBYTECODE="")
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout + done.stderr, folder / "junit.xml")


@pytest.fixture(scope="module")
def ran(newest: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of a file for each question."""
    folder, chosen = tmp_path_factory.mktemp("users"), [f"own_properties or test_settings and ({_KEPT})"]
    for name, (described, selected) in ONE_BY_ONE.items():
        (folder / f"test_{name}.py").write_text(ASKING.replace("{described}", described))
        chosen += [f"test_{name} and ({selected})"] if selected else []
    (folder / "test_settings.py").write_text(SETTINGS_KEPT)
    (folder / "test_own_properties.py").write_text(OWN_PROPERTIES)
    return _run(newest, packages, folder, "--continue-on-collection-errors", "-rx", "-k", " or ".join(chosen))


@pytest.fixture(scope="module")
def beside(newest: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run with workers in a folder that has packages with the names of the suite's."""
    folder = tmp_path_factory.mktemp("users")
    for name in ("impl", "properties", "reports"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"OWNER = 'user of {name}'\n")
    (folder / "reports" / "model.py").write_text("OWNER = 'user of reports.model'\n")
    (folder / "test_own_packages.py").write_text(OWN_PACKAGES)
    return _run(newest, packages, folder, "-n", "2", "-k", "subjects.call- or models.msgpack or pickle")


def test_users_packages_keep_their_names(beside: Ran) -> None:
    """They are imported before and after, the suite adds no such name, and ``-k`` selects in each worker."""
    outcomes = {"subjects.call-block": "passed", "models.msgpack-hybrid": "passed"}
    assert beside.outcomes("own_packages") == {**outcomes, "test_pickle_in_another_process": "passed"}, beside.output


def test_bytecode_is_not_mixed_up(beside: Ran, packages: Path) -> None:
    """Modules under nnx_bridge.suite leave no bytecode that the command would take for its own."""
    assert list((packages / "nnx_bridge").glob("__pycache__/*.pyc")), beside.output
    assert not list((packages / "nnx_bridge" / "suite").rglob("*.pyc"))


def test_failure_says_what_does_not_hold(ran: Ran) -> None:
    """The property's sentence, the seed, the line of the suite, and the finding that explains it."""
    assert ran.outcomes("failing") == {"state.mutable_call_keeps_variables-block": "failure"}
    text = ran.text("failing")
    sentence = "A mutable `ToNNX` call keeps the `nnx.Variable` objects of the layer."
    assert f"state.mutable_call_keeps_variables of 'block': {sentence}" in text
    assert "seed=1" in text
    assert re.search(r"nnx_bridge/suite/properties/test_state\.py:\d+: AssertionError", text)
    assert re.search(r"Known on Flax \S+ \(mutable_call_replaces_variables\): ", text)


def test_accepted_finding_is_an_expected_failure(ran: Ran) -> None:
    """With the user's reason and the finding's title."""
    assert ran.outcomes("accepted") == {"state.mutable_call_keeps_variables-block": "skipped"}
    assert "we keep none (A mutable `ToNNX` call replaces `nnx.Variable` objects)" in ran.text("accepted")


def test_expected_failures_are_strict(ran: Ran) -> None:
    """What holds against the expectation is red."""
    assert ran.outcomes("strict") == {
        "state.view_sees_mutable_calls-block": "skipped",
        "subjects.call-block": "failure",
    }
    assert "[XPASS(strict)] wrong" in ran.text("strict")


def test_unusable_ones_fail_alone(ran: Ran) -> None:
    """Each fails one test with its reason, and the others are asked."""
    assert ran.outcomes("unusable") == {
        "subjects.init-bad": "failure",
        "models.same_seed-broken": "failure",
        "models.same_seed-hybrid": "passed",
    }
    text = ran.text("unusable")
    assert "subject 'bad': 'module' is 3, and must be a Linen module, or a function that makes one\n" in text
    assert "model 'broken': 'model' cannot be called with an `nnx.Rngs` (ZeroDivisionError" in text


def test_misspelt_id_is_one_line(ran: Ran) -> None:
    """At the collection, with the id that is meant and without a traceback."""
    line = "expected_failures: there is no test 'subjects.cal-block'; did you mean 'subjects.call-block'?"
    assert ran.text("misspelt").splitlines() == ["collection failure", line]


def test_settings_are_the_users_and_ours_are_stated(ran: Ran) -> None:
    """A profile of the user's stays as it is, and neither it nor warnings as errors change what is asked."""
    assert ran.outcomes("settings") == {"subjects.call-block": "passed", "subjects.jit-block": "passed"}, ran.output
    known = set(inspect.signature(hypothesis.settings.__init__).parameters) - {"self", "parent"}
    assert {*SETTINGS, "max_examples"} == known


def test_strategies_make_properties_of_ones_own(ran: Ran) -> None:
    """Programs run and open in their contexts; subjects and models do what their types say."""
    assert ran.outcomes("own_properties") == dict.fromkeys(
        ("test_programs", "test_listed", "test_many_were_drawn", "test_program_is_opened_in_its_mesh"), "passed"
    ), ran.text("own_properties")


@pytest.mark.timeout(300)
def test_every_generic_property_is_asked(newest: Path) -> None:
    """Of a subject and of a model, each that it has what is needed for."""
    program = """
from mine import BLOCK, HYBRID
from reports.installed.testing import parametrize_with_properties

print(*(one.id for one in parametrize_with_properties({"block": BLOCK, "hybrid": HYBRID}).args[1]))
"""
    source = MINE + program.replace("from mine import BLOCK, HYBRID\n", "")
    done = subprocess.run([str(newest), "-c", source], cwd=ROOT, env=environment(), capture_output=True, text=True)
    asked = set(done.stdout.split())
    # A batch norm draws no keys and has no methods of its own.
    fit = {name for name, needed in generic_properties().items() if not {"draws", "methods"} & set(needed)}
    assert {one for one in asked if one.startswith("subjects.")} == {f"subjects.{name}-block" for name in fit}
    counts = [sum(one.startswith(f"{chapter}.") for one in asked) for chapter in ("state", "models")]
    assert counts == [_generic("state", "subjects"), _generic("models", "models")], done.stderr


def _generic(chapter: str, kind: str) -> int:
    """How many properties of a chapter are asked of each subject, or of each model."""
    return (ROOT / "properties" / f"test_{chapter}.py").read_text().count(f"\n@of_{kind}(")


@pytest.mark.parametrize("nothing", [{}, [], None], ids=repr)
def test_nothing_to_ask_is_one_line(nothing: object) -> None:
    """Before jax is imported."""
    described: dict[str, dict[str, object]] = nothing  # type: ignore[assignment]
    with pytest.raises(pytest.Collector.CollectError, match="give a dictionary with at least one subject or model"):
        parametrize_with_properties(described)


def test_unknown_finding_is_one_line() -> None:
    """With the name that is meant."""
    meant = "there is no finding 'copies_mis_mutable_calls'; did you mean 'copies_miss_mutable_calls'?"
    with pytest.raises(pytest.Collector.CollectError, match=re.escape(meant)):
        parametrize_with_properties({"a": {}}, accepted_findings={"copies_mis_mutable_calls": ""})


def test_python_that_drops_assertions_is_refused() -> None:
    """Everything would hold."""
    program = "from reports.installed.testing import parametrize_with_properties as ask; ask({'a': {}})"
    done = subprocess.run([sys.executable, "-O", "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "unset PYTHONOPTIMIZE, leave out -O" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("kind", ["Subject", "Model"])
def test_types_promise_what_there_is(kind: str) -> None:
    """A subject and a model have every name of the types of the strategies."""
    names = {name for name in vars(getattr(strategies, f"Given{kind}")) if not name.startswith("_")}
    text = (ROOT / "impl" / f"{kind.lower()}.py").read_text()
    assert len(names) > 4
    assert [one for one in names if not re.search(rf"^    (def {one}\(self|{one}: )", text, re.MULTILINE)] == []
