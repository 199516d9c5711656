"""Loads the recorder into a program under a name of its own: `impl` may be a module of the user's."""

import importlib
import importlib.util
import sys
from pathlib import Path

_NAME = "_nnx_bridge_capture"


def load() -> None:
    """Record from now on, if a command asks for it; once in a process."""
    if _NAME in sys.modules:
        return
    package = Path(__file__).parent
    spec = importlib.util.spec_from_file_location(
        _NAME, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[_NAME] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    importlib.import_module(f"{_NAME}.start").begin()
