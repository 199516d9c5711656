"""The first call of an implementation: what cannot be called as the entry, or gives no array, is refused in one line.

``python -m impl.first_call IMPL`` makes it in a process of its own, which the implementation may end or crash.
"""

import inspect
import os
import subprocess
import sys
from typing import Any

import jax.numpy as jnp
from flax import nnx

from impl import loading
from impl.errors import BadImplementation, TooSlow, in_one_line, limited
from impl.implementation import ENTRY, MODEL, Implementation

SEED, LENGTH, FEATURES = 0.0, 3, 2.0
_REFUSED = 4
CALL = f"{ENTRY}({SEED}, jnp.ones({LENGTH}), {FEATURES})"


def check(implementation: Implementation) -> None:
    """Call the entry once and build the model once; raises BadImplementation with what to change."""
    try:
        with limited(loading.SECONDS):
            _check(implementation)
    except BadImplementation as error:
        raise BadImplementation(f"implementation {implementation.name!r}: {error}") from error.__cause__


def check_elsewhere(target: str) -> None:
    """The same in another process; if that dies, nothing is raised here: the properties say more of it."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", __name__, target]
    run = subprocess.run(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    if run.returncode == _REFUSED:
        raise BadImplementation(run.stdout.splitlines()[-1])


def _check(implementation: Implementation) -> None:
    _check_arguments(implementation.entry)
    try:
        output: Any = implementation.entry(SEED, jnp.ones(LENGTH), FEATURES)
    except (Exception, SystemExit, TooSlow) as error:
        raise BadImplementation(f"{CALL} raises {in_one_line(error)}: make this call return an array") from error
    _check_output(output)
    if implementation.model_class is not None:
        _check_model(implementation)


def _check_arguments(entry: Any) -> None:
    try:
        signature = inspect.signature(entry)
    except (TypeError, ValueError):  # some callables have none
        return
    try:
        signature.bind(SEED, jnp.ones(LENGTH), FEATURES)
    except TypeError as error:
        raise BadImplementation(
            f"{ENTRY}{signature} cannot be called with three arguments by position ({error}): "
            f"define {ENTRY}(seed, x, features)"
        ) from error


def _check_output(output: Any) -> None:
    if hasattr(output, "shape") and hasattr(output, "dtype"):
        return
    if inspect.iscoroutine(output):
        output.close()  # which Python would else warn of
    is_plain = not (inspect.isgenerator(output) or inspect.isawaitable(output) or inspect.isasyncgen(output))
    remedy = "end it with `return model(x)`" if is_plain else "make it a plain function, without `async` and `yield`"
    given = "None" if output is None else f"a {type(output).__name__}"
    raise BadImplementation(f"{CALL} returns {given}, and must return an array: {remedy}")


def _check_model(implementation: Implementation) -> None:
    remedy = f"give it the arguments (features, rngs), or leave {MODEL} out"
    try:
        model = implementation.uninitialised_model(SEED, FEATURES)
    except (Exception, SystemExit, TooSlow) as error:
        raise BadImplementation(
            f"{MODEL}({int(FEATURES)}, rngs=nnx.Rngs(0)) raises {in_one_line(error)}: {remedy}"
        ) from error
    if not isinstance(model, nnx.Module):
        raise BadImplementation(f"{MODEL} makes a {type(model).__name__}, and must make an nnx.Module: {remedy}")


if __name__ == "__main__":
    try:
        check(loading.load(sys.argv[1]))
    except BadImplementation as refusal:
        print(f"\n{refusal}")
        sys.exit(_REFUSED)
