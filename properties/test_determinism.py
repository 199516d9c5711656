"""The same arguments give the same bits in any order, thread and process; other seeds give other parameters."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impl.implementation import Implementation
from properties.support import oracle
from properties.support.other_process import OtherProcess
from properties.support.strategies import Call, calls, calls_apart_in_seed, calls_apart_in_x, seeds


@given(call=calls())
def test_same_call_gives_the_same_bits(impl: Implementation, call: Call) -> None:
    """A repeated call gives the same bits."""
    oracle.assert_same_bits(impl.entry(*call), impl.entry(*call))


@given(first=calls(), second=calls())
def test_order_of_calls_does_not_matter(impl: Implementation, first: Call, second: Call) -> None:
    """Two calls in the opposite order give the same bits."""
    before = impl.entry(*first), impl.entry(*second)
    after = impl.entry(*second), impl.entry(*first)
    oracle.assert_same_bits(after[0], before[1])
    oracle.assert_same_bits(after[1], before[0])


@given(call=calls(), other_seed=seeds())
def test_other_seeds_in_between_do_not_matter(impl: Implementation, call: Call, other_seed: float) -> None:
    """A call with another seed does not change the output of the next call."""
    before = impl.entry(*call)
    impl.entry(*call._replace(seed=other_seed))
    oracle.assert_same_bits(impl.entry(*call), before)


@pytest.fixture(scope="module")
def other_process(impl: Implementation) -> Iterator[OtherProcess]:
    with OtherProcess(impl.name) as process:
        yield process


@given(call=calls())
def test_a_fresh_process_gives_the_same_bits(impl: Implementation, other_process: OtherProcess, call: Call) -> None:
    """A new process with another `PYTHONHASHSEED` gives the same bits."""
    oracle.assert_same_bits(other_process.entry(*call), impl.entry(*call))


@given(call=calls())
def test_threads_give_the_same_bits(impl: Implementation, call: Call) -> None:
    """Concurrent calls with three seeds in three threads give the same bits as separate calls."""
    batch = [call._replace(seed=call.seed + step) for step in range(3)]
    expected = [impl.entry(*one) for one in batch]
    with ThreadPoolExecutor(len(batch)) as threads:
        started = [threads.submit(impl.entry, *one) for one in batch]
        for future, alone in zip(started, expected, strict=True):
            oracle.assert_same_bits(future.result(), alone)


@given(call=calls(), moved=st.integers(0, 2**32 - 1))
def test_global_generators_do_not_matter(impl: Implementation, call: Call, moved: int) -> None:
    """The state of the global random generators of Python and NumPy does not change the output of a call."""
    before = impl.entry(*call)
    random.seed(moved)
    np.random.seed(moved)
    oracle.assert_same_bits(impl.entry(*call), before)


@given(call=calls())
def test_global_generators_are_unchanged(impl: Implementation, call: Call) -> None:
    """A call draws nothing from the global random generators of Python and NumPy."""
    before = random.getstate(), repr(np.random.get_state())
    impl.entry(*call)
    assert (random.getstate(), repr(np.random.get_state())) == before


@given(call=calls())
def test_jax_configuration_is_unchanged(impl: Implementation, call: Call) -> None:
    """Calls do not change any setting of JAX."""
    impl.entry(*call)
    # A module of jax that is first imported by the call may have settings of its own.
    assert {name: jax.config.values[name] for name in impl.jax_configuration} == impl.jax_configuration


# Two float32 weights drawn apart agree with probability below 2**-22; three of them below 2**-66.
@given(pair=calls_apart_in_seed())
def test_other_seeds_give_other_parameters(impl: Implementation, pair: tuple[Call, Call]) -> None:
    """Seeds that differ modulo 2**32 give different kernels; equal ones by chance have probability below 1e-12."""
    one, other = (impl.parameters(*call) for call in pair)
    assert not np.array_equal(one.kernel, other.kernel)


@given(pair=calls_apart_in_x())
def test_values_of_x_do_not_influence_parameters(impl: Implementation, pair: tuple[Call, Call]) -> None:
    """The parameters do not depend on the values of `x`."""
    one, other = (impl.parameters(*call) for call in pair)
    oracle.assert_same_bits(one.kernel, other.kernel)
    oracle.assert_same_bits(one.bias, other.bias)


@given(seed=seeds(), lengths=st.permutations([1, 4, 8, 65]))
def test_length_of_x_shapes_the_kernel(impl: Implementation, seed: float, lengths: list[int]) -> None:
    """For a fixed seed and feature count, the kernel has as many rows as `x` has entries."""
    for length in lengths[:2]:
        assert impl.parameters(seed, jnp.ones(length, jnp.float32), 4.0).kernel.shape == (length, 4)


@given(call=calls())
def test_whole_numbers_as_int_or_float_agree(impl: Implementation, call: Call) -> None:
    """A seed and a feature count of type `int` give the same bits as the same numbers of type `float`."""
    as_int = impl.entry(int(call.seed), call.x, int(call.features))
    oracle.assert_same_bits(impl.entry(float(int(call.seed)), call.x, float(int(call.features))), as_int)


Observe = Callable[[str, Any], None]

FIXED_CALLS = [(0, 3, 2), (1, 3, 2), (-1, 4, 4), (42, 64, 8)]


def test_first_weights(impl: Implementation, observe: Observe) -> None:
    """The first weights for fixed seeds and shapes, to four digits.

    The same seed gives different weights: restore a checkpoint instead of initializing again. A seed does not
    reproduce a run of an older release.
    """
    for seed, length, features in FIXED_CALLS:
        kernel = impl.parameters(float(seed), jnp.ones(length, jnp.float32), float(features)).kernel
        observe(f"seed {seed}, {length}x{features}", " ".join(f"{weight:.4g}" for weight in kernel.reshape(-1)[:4]))


def test_seeds_beyond_32_bits(impl: Implementation, observe: Observe) -> None:
    """Which seeds outside of 32 bits, or below zero, give the same parameters as another seed.

    Keep seeds between 0 and 2**32 - 1, where no two seeds give the same parameters.
    """
    x = jnp.ones(4, jnp.float32)
    for seed, alias in [(2**32, 0), (-1, 2**32 - 1), (2**53, 0), (-(2**31), 2**31)]:
        one, other = impl.parameters(float(seed), x, 4.0), impl.parameters(float(alias), x, 4.0)
        same = np.array_equal(one.kernel, other.kernel)
        observe(f"seed {seed} and seed {alias}", "the same parameters" if same else "different parameters")
