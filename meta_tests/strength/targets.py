"""Which files of Flax are edited, and which of their functions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from meta_tests.strength.coverage import Coverage
from meta_tests.strength.enumeration import edits_of
from meta_tests.strength.small_edit import SmallEdit

# The least share of the edits that no line argues to be equivalent, in per cent, that the properties are to kill.
BRIDGE, OTHERS = "flax/nnx/bridge/", "the others"
WANTED = {BRIDGE: 97, OTHERS: 85}

_BRIDGE = tuple(f"nnx/bridge/{name}.py" for name in ("__init__", "interop", "module", "variables", "wrappers"))
_OTHERS = (
    "core/meta.py",
    "core/spmd.py",
    "linen/spmd.py",
    "nnx/filterlib.py",
    "nnx/graphlib.py",
    "nnx/rnglib.py",
    "nnx/spmd.py",
    "nnx/statelib.py",
    *(f"nnx/transforms/{name}.py" for name in ("autodiff", "compilation", "general", "iteration", "transforms")),
    "nnx/variablelib.py",
)
FILES = (*_BRIDGE, *_OTHERS)


@dataclass(frozen=True)
class Target:
    """A file, its edits, and how many of them are to be tried at least."""

    file: str
    edits: Sequence[SmallEdit]


def group_of(file: str) -> str:
    return BRIDGE if file in _BRIDGE else OTHERS


def target(file: str, source: str, coverage: Coverage) -> Target:
    """All edits of the bridge; of another file those of functions that a property runs."""
    edits = edits_of(file, source)
    if group_of(file) == OTHERS:
        edits = [edit for edit in edits if f"{file}::{edit.function}" in coverage.functions]
    return Target(file, edits)


def sampled(edits: Iterable[SmallEdit], size: int | None, seed: int) -> list[SmallEdit]:
    """So many of them, in the order of their draw; a larger sample of one seed holds each smaller one."""
    drawn = sorted(edits, key=lambda edit: sha256(f"{seed} {edit.digest}".encode()).digest())
    return drawn[:size]


def targets(source: Callable[[str], bytes], coverage: Coverage, beginnings: Sequence[str] = ("",)) -> list[Target]:
    """The files whose names begin as asked."""
    chosen = [file for file in FILES if file.startswith(tuple(beginnings))]
    return [target(file, source(file).decode(), coverage) for file in chosen]
