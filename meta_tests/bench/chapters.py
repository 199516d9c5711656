"""The four chapters that are measured, those that the naive suite has a property of, and how they are run."""

from collections.abc import Sequence
from pathlib import Path

CHAPTERS = ("affine", "determinism", "jit", "reinit")


def files(chapters: Sequence[str] = CHAPTERS) -> list[str]:
    return [f"properties/test_{chapter}.py" for chapter in chapters]


def profile(quick: bool) -> list[str]:
    """pytest's arguments for few examples, or for the gate's."""
    return ["--hypothesis-profile", "quick" if quick else "gate"]


def cached_in(folder: Path) -> dict[str, str]:
    """The environment in which everything compiled is kept in ``folder``, by the naive suite too."""
    return {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
