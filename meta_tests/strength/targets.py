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
# How many are drawn where nobody says; None: all.
_DRAWN = {BRIDGE: None, OTHERS: 300}

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
    """A file and its edits."""

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
    ordered = sorted(edits, key=lambda edit: sha256(f"{seed} {edit.digest}".encode()).digest())
    return ordered[:size]


def drawn(chosen: Sequence[Target], size: int | None, seed: int) -> list[SmallEdit]:
    """A sample of the bridge's edits and one of the others', the bridge's first."""
    return [
        edit
        for group in WANTED
        for edit in sampled(
            (edit for one in chosen if group_of(one.file) == group for edit in one.edits),
            _DRAWN[group] if size is None else size,
            seed,
        )
    ]


def targets(source: Callable[[str], bytes], coverage: Coverage, beginnings: Sequence[str] = ("",)) -> list[Target]:
    """The files whose names begin as asked."""
    chosen = [file for file in FILES if file.startswith(tuple(beginnings))]
    return [target(file, source(file).decode(), coverage) for file in chosen]
