"""What holds of any Linen module that is called through the bridge."""

import jax
import pytest
from flax import nnx
from flax.nnx import bridge

from impl.flax_api import linen_variables
from impl.subject import Subject
from properties.agreement import assert_same
from properties.subject_runs import called, initialised, inputs, of_subjects, uninitialised


def pytest_generate_tests(metafunc):
    from impl import loading

    needed = getattr(metafunc.function, "needed_of_subjects", ())
    if "subject" in metafunc.fixturenames:
        found = loading.load_subjects(loading.SUBJECTS)
        fit = {name: s for name, s in found.items() if all(getattr(s, need) for need in needed)}
        metafunc.parametrize("subject", fit.values(), ids=fit)


@of_subjects()
def test_init(subject: Subject, seed: int) -> None:
    """lazy_init gives the variables that plain Linen's init gives, in the same collections, paths and boxes."""
    layer, variables = initialised(subject, seed)
    assert_same(linen_variables(layer), variables)


@of_subjects()
def test_call(subject: Subject, seed: int) -> None:
    """A call gives the output that plain Linen's apply gives, and leaves the variables as they are."""
    layer, variables = initialised(subject, seed)
    output, expected, after = called(subject, layer, variables, *inputs(subject.args, seed), **subject.plain_call)
    assert_same(output, expected)
    assert_same(linen_variables(layer), after)


@of_subjects("mutable")
def test_calls_that_change_variables(subject: Subject, seed: int) -> None:
    """Each of three mutable calls gives the output and leaves the variables of plain Linen, whose are passed on."""
    layer, variables = initialised(subject, seed)
    for call in range(3):
        args = inputs(subject.args, seed + call)
        output, expected, variables = called(subject, layer, variables, *args, **subject.training_call)
        assert_same(output, expected)
        assert_same(linen_variables(layer), variables)


@of_subjects("methods")
def test_methods(subject: Subject, seed: int) -> None:
    """A method of the Linen module, by attribute, by name or as a function, gives what it gives in plain Linen."""
    layer, variables = initialised(subject, seed)
    for name, args in subject.methods.items():
        args = inputs(args, seed)
        expected = subject.linen().apply(variables, *args, method=name)
        for output in (
            layer(*args, method=name),
            layer(*args, method=getattr(type(subject.linen()), name)),
            getattr(layer, name)(*args),
        ):
            assert_same(output, expected)


@of_subjects("streams")
def test_default_stream(subject: Subject, seed: int) -> None:
    """nnx.Rngs(seed) alone serves every stream that the module draws from."""
    layer = bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(seed))
    bridge.lazy_init(layer, *subject.first_args, **subject.kwargs)
    output, expected, _ = called(subject, layer, linen_variables(layer), *subject.args, **subject.training_call)
    assert_same(output, expected)
