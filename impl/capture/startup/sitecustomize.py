"""Begins to record where a Python starts with this folder on PYTHONPATH, then makes way for the user's own module."""

import contextlib
import importlib
import importlib.util
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_NAME = "_nnx_bridge_capture"


def _load_recorder() -> None:
    """Load `impl.capture` from its folder: `impl` may be a module of the user's."""
    package = _HERE.parent
    spec = importlib.util.spec_from_file_location(
        _NAME, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[_NAME] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    importlib.import_module(f"{_NAME}.start").begin()


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
    _load_recorder()
_load_the_users_own()
