"""The faulty implementations, and the property that each says will reject it."""

import ast
from pathlib import Path

from meta_tests.support.runs import modules

FAULTY = modules("faulty")


def rejected_by(path: Path) -> str:
    """The property that a faulty implementation names; read, not imported: it needs jax."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "REJECTED_BY":
            return str(ast.literal_eval(statement.value))
    raise AssertionError(f"{path.name} does not say which property rejects it")
