"""What a test process sets before jax starts: simulated devices, threads, memory, the compilation cache.

Every setting yields to one that the user made in the environment, but for a cache that gives wrong results.
"""

import os
from collections.abc import MutableMapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from reports.paths import cache

SIMULATED_DEVICES = 8
# The jaxlib that loads other programs from its compilation cache than it stored: `jax.lax.while_loop` takes no step.
WRONG_CACHE = "0.5.1"


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set up this process, and those that it starts, for jax."""
    worker = environ.get("PYTEST_XDIST_WORKER")
    _add_flag(environ, "--xla_force_host_platform_device_count", SIMULATED_DEVICES)
    defaults = {
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache() / "hypothesis"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        # The derived bounds are those of float32; an accelerator's default may be TF32 or bfloat16.
        "JAX_DEFAULT_MATMUL_PRECISION": "highest",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        # Properties provoke exceptions by the hundred; shortening their tracebacks costs more than raising them.
        "JAX_TRACEBACK_FILTERING": "off",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    accelerators = _accelerators(environ)
    if accelerators:
        # XLA times kernels on a GPU and takes the fastest, which may be another one in the next compilation.
        _add_flag(environ, "--xla_gpu_deterministic_ops", "true")
    if worker is not None:
        # Workers share the cores: XLA sizes its thread pools by NPROC.
        defaults["NPROC"] = "1"
        _add_flag(environ, "--xla_cpu_multi_thread_eigen", "false")
        if len(accelerators) > 1:
            number = int(worker.removeprefix("gw"))
            environ["CUDA_VISIBLE_DEVICES"] = accelerators[number % len(accelerators)]
    if _version("jaxlib") == WRONG_CACHE:
        # Excused: Programs that this jaxlib loads from its cache are wrong in plain JAX too, so each is compiled.
        environ.pop("JAX_COMPILATION_CACHE_DIR", None)
    else:
        # One cache for all workers and releases: its keys hold the jaxlib version.
        defaults["JAX_COMPILATION_CACHE_DIR"] = str(cache() / "jax")
    for name, value in defaults.items():
        environ.setdefault(name, value)


class BrokenEnvironment(Exception):
    """The bridge cannot be imported here; the message is one line that names the releases and the reason."""


def import_bridge() -> None:
    """Import the bridge, or raise BrokenEnvironment."""
    try:
        # Not import_module("flax.nnx.bridge"): in 0.9.0 the bridge is an attribute only.
        from flax.nnx import bridge  # noqa: F401
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise BrokenEnvironment(
            f"flax {_version('flax')} with jax {_version('jax')} cannot be imported ({reason}); "
            "install releases that go together, as tox does"
        ) from error


def _version(package: str) -> str:
    try:
        return version(package)
    # Excused: Without the distribution's metadata there is nothing to compare versions with.
    except PackageNotFoundError:
        return "(not installed)"


def _add_flag(environ: MutableMapping[str, str], flag: str, value: object) -> None:
    flags = environ.get("XLA_FLAGS", "")
    if flag not in flags:
        environ["XLA_FLAGS"] = f"{flags} {flag}={value}".strip()


def _accelerators(environ: MutableMapping[str, str]) -> list[str]:
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name for name in visible.split(",") if name]
    return sorted(node.name.removeprefix("nvidia") for node in Path("/dev").glob("nvidia[0-9]*"))
