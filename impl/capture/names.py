"""Names under which a program's classes, functions and objects can be imported."""

import sys
from typing import Any

# Their public names are the same on all releases; where they are defined is not.
_PUBLIC = (
    ("builtins", ""),
    ("flax.linen", ""),
    ("flax.linen", "initializers."),
    ("flax.nnx", ""),
    ("flax.nnx.bridge", ""),
    ("jax.numpy", ""),
    ("jax.nn", ""),
    ("jax.lax", ""),
    ("jax", ""),
    ("flax.core", ""),
    ("flax.struct", ""),
    ("numpy", ""),
)
_MARK = "\0"


class NoForm(Exception):
    """A value cannot be written as source; the message says which one, why, and what to do."""


def imported(module: str, name: str) -> str:
    """Stands in a text for a name of a module; what writes the file chooses the import."""
    return f"{_MARK}{module}:{name}{_MARK}"


def named(value: Any) -> str | None:
    """The name of a class, a function or any other object that a module has at its top; None without one."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    own = getattr(value, "__module__", None)
    for module, within in (*_PUBLIC, (own, "")):
        if isinstance(module, str) and isinstance(name, str) and _has(module, within + name, value):
            return imported(module, within + name)
    return _by_identity(value)


def why_unnamed(value: Any) -> NoForm:
    """What to do about a class or a function that no module has at its top."""
    name = getattr(value, "__qualname__", repr(value))
    outer, inside, _ = name.rpartition(".<locals>.")
    where = f" inside the function `{outer}`" if inside else ""
    return NoForm(f"`{name}` is defined{where or ' nowhere at the top of a module'}: move it to the top of a module")


def _has(module: str, name: str, value: Any) -> bool:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value and not _is_private(module)


def _by_identity(value: Any) -> str | None:
    """A name at the top of a module that stands for this very object, as `Layers = nn.scan(Layer, …)` does."""
    for module, found in list(sys.modules.items()):
        if _is_private(module) or module.startswith(("jax.", "flax.")):
            continue
        for name, one in list(getattr(found, "__dict__", {}).items()):
            if one is value and name.isidentifier() and not name.startswith("__"):
                return imported(module, name)
    return None


def _is_private(module: str) -> bool:
    return module.startswith(("jax._", "_nnx_bridge", "_pytest"))
