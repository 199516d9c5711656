"""Checkpoints that cross into another environment: ``python -m properties.checkpoints save|restore FOLDER IMPL``.

What is saved is a user's habit: the whole state of a bridged model as a pure
dict, by Orbax and as msgpack. What is restored goes into a model that was
built afresh from another seed, and must give the outputs that were saved
next to it. ``restore`` prints a JSON list, one entry a checkpoint.
"""

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from properties.support import runtime

runtime.prepare()

import jax.numpy as jnp  # noqa: E402  jax reads its settings when it is imported
import numpy as np  # noqa: E402
from flax import serialization, traverse_util  # noqa: E402

from impl import flax_api, loading  # noqa: E402
from impl.implementation import Implementation, parameters_of  # noqa: E402
from properties.support import oracle  # noqa: E402

SHAPES = ((4, 4), (65, 3), (5, 131))
SAVED_SEED, FRESH_SEED = 11.0, 12.0
LEARNING_RATE = 0.125
Pure = dict[str, np.ndarray]


def save(folder: Path, impl: Implementation) -> None:
    """Write a checkpoint in each format for each model, with its input and output."""
    for name, model, x in _models(impl):
        state = flax_api.pure_state(model)
        np.savez(folder / f"{name}.npz", x=np.asarray(x), output=np.asarray(model(x)))
        for form, (write, _) in FORMATS.items():
            write(folder / f"{name}.{form}", state)
    (folder / "jaxlib").write_text(version("jaxlib"))


def restore(folder: Path, impl: Implementation) -> list[dict[str, Any]]:
    """What became of each checkpoint of ``folder``: ``problem`` (or None), ``renamed``, ``bitwise``."""
    same_jaxlib = (folder / "jaxlib").read_text() == version("jaxlib")
    found = []
    for length, features in SHAPES:
        for age in ("initialised", "trained"):
            for form, (_, read) in FORMATS.items():
                name = f"{age}_{length}x{features}"
                result: dict[str, Any] = {"name": f"{form}: {age}, {length}x{features}", "problem": None, "renamed": {}}
                try:
                    saved = read(folder / f"{name}.{form}")
                    with np.load(folder / f"{name}.npz") as expected:
                        result |= _restored(impl, saved, expected["x"], expected["output"], features, same_jaxlib)
                except Exception as error:
                    result["problem"] = f"{type(error).__name__}: {error}".splitlines()[0][:300]
                found.append(result)
    return found


def _models(impl: Implementation) -> Any:
    for length, features in SHAPES:
        x = jnp.asarray(np.random.default_rng(length).standard_normal(length), jnp.float32)
        model = impl.model(SAVED_SEED, x, float(features))
        yield f"initialised_{length}x{features}", model, x
        for _ in range(3):
            _train(model, x, features)
        yield f"trained_{length}x{features}", model, x


def _train(model: Any, x: Any, features: int) -> None:
    """A step of gradient descent on half the squared output, whose gradient is written out: no optimiser needed."""
    output = model(x)
    kernel, bias = jnp.outer(x, output), output
    gradients = {kernel.shape: kernel, bias.shape: bias}
    flax_api.map_params(lambda value: value - LEARNING_RATE / features * gradients[value.shape], model)


def _restored(
    impl: Implementation, saved: Pure, x: np.ndarray, output: np.ndarray, features: int, same_jaxlib: bool
) -> dict[str, Any]:
    model = impl.model(FRESH_SEED, jnp.asarray(x), float(features))
    renamed = _renames(saved, flax_api.pure_state(model))
    back = {new: old for old, new in renamed.items() if new is not None}
    missing = [path for path in flax_api.params(model) if path not in saved and path not in back]
    if missing:
        return {"problem": f"no saved array fits {', '.join(missing)}", "renamed": renamed}
    flax_api.set_params(model, {path: jnp.asarray(saved[back.get(path, path)]) for path in flax_api.params(model)})
    restored = np.asarray(model(jnp.asarray(x)))
    bitwise = restored.tobytes() == output.tobytes()
    if not bitwise and same_jaxlib:
        return {"problem": "the output is another one, on the same jaxlib", "renamed": renamed}
    if not bitwise:
        parameters = parameters_of(model, x, float(features))
        oracle.assert_close(restored, oracle.affine(x, parameters.kernel, parameters.bias))
    return {"bitwise": bitwise, "renamed": renamed}


def _renames(saved: Pure, fresh: Pure) -> dict[str, str | None]:
    """Each saved path that the fresh state lacks -> the path of the same last name and shape, None without one."""
    new = [path for path in fresh if path not in saved]
    renames: dict[str, str | None] = {}
    for old in (path for path in saved if path not in fresh):
        fits = [p for p in new if p.split("/")[-1] == old.split("/")[-1] and fresh[p].shape == saved[old].shape]
        renames[old] = fits[0] if len(fits) == 1 else None
    return renames


def _write_msgpack(path: Path, state: Pure) -> None:
    path.write_bytes(serialization.msgpack_serialize(traverse_util.unflatten_dict(state, sep="/")))


def _read_msgpack(path: Path) -> Pure:
    return dict(traverse_util.flatten_dict(serialization.msgpack_restore(path.read_bytes()), sep="/"))


def _write_orbax(path: Path, state: Pure) -> None:
    import orbax.checkpoint as ocp

    checkpointer = ocp.StandardCheckpointer()
    checkpointer.save(path.resolve(), traverse_util.unflatten_dict(state, sep="/"))
    checkpointer.wait_until_finished()


def _read_orbax(path: Path) -> Pure:
    import orbax.checkpoint as ocp

    restored = ocp.StandardCheckpointer().restore(path.resolve())
    return {name: np.asarray(value) for name, value in traverse_util.flatten_dict(restored, sep="/").items()}


FORMATS: dict[str, tuple[Callable[[Path, Pure], None], Callable[[Path], Pure]]] = {
    "msgpack": (_write_msgpack, _read_msgpack),
    "orbax": (_write_orbax, _read_orbax),
}


if __name__ == "__main__":
    verb, target, implementation = sys.argv[1:]
    loaded = loading.load(implementation)
    if verb == "save":
        save(Path(target), loaded)
    else:
        print(json.dumps(restore(Path(target), loaded)))
