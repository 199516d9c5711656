"""The properties of this suite, read from their source: neither jax nor flax is imported."""

import ast
import difflib
import re
from functools import cache

from reports.errors import BadInput
from reports.paths import PROPERTIES, ROOT

# What pytest's -k takes for a name, which is looked for in the ids of tests.
_NAME = re.compile(r"(?::?\w|[:+\-.\[\]\\/])+")


def is_expression(text: str) -> bool:
    """Whether pytest's ``-k`` takes it: names, ``and``, ``or``, ``not`` and parentheses."""
    words = _NAME.sub(lambda name: name[0] if name[0] in ("and", "or", "not") else "name", text)
    try:
        ast.parse(words.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return False
    return not re.search(r"[^\w\s()]|\(\s*\)", words)


def nodeid(property_id: str) -> str:
    """Where pytest finds this property, which may have parameters; BadInput where this suite has none of that name."""
    known = nodeids()
    function, bracket, parameters = property_id.partition("[")
    if function not in known:
        near = difflib.get_close_matches(property_id, known, n=3, cutoff=0.4)
        raise BadInput(f"no property {property_id!r}; nearest: {', '.join(near) or 'none'}")
    return f"{known[function]}{bracket}{parameters}"


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
