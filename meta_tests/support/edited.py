"""A pytest plugin that edits the bridge before the suite imports it: ``-p meta_tests.support.edited --edit NAME``.

Nobody reads the example that rejects an edit, so it is made small only where ``--shrink`` asks for that.
"""

import difflib
import importlib
import inspect

import pytest
from hypothesis import Phase, settings

from meta_tests.edits import EDITS, REPAIRS, Edit

# In the order in which they import one another, so that each is built on what the edit made of those before it.
MODULES = ("variables", "module", "wrappers", "interop")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--edit", required=True)
    parser.addoption("--shrink", action="store_true")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not config.option.shrink:
        settings.register_profile("edited", settings(), phases=(Phase.explicit, Phase.generate))
        settings.load_profile("edited")
    apply(named(config.option.edit))


def named(name: str) -> Edit:
    """The edit of that name."""
    known = {edit.name: edit for edit in (*EDITS, *REPAIRS)}
    if name not in known:
        nearest = difflib.get_close_matches(name, known, 3, 0)
        raise pytest.UsageError(f"--edit {name!r}: no edit has this name; the nearest are {', '.join(nearest)}")
    return known[name]


def apply(edit: Edit) -> None:
    """Run the source of the whole bridge once more, with the edit in it."""
    for name in MODULES:
        module = importlib.import_module(f"flax.nnx.bridge.{name}")
        source = inspect.getsource(module)
        if name == edit.module:
            assert source.count(edit.old) == 1, f"{edit.old!r} occurs {source.count(edit.old)} times in {name}.py"
            source = source.replace(edit.old, edit.new)
        exec(compile(source, str(module.__file__), "exec"), vars(module))
    importlib.reload(importlib.import_module("flax.nnx.bridge"))
