"""The topics that a captured file names."""

import ast
from pathlib import Path

from reports.errors import BadInput

_REMEDY = "name topics, or a file that capture wrote"


def uses_of(name: str) -> list[str]:
    """USES of the file, which is read and not run. Raises BadInput."""
    try:
        body = ast.parse(Path(name).read_bytes()).body
    except OSError as error:
        raise BadInput(f"--uses {name}: {error.strerror}; {_REMEDY}") from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"--uses {name}: not a Python file; {_REMEDY}") from error
    listed = [one.value for one in body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "USES"]
    try:
        found = ast.literal_eval(listed[-1]) if listed else None
    except ValueError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise BadInput(f"--uses {name}: it has no USES = ['topic', …]; {_REMEDY}")
    return found
