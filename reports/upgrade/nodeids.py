"""The properties of this suite, read from their source: neither jax nor flax is imported."""

import ast
from functools import cache

from reports.places import PROPERTIES, ROOT


@cache
def nodeids() -> dict[str, str]:
    """Where pytest finds each property, by its id."""
    found = {}
    for path in sorted(PROPERTIES.glob("test_*.py")):
        chapter = path.stem.removeprefix("test_")
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                name = function.name.removeprefix("test_")
                found[f"{chapter}.{name}"] = f"{path.relative_to(ROOT).as_posix()}::{function.name}"
    return found
