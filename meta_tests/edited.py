"""A pytest plugin that edits the bridge before the properties are collected: ``-p meta_tests.edited --edit NAME``."""

import importlib
import inspect

import pytest

from meta_tests.edits import EDITS, Edit


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--edit", required=True)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    apply(next(edit for edit in EDITS if edit.name == config.option.edit))


def apply(edit: Edit) -> None:
    """Run the module's edited source in its place."""
    bridge = importlib.import_module("flax.nnx.bridge")
    module = importlib.import_module(f"flax.nnx.bridge.{edit.module}")
    source = inspect.getsource(module)
    assert source.count(edit.old) == 1, f"{edit.old!r} stands {source.count(edit.old)} times in {module.__name__}"
    before = dict(vars(module))
    exec(compile(source.replace(edit.old, edit.new), str(module.__file__), "exec"), vars(module))
    for name, value in list(vars(bridge).items()):
        if name in before and before[name] is value:
            setattr(bridge, name, vars(module)[name])
