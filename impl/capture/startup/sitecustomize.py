"""Begins to record where a Python starts with this folder on PYTHONPATH, then makes way for the user's own module."""

import contextlib
import importlib
import runpy
import sys
from pathlib import Path

_HERE = Path(__file__).parent


def _load_the_users_own() -> None:
    """Import the `sitecustomize` that this one hides; without one, this stays in its place."""
    sys.path[:] = [entry for entry in sys.path if entry != str(_HERE)]
    ours = sys.modules.pop(__name__)
    try:
        importlib.import_module(__name__)
    except ModuleNotFoundError as error:
        if error.name != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, ours)


with contextlib.suppress(Exception):  # a program runs as it would, recorded or not
    runpy.run_path(str(_HERE.parent / "loader.py"))["load"]()
_load_the_users_own()
