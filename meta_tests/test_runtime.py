"""What a test process sets before jax starts."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment
from properties.support import runtime
from reports.paths import cache

# One compilation, then what the cache holds of it: the loop takes three steps.
LOOP = """
import jax
import jax.numpy as jnp

scale = jnp.array([0.5, -1.0, 2.0])
x = jnp.ones((2, 3))
for _ in range(2):
    y, _ = jax.lax.while_loop(lambda c: c[1] < 3, lambda c: (c[0] * scale, c[1] + 1), (x, jnp.int32(0)))
    assert jnp.array_equal(y, x * scale**3), y
"""


@pytest.mark.parametrize("given", [{}, {"JAX_COMPILATION_CACHE_DIR": "/cache"}])
def test_cache_that_gives_wrong_results_is_not_used(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    """Neither the suite's nor the user's; any other jaxlib uses the one that the user names."""
    for jaxlib, used in (
        ("0.5.1", None),
        ("0.5.3", given.get("JAX_COMPILATION_CACHE_DIR", str(cache() / "jax"))),
    ):
        monkeypatch.setattr(runtime, "version", lambda package, found=jaxlib: found)
        environ = dict(given)
        runtime.prepare(environ)
        assert environ.get("JAX_COMPILATION_CACHE_DIR") == used


def test_results_of_the_cache_are_right(newest: Path, tmp_path: Path) -> None:
    """A loop that is compiled and then loaded from the cache takes its steps on the newest release."""
    own = environment(
        JAX_COMPILATION_CACHE_DIR=str(tmp_path),
        JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
        JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES="-1",
    )
    subprocess.run([str(newest), "-c", LOOP], cwd=ROOT, env=own, check=True)
    assert os.listdir(tmp_path)


@pytest.mark.parametrize("visible", ["", "0", "0,1"])
def test_kernels_of_a_gpu_are_chosen_alike(visible: str) -> None:
    """Bits can be compared only if each compilation chooses the same kernels; without a GPU there is no such flag."""
    environ = {"CUDA_VISIBLE_DEVICES": visible, "PYTEST_XDIST_WORKER": "gw1"}
    runtime.prepare(environ)
    assert ("--xla_gpu_deterministic_ops=true" in environ["XLA_FLAGS"].split()) == bool(visible)
    assert environ["CUDA_VISIBLE_DEVICES"] == ("1" if visible == "0,1" else visible)


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_flag_of_a_gpu_is_known(python: Callable[[str], Path], age: str) -> None:
    """XLA ends a process for a flag that it does not know, also on a machine without a GPU."""
    own = environment(XLA_FLAGS="--xla_gpu_deterministic_ops=true")
    subprocess.run([str(python(age)), "-c", "import jax; jax.devices()"], cwd=ROOT, env=own, check=True)
