"""A pytest plugin: every property fails at its first example, so that its reproducer is made as for a real failure.

The reproducers of the report hold where the properties do: ``-p meta_tests.support.all_failing --report FILE``.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from properties.programs.program import Program
from reports.plugin.record import PROGRAM_FILE

MESSAGE = "this example was to be shown"


def _fail(*_: Any, **__: Any) -> None:
    raise AssertionError(MESSAGE)


def _fail_at_the_end(program: Program) -> None:
    """The whole program is needed to come there."""
    last = len(program.source.rstrip().splitlines())
    exec(compile("\n" * (last - 1) + f"raise AssertionError({MESSAGE!r})", PROGRAM_FILE, "exec"))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let no witness of a known failure go first."""
    config.pluginmanager.unregister(name="conformance-known-failures")
    Program.run = _fail_at_the_end  # type: ignore[method-assign, assignment]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Put a failure in place of what the property does with an example."""
    function: Callable[..., Any] = pyfuncitem.obj
    search = getattr(function, "hypothesis", None)
    if search:
        search.inner_test = _fail
    elif not hasattr(function, "__wrapped__"):
        pyfuncitem.obj = functools.wraps(function)(_fail)
