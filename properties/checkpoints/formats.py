"""How a pure dict is written and read: as a pure dict in a small file, as msgpack of Flax, and by Orbax."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orbax.checkpoint as ocp
from flax import serialization

from properties.checkpoints import arrays
from properties.checkpoints.arrays import Saved


class Format(NamedTuple):
    """What writes a state to a path, and what reads the pure dict from there."""

    write: Callable[[Path, Saved], None]
    read: Callable[[Path], dict[str, Any]]


def _write_msgpack(path: Path, state: Saved) -> None:
    path.write_bytes(serialization.msgpack_serialize(arrays.nested(state)))


def _read_msgpack(path: Path) -> dict[str, Any]:
    return dict(serialization.msgpack_restore(path.read_bytes()))


def _write_orbax(path: Path, state: Saved) -> None:
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(path.resolve(), arrays.nested(state))
        checkpointer.wait_until_finished()


def _read_orbax(path: Path) -> dict[str, Any]:
    with ocp.StandardCheckpointer() as checkpointer:
        return dict(checkpointer.restore(path.resolve()))


FORMATS = {
    "pure dict": Format(arrays.write, lambda path: arrays.nested(arrays.read(path))),
    "msgpack": Format(_write_msgpack, _read_msgpack),
    "orbax": Format(_write_orbax, _read_orbax),
}
