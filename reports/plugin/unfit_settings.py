"""Settings of JAX and Flax under which no run is judged: each fails what plain Flax does, or what a property needs."""

from collections.abc import Mapping

# What each is set to, and why nothing can be judged then.
_UNFIT = {
    ("JAX_DEBUG_NANS", True): "raises for the NaN that properties pass",
    ("JAX_NUMPY_RANK_PROMOTION", "raise"): "raises in modules that add a vector to a matrix, bridged or not",
    ("JAX_NUMPY_DTYPE_PROMOTION", "strict"): "raises in modules that mix dtypes, bridged or not",
}
_TRUE = ("1", "on", "t", "true", "y", "yes")


def unfit_setting(environ: Mapping[str, str]) -> str | None:
    """One line that names the first of them and says what to do; None without one."""
    for (name, unfit), reason in _UNFIT.items():
        value = environ.get(name, "").lower()
        if value == unfit or (unfit is True and value in _TRUE):
            return f"setting {name}={environ[name]} {reason}: unset {name}"
    return None
