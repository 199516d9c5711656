"""What takes the place of pytest, of fixtures and of long helpers where a property is to stand alone.

Nothing imports this module: its definitions are copied, by name.
"""

import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from impl.implementation import Parameters

impl: Any = None  # the implementation under test takes its place


@contextmanager
def raises(expected: type[Exception], match: str) -> Iterator[SimpleNamespace]:
    """In place of ``pytest.raises``."""
    raised = SimpleNamespace()
    try:
        yield raised
    except expected as error:
        assert re.search(match, str(error)), f"{type(error).__name__} without a message"
        raised.type = type(error)
    else:
        raise AssertionError("nothing was raised")


def skip(reason: str) -> NoReturn:
    """In place of ``pytest.skip``."""
    print(f"does not apply: {reason}")
    sys.exit(0)


def observe(name: str, value: Any) -> None:
    """In place of the fixture."""
    print(f"{name}: {value!r}")


class OtherProcess:
    """In place of the one that the fixture starts: a fresh process for each call."""

    def entry(self, seed: float, x: Any, features: float) -> np.ndarray:
        os.environ["PYTHONHASHSEED"] = "4321"
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            return process.submit(_output, seed, np.asarray(x), features).result()


other_process = OtherProcess()


def _output(seed: float, x: np.ndarray, features: float) -> np.ndarray:
    return np.asarray(impl.entry(seed, jnp.asarray(x), features))


# What follows is enough where the model is the reference's, which holds one Dense and nothing else.


def parameters(seed: float, x: Any, features: float) -> Parameters:
    """In place of ``Implementation.parameters``."""
    return parameters_of(impl.model(seed, x, features), x, features)


def parameters_of(model: nnx.Module, x: Any, features: float) -> Parameters:
    """In place of the search by name and shape."""
    bias, kernel = sorted(jax.tree.leaves(nnx.state(model, nnx.Param)), key=jnp.ndim)
    return Parameters(np.asarray(kernel), np.asarray(bias))


def params(model: nnx.Module) -> dict[str, jax.Array]:
    """In place of ``flax_api.params``, with other names of the paths."""
    leaves = jax.tree_util.tree_flatten_with_path(nnx.state(model, nnx.Param))[0]
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves}
