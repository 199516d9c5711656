"""What plain Flax refuses too is no failure and no example; what the bridge alone refuses, or accepts, is a failure."""

import json
import subprocess
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment
from properties.programs.refusals import Refused, bridged, plain


def _take(through: Exception | None, expected: Exception | None) -> None:
    """A step that raises these through the bridge and in plain Flax."""
    with bridged():
        if through is not None:
            raise through
    with plain():
        if expected is not None:
            raise expected


def test_step_that_both_take_goes_on() -> None:
    """Nothing is raised where neither side raises."""
    _take(None, None)


@pytest.mark.parametrize(
    ("through", "expected"), [("no key", "no key"), ("f at 0x7f21 takes 2", "f at 0x90af takes 3")]
)
def test_same_refusal_is_no_failure(through: str, expected: str) -> None:
    """The same exception with the same message, numbers and addresses aside."""
    with pytest.raises(Refused, match="TypeError: "):
        _take(TypeError(through), TypeError(expected))


@pytest.mark.parametrize(
    "expected", [None, TypeError("another"), ValueError("no key")], ids=["nothing", "message", "type"]
)
def test_refusal_of_the_bridge_alone_is_a_failure(expected: Exception | None) -> None:
    """It is the bridge's exception that is raised, with what plain Flax raised as a note."""
    with pytest.raises(TypeError, match="no key") as raised:
        _take(TypeError("no key"), expected)
    assert len(getattr(raised.value, "__notes__", [])) == (expected is not None)


def test_refusal_of_plain_flax_alone_is_a_failure() -> None:
    """The failure says whose exception it is."""
    with pytest.raises(AssertionError, match="the bridge does not raise, plain Flax raises TypeError: no key"):
        _take(None, TypeError("no key"))


def test_refusal_is_forgotten_after_its_step() -> None:
    """It says nothing of a later step."""
    for expected in (TypeError("no key"), None):
        with pytest.raises((Refused, TypeError)):
            _take(TypeError("no key"), expected)
        _take(None, None)


_START = """
class Block(nn.Module):
    @nn.compact
    def __call__(self, x):
        c = self.variable("constants", "c", lambda: MADE)
        return x + self.param("a", nn.initializers.normal(), (1,))

x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
linen = Block()
"""
# What stands in each program, and what its outcome is where it is run alone.
_PROGRAMS = {
    "key": ("jax.random.key(3)", "save_and_restore", "Refused"),
    "array": ("jnp.ones(1)", "save_and_restore", "passed"),
    "not restored": ("jnp.ones(1)", "forgetful", "AssertionError"),
    "nothing": ("jnp.ones(1)", "nothing", "NothingCompared"),
    "empty": ("jnp.ones(1)", "empty", "NothingCompared"),
    "not asked": ("jnp.ones(1)", "unasked", "TypeError"),
}
_RUN = """
import json, sys
from properties.support import profiles, runtime
runtime.prepare()
profiles.register()
from hypothesis import given, strategies as st
from properties.programs.program import Program
from properties.programs.to_nnx import steps
from properties.programs.to_nnx.builder import LinenProgramBuilder

def script(name):
    builder = LinenProgramBuilder(None)
    if name == "nothing":
        return ""
    if name == "empty":
        return "assert_same({}, {})"
    builder.step("layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0))")
    steps.init(builder)
    if name == "unasked":
        builder.step("with bridged():\\n    layer()")
    else:
        steps.save_and_restore(builder)
    text = "\\n".join(builder.script)
    return text.replace("restore(layer, data)", "pass") if name == "forgetful" else text

def outcome(run):
    try:
        run()
    except Exception as error:
        return type(error).__name__
    return "passed"

start, programs = json.loads(sys.argv[1])
drawn = {name: Program(start.replace("MADE", made) + script(step)) for name, (made, step, _) in programs.items()}

def tried(*names):
    return outcome(given(st.sampled_from([drawn[name] for name in names]))(lambda program: program.run()))

alone = {name: outcome(program.run) for name, program in drawn.items()}
searched = {", ".join(names): tried(*names) for names in (["key"], ["nothing"], ["key", "array"], list(drawn)[:3])}
print(json.dumps([alone, searched]))
"""


@pytest.fixture(scope="module")
def outcomes(newest: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What each program does alone, and what a property does that draws some of them."""
    run = [str(newest), "-c", _RUN, json.dumps([_START, _PROGRAMS])]
    alone, searched = json.loads(subprocess.check_output(run, cwd=ROOT, env=environment(), text=True).splitlines()[-1])
    return alone, searched


@pytest.mark.parametrize("name", _PROGRAMS)
def test_program_alone(name: str, outcomes: tuple[dict[str, str], dict[str, str]]) -> None:
    """A program that is refused, or that compares nothing, says so; one that forgets plain Flax, or differs, fails."""
    assert outcomes[0][name] == _PROGRAMS[name][2]


@pytest.mark.parametrize(
    ("names", "outcome"),
    [
        ("key, array", "passed"),
        ("key, array, not restored", "AssertionError"),
        ("key", "Unsatisfiable"),
        ("nothing", "Unsatisfiable"),
    ],
)
def test_property_of_programs(names: str, outcome: str, outcomes: tuple[dict[str, str], dict[str, str]]) -> None:
    """What shows nothing is passed over; a property that draws nothing else does not pass."""
    assert outcomes[1][names] == outcome
