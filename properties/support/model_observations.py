"""What of a model nobody promises and a user notices when it changes, as texts that can be compared."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from impl import flax_api
from impl.model import Model

Observe = Callable[[str, Any], None]
SEED = 0


def observes_models(check: Callable[[Model, Observe], None]) -> Any:
    """Ask an observation of every model, inside its mesh."""

    @wraps(check)
    def in_mesh(model: Model, observe: Observe) -> None:
        with model.in_mesh():
            check(model, observe)

    asked: Any = in_mesh
    asked.needed_of_models = ()
    return asked


def first_numbers(arrays: Iterable[Any]) -> str:
    """Of each array of floats its shape and its first numbers to four digits, in an order without names."""
    return " ".join(sorted(f"{_shape(one)}:{_numbers(one)}" for one in arrays if jnp.issubdtype(one.dtype, np.inexact)))


def _shape(array: Any) -> str:
    return "x".join(map(str, array.shape)) or "scalar"


def _numbers(array: Any) -> str:
    return ",".join(f"{number:.4g}" for number in np.asarray(array).reshape(-1)[:3])


def with_a_ramp(built: Any) -> Any:
    """The model with parameters that are the same on every release, whatever a seed gives."""
    flax_api.map_params(_ramp, built)
    return built


def _ramp(value: Any) -> Any:
    if not jnp.issubdtype(value.dtype, jnp.inexact):
        return value
    return jnp.linspace(-0.5, 0.5, value.size).reshape(value.shape).astype(value.dtype)


def paths_of(built: Any, params: bool) -> str:
    """The paths of the params, or those of all other variables."""
    state = flax_api.typed_state(built)
    return " ".join(sorted("/".join(path) for path, (kind, _) in state.items() if (kind == "Param") == params))


def forms_of(built: Any) -> str:
    """How many arrays have each type of variable, dtype and shape."""
    forms = Counter(f"{kind}:{one.dtype}:{_shape(one)}" for kind, one in flax_api.typed_state(built).values())
    return " ".join(f"{number}*{form}" for form, number in sorted(forms.items()))


def shardings_of(built: Any) -> str:
    """The shardings of the variables, each once."""
    return " ".join(sorted({_sharding(one) for _, one in flax_api.typed_state(built).values()}))


def _sharding(array: Any) -> str:
    sharding = getattr(array, "sharding", None)
    spec = str(getattr(sharding, "spec", "")).replace(" ", "")
    return f"{type(sharding).__name__}:{spec}" if spec else type(sharding).__name__


class _Noting(logging.Handler):
    """Keeps each message that says that a function of this name is compiled."""

    def __init__(self, function: str) -> None:
        super().__init__()
        self.function, self.found = function, list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if said.startswith("Compiling") and self.function in said.split(" with ")[0]:
            self.found.append(said)


@contextmanager
def compilations(function: str) -> Iterator[list[str]]:
    """What JAX says inside the block when it compiles a function of this name, once for each time."""
    noting, logger = _Noting(function), logging.getLogger("jax")
    logger.addHandler(noting)
    try:
        with jax.log_compiles():
            yield noting.found
    finally:
        logger.removeHandler(noting)
