"""Settings of JAX and Flax under which no run is judged: each fails what plain Flax does, or what a property needs."""

from collections.abc import Mapping
from importlib.util import find_spec

# What each must not be, and why nothing can be judged then; a flag is off unless it is one of _TRUE.
_UNFIT = {
    ("JAX_CHECK_TRACER_LEAKS", "on"): "searches the whole process for tracers, longer than a property may take",
    ("JAX_DISABLE_JIT", "on"): "compiles nothing, which fails properties of compiled calls",
    ("JAX_DEBUG_NANS", "on"): "raises for the NaN that properties pass",
    ("JAX_NUMPY_RANK_PROMOTION", "raise"): "raises in modules that add a vector to a matrix, bridged or not",
    ("JAX_NUMPY_DTYPE_PROMOTION", "strict"): "raises in modules that mix dtypes, bridged or not",
}
_NEEDS_A_PACKAGE = {("FLAX_USE_FLAXLIB", "on"): "flaxlib"}
_TRUE = ("1", "on", "t", "true", "y", "yes")


def unfit_setting(environ: Mapping[str, str]) -> str | None:
    """One line that names the first of them and says what to do; None without one."""
    missing = {key: f"needs {name}, which is not installed" for key, name in _NEEDS_A_PACKAGE.items() if not _has(name)}
    for (name, unfit), reason in (_UNFIT | missing).items():
        value = environ.get(name, "")
        if ("on" if value.lower() in _TRUE else value.lower()) == unfit:
            return f"setting {name}={value} {reason}: unset {name}"
    return None


def _has(package: str) -> bool:
    return find_spec(package) is not None
