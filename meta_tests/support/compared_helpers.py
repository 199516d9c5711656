"""Asks each helper of reproducers what the suite's own is asked, where Flax is: prints how often, and what differs."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from impl import flax_api, subjects
from impl.loading import load_subjects
from impl.subject import Subject
from properties.support import aliases, comparison, oracle, rounding, state_runs, subject_runs, subject_values
from reports.plugin.reproducers import helpers, plain_helpers

Case = tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]


@dataclass
class Held:
    """An object that is no pytree."""

    value: object


_VALUES: list[tuple[list[Any], Any]] = [
    ([0.0, 1.5], "float32"),
    ([-0.0, 1.5], "float32"),
    ([np.nan, 1.5], "float32"),
    ([1.5], "float32"),
    ([0.0, 1.5], "float64"),
    ([0, 1], "int32"),
    ([0, 1j], "complex64"),
    ([0, -1j], "complex64"),
    ([True, False], "bool"),
    ([0.5, 1], jnp.bfloat16),
    ([0.5, 2], jnp.bfloat16),
]
ARRAYS = [np.array(values, dtype) for values, dtype in _VALUES]
LEAVES = [*ARRAYS, jnp.float32(2.0), jax.random.key(0), jax.random.key(1), 1, 1.0, "a", None, nn.relu, Held(1), Held(2)]
TREES = [
    *LEAVES,
    *({"a": one} for one in LEAVES),
    {"a": {"b": 1}},
    (1, 2),
    [1, 2],
    flax.core.freeze({"b": 1}),
    {"b": 1},
]


def cases() -> Iterator[Case]:
    """A helper, the suite's own, and what both are asked."""
    for pair in itertools.product(TREES, TREES):
        yield helpers.assert_same, comparison.assert_same, pair
    for pair in itertools.product(ARRAYS, ARRAYS):
        yield helpers.assert_same_bits, oracle.assert_same_bits, pair
        if not any(map(_has_negative_zero, pair)):
            yield (
                _accepts(plain_helpers.assert_same),
                _accepts(comparison.assert_same),
                ({"a": pair[0]}, {"a": pair[1]}),
            )
            yield (
                _accepts(plain_helpers.assert_same),
                _accepts(comparison.assert_same),
                ({"a": pair[0]}, {"b": pair[1]}),
            )
    yield from _of_an_nnx_module()
    yield from _of_aliases()
    yield from _affine()
    for error in (0.0, 1e-7, 1e-3):
        x = jnp.linspace(0.5, 1.5, 4)
        actual = {"y": np.asarray(2 * x * (1 + error), np.float32)}
        yield helpers.assert_computed, rounding.assert_computed, (actual, _doubled, x)
    for name, subject in load_subjects("impl.subjects").usable.items():
        yield from _of_subject(subject, subjects.SUBJECTS[name])


def _has_negative_zero(array: Any) -> bool:
    return bool(np.any((array == 0) & np.signbit(np.real(array).astype(float))))


def _accepts(assertion: Callable[..., None]) -> Callable[..., bool]:
    def accepts(*arguments: Any) -> bool:
        try:
            assertion(*arguments)
        except AssertionError:
            return False
        return True

    return accepts


class Block(nnx.Module):
    """Variables of several types, in a submodule too."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.linear = nnx.Linear(3, 2, rngs=rngs)
        self.norm = nnx.BatchNorm(2, rngs=rngs)
        self.last = nnx.Cache(jnp.zeros(2))

    def __call__(self, x: Any) -> Any:
        return self.norm(self.linear(x)) + self.last.value


def _of_an_nnx_module() -> Iterator[Case]:
    x, block = jnp.ones((2, 3)), Block(rngs=nnx.Rngs(0))
    variables = bridge.to_linen(Block).init(jax.random.key(0), x)
    yield _listed(plain_helpers.unboxed), _listed(flax_api.unboxed), (variables,)
    yield _listed(plain_helpers.variables_of), _listed(flax_api.variables_of), (block,)
    yield _listed(plain_helpers.variables_of), _listed(flax_api.variables_of), (block, "params")
    yield _after(plain_helpers.set_variables), _after(flax_api.set_variables), (variables,)


def _after(set_variables: Callable[..., None]) -> Callable[..., Any]:
    def after(variables: Any) -> Any:
        block = Block(rngs=nnx.Rngs(1))
        set_variables(block, variables)
        return _plain(flax_api.variables_of(block))

    return after


def _listed(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: _plain(function(*arguments))


NEEDS = ("nnx.List", "nnx.nothing", "nothing.at.all", "nnx.merge(copy)", "nnx.merge(nothing)", "nnx.jit(graph)")


def _of_aliases() -> Iterator[Case]:
    for one in NEEDS:
        yield _is_empty(helpers.missing), _is_empty(flax_api.missing), (one,)
    for tree in (ARRAYS, {"key": jax.random.key(0), "numbers": [2, 1.0, 1]}):
        yield _listed(helpers.sorted_leaves), _listed(subject_values.sorted_leaves), (tree,)
    for api in (one for one in aliases.ALIASES if not flax_api.missing(one)):
        yield _seen_by(helpers.ALIASES), _seen_by(aliases.ALIASES), (api,)


def _is_empty(function: Callable[..., str]) -> Callable[..., bool]:
    return lambda needed: not function(needed)


def _seen_by(takers: dict[str, Callable[[Any], Callable[[], list[Any]]]]) -> Callable[[str], Any]:
    """What an alias of a layer has after a mutable call."""

    def seen(api: str) -> Any:
        layer = bridge.ToNNX(state_runs.Block(), rngs=nnx.Rngs(dropout=0))
        bridge.lazy_init(layer, state_runs.X, rngs=nnx.Rngs(0))
        read = takers[api](layer)
        layer(state_runs.X, train=True, mutable=list(state_runs.CHANGED))
        return _plain(read())

    return seen


def _affine() -> Iterator[Case]:
    generator = np.random.default_rng(0)
    for length, features, fused in itertools.product((1, 3, 65), (1, 4), (False, True)):
        shapes: list[Any] = [length, (length, features), features]
        x, kernel, bias = (generator.standard_normal(shape).astype(np.float32) for shape in shapes)
        yield helpers.affine, oracle.affine, (x, kernel, bias, fused)
        yield helpers.affine, oracle.affine, (x, kernel, bias, fused, oracle.drawn_apart(kernel, length, True))
        expected = oracle.affine(x, kernel, bias, fused)
        for error in (0.0, 1e-3, np.nan):
            yield helpers.assert_close, oracle.assert_close, (np.float32(expected.value + error), expected)


def _doubled(x: Any) -> Any:
    return {"y": 2 * x}


def _of_subject(subject: Subject, description: dict[str, Any]) -> Iterator[Case]:
    with subject.in_mesh():
        layer, _ = subject_runs.initialised(subject, 0)
    yield _listed(helpers.linen_variables), _listed(flax_api.linen_variables), (layer,)
    if all(isinstance(one, jax.Array) for one in jax.tree.leaves(flax_api.linen_variables(layer), is_leaf=_is_box)):
        yield _listed(plain_helpers.linen_variables), _listed(flax_api.linen_variables), (layer,)
    yield (
        lambda one: _keys(helpers.capture_linen_rngs, one),
        lambda one: _keys(flax_api.capture_linen_rngs, one),
        (subject,),
    )
    yield _started(helpers.initialised), _started(subject_runs.initialised), (subject,)
    mine = helpers.Subject(**description, keeps_still=subject.keeps_still and bool(subject.train))
    for name in ("plain_call", "training_call", "streams", "first_kwargs"):
        yield (lambda asked: getattr(mine, asked)), (lambda asked: getattr(subject, asked)), (name,)


def _started(initialised: Callable[[Subject, int], Any]) -> Callable[[Subject], Any]:
    def started(subject: Subject) -> Any:
        with subject.in_mesh():
            layer, variables = initialised(subject, 1)
            return _plain(flax_api.linen_variables(layer)), _plain(variables)

    return started


def _is_box(node: Any) -> bool:
    return isinstance(node, nn.meta.AxisMetadata)


def _keys(context: Any, subject: Subject) -> Any:
    layer = bridge.ToNNX(subject.linen(), rngs=subject.rngs(0))
    with subject.in_mesh(), context() as keys:
        bridge.lazy_init(layer, *subject.first_args, **subject.first_kwargs)
    return _plain(keys)


def _plain(tree: Any) -> Any:
    keys = jax.tree.map(lambda one: jnp.issubdtype(one.dtype, jax.dtypes.prng_key), tree)
    values = jax.tree.map(lambda one, is_key: jax.random.key_data(one) if is_key else one, tree, keys)
    return str(jax.tree.structure(tree)), [np.asarray(one).tolist() for one in jax.tree.leaves(values)]


def _said(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    try:
        answer = function(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return repr(tuple(answer) if isinstance(answer, tuple) else answer)


def _main() -> None:
    asked, found = 0, []
    for helper, own, arguments in cases():
        asked += 1
        pair = _said(helper, arguments), _said(own, arguments)
        if pair[0] != pair[1]:
            found.append(f"{helper.__qualname__}: {pair[0][:300]} | {pair[1][:300]}")
    print(json.dumps({"asked": asked, "found": found}))


if __name__ == "__main__":
    _main()
