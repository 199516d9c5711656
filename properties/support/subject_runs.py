"""A subject in `ToNNX`, and the same module in plain Linen with explicit variables."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from flax.nnx import bridge
from hypothesis import given, settings
from hypothesis import strategies as st

from impl import flax_api
from impl.errors import in_one_line
from impl.flax_api import capture_linen_rngs
from impl.subject import Subject, fresh
from properties.support.comparison import assert_same, opened, split_arrays
from properties.support.subject_values import inputs

Check = Callable[[Subject, int], None]
Variables = dict[str, Any]
Keys = dict[str, jax.Array]


def of_subjects(*needed: str) -> Callable[[Check], Any]:
    """Ask a property of every subject that has these attributes, for one seed or a few."""

    def decorator(check: Check) -> Any:
        @wraps(check)
        def in_mesh(subject: Subject, seed: int) -> None:
            with subject.in_mesh():
                check(subject, seed)

        # A subject's structure is fixed and only values vary, with which a bridge has little to do: one seed in a
        # gate, and never 0, which a bridge that loses a seed would give as well; ten in a hunt.
        few = settings(max_examples=max(1, settings().max_examples // 100))
        asked: Any = few(given(seed=st.integers(1, 2**16))(in_mesh))
        asked.needed_of_subjects = needed
        return asked

    return decorator


# The bridged layer.


def uninitialised(subject: Subject, seed: int) -> Any:
    """The subject as the bridge wraps it, without variables."""
    return bridge.ToNNX(subject.linen(), rngs=subject.rngs(seed))


def initialised(subject: Subject, seed: int) -> tuple[Any, Variables]:
    """The bridged subject after lazy_init, and the variables that plain Linen makes of the same keys."""
    layer = uninitialised(subject, seed)
    args = inputs(subject.first_args, seed)
    with capture_linen_rngs() as keys:
        bridge.lazy_init(layer, *fresh(args), **subject.first_kwargs)
    return layer, dict(subject.linen().init(keys, *fresh(args), **subject.first_kwargs))


def module_with(name: str) -> Any:
    """An NNX module with a parameter of this name: older ones leave names that begin with "_" out of repr."""
    module = nnx.Module()
    setattr(module, name, nnx.Param(jnp.zeros(())))
    return module


# The same in plain Linen.


def applied(subject: Subject, variables: Variables, keys: Keys, *args: Any, **kwargs: Any) -> tuple[Any, Variables]:
    """What plain Linen gives with these variables and keys, and the variables after it."""
    output = subject.linen().apply(variables, *fresh(args), rngs=keys, **fresh(kwargs))
    if "mutable" not in kwargs:
        return output, variables
    output, updates = output
    return output, {**variables, **updates}


def called(subject: Subject, layer: Any, variables: Variables, *args: Any, **kwargs: Any) -> tuple[Any, Any, Variables]:
    """What a call gives through the bridge, what it gives in plain Linen, and Linen's variables after it."""
    with capture_linen_rngs() as keys:
        output = layer(*fresh(args), **fresh(kwargs))
    of_linen = {name: value for name, value in kwargs.items() if name != "rngs"}
    return output, *applied(subject, variables, keys, *args, **of_linen)


def assert_call_agrees(subject: Subject, layer: Any, variables: Variables, *args: Any, **kwargs: Any) -> Variables:
    """Assert that a call gives the output and leaves the variables of plain Linen; returns these variables."""
    output, expected, after = called(subject, layer, variables, *args, **kwargs)
    assert_same(output, expected)
    assert_same(flax_api.linen_variables(layer), after)
    return after


def grown(subject: Subject, variables: Variables) -> list[str]:
    """The collections that plain Linen makes longer with each training call, as by sow."""
    once = _after_a_call(subject, variables)
    twice = _after_a_call(subject, once)
    return [name for name in twice if jax.tree.structure(once[name]) != jax.tree.structure(twice[name])]


def is_completed_by_a_call(subject: Subject, variables: Variables) -> bool:
    """Whether the first training call in plain Linen creates variables that stay, next to those that grow."""
    grows = grown(subject, variables)
    before, after = without(variables, grows), without(_after_a_call(subject, variables), grows)
    return bool(jax.tree.structure(before) != jax.tree.structure(after))


def _after_a_call(subject: Subject, variables: Variables) -> Variables:
    """The shapes of plain Linen's variables after a training call."""
    keys = {name: jax.random.key(0) for name in ("params", *subject.streams)}

    def call(variables: Variables) -> Variables:
        return applied(subject, variables, keys, *subject.args, **subject.training_call)[1]

    return dict(jax.eval_shape(call, variables))


# Excused: What grows with each call, as by sow, is taken out between the calls of a transform, in plain Linen too.
def without_grown(layer: Any, grows: list[str]) -> Any:
    """The layer after these collections were taken out."""
    for collection in grows:
        if collection in flax_api.linen_variables(layer):
            nnx.pop(layer, flax_api.type_of(collection))
    return layer


def without(variables: Variables, collections: list[str]) -> Variables:
    """Linen's variables without these collections."""
    return {name: tree for name, tree in variables.items() if name not in collections}


class Emitted:
    """An output on its way out of a transform, which lets only arrays through; the rest of it waits here."""

    def __init__(self) -> None:
        self._with_arrays: Callable[[list[Any]], Any] | None = None

    def arrays(self, output: Any) -> list[Any]:
        """The arrays of an output, inside the transform."""
        arrays, self._with_arrays = split_arrays(opened(output))
        return arrays

    def whole(self, arrays: list[Any]) -> Any:
        """The output with the arrays that came out."""
        assert self._with_arrays is not None, "the transform did not call the function"
        return self._with_arrays(arrays)

    def of(self, step: Callable[..., tuple[list[Any], Variables]]) -> Callable[..., tuple[Any, Variables]]:
        """The step, which gives arrays and variables, with the output whole."""

        def whole_step(*given: Any) -> tuple[Any, Variables]:
            arrays, after = step(*given)
            return self.whole(arrays), after

        return whole_step


# Gradients.


def loss(arrays: list[Any]) -> jax.Array:
    """A real number that every float and complex number of an output has a share in; skips where there is none."""
    inexact = [leaf for leaf in arrays if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    # Excused: `jax.grad` has nothing to differentiate, also not in plain Linen.
    if not inexact:
        pytest.skip("no output is a float or a complex number, so there is no gradient")
    return sum(map(_square, inexact), start=jnp.float32(0))


def _square(leaf: Any) -> jax.Array:
    parts = [leaf.real, leaf.imag] if jnp.issubdtype(leaf.dtype, jnp.complexfloating) else [leaf]
    # Of a normalised output the plain sum of squares is constant.
    weights = np.linspace(0.5, 1.5, leaf.size, dtype=np.float32).reshape(leaf.shape)
    return sum((jnp.sum(weights * part.astype(jnp.float32) ** 2) for part in parts), start=jnp.float32(0))


# Excused: Gradients that are all zero in plain Linen would agree with a bridge that gives none.
def skip_where_all_are_zero(gradients: Any) -> None:
    """A bridge that gives no gradients gives these too, so a property of them would show nothing."""
    if not any(np.any(np.asarray(leaf)) for leaf in jax.tree.leaves(gradients)):
        pytest.skip("plain Linen's gradients are all zero")


# Exceptions.


def assert_raises_alike(bridged: Callable[[], Any], plain: Callable[[], Any]) -> None:
    """Assert that the bridge raises what plain Linen raises, or gives the same where Linen does not raise."""
    actual, expected = _outcome(bridged), _outcome(plain)
    if isinstance(expected, Exception) or isinstance(actual, Exception):
        assert type(actual) is type(expected), f"{_said(actual)}; plain Linen: {_said(expected)}"
    else:
        assert_same(actual, expected)


def assert_call_raises_alike(
    subject: Subject, layer: Any, variables: Variables, *args: Any, rngs: nnx.Rngs | None = None, **kwargs: Any
) -> None:
    """Assert that a call raises what plain Linen raises, or gives its output; the variables are Linen's after it.

    Plain Linen gets the streams of ``rngs``, if that is given, and no other that the layer may have passed on.
    """
    streams = ("params", *subject.streams) if rngs is None else tuple(name for name, _ in rngs.items())
    keys: Keys = {name: jax.random.key(0) for name in streams} if rngs is None else {}
    after = variables

    def bridged() -> Any:
        with capture_linen_rngs() as captured:
            try:
                return layer(*fresh(args), **fresh(kwargs), **({} if rngs is None else {"rngs": rngs}))
            finally:
                keys.update({name: key for name, key in captured.items() if rngs is None or name in streams})

    def plain() -> Any:
        nonlocal after
        output, after = applied(subject, variables, keys, *args, **kwargs)
        return output

    assert_raises_alike(bridged, plain)
    assert_same(flax_api.linen_variables(layer), after)


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return error


def _said(outcome: Any) -> str:
    return in_one_line(outcome) if isinstance(outcome, Exception) else "no exception"
