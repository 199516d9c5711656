"""A pytest plugin: of a property that is known to fail, its witness alone is run, and must fail as it is written."""

import inspect
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis.vendor.pretty import pretty

from properties.known_failures import KnownFailure, is_tried, known_failure


@dataclass(frozen=True)
class Witnessed:
    """A known failure, seen again."""

    known: KnownFailure
    # The arguments of the witness as Hypothesis prints them, a line each.
    example: str
    excinfo: pytest.ExceptionInfo[BaseException]


WITNESSED = pytest.StashKey[Witnessed]()


def property_id(item: pytest.Item) -> str:
    """The id of a property in reports, with its parameters in brackets."""
    return f"{item.path.stem.removeprefix('test_')}.{item.name.removeprefix('test_')}"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Run the witness in place of the property, where what is tested is the suite's own."""
    named = property_id(pyfuncitem)
    known = known_failure(named) if _is_of_the_suite(pyfuncitem) else None
    if known is None:
        return None
    release = version("flax")
    witness = eval(f"dict({known.witness})", dict(vars(pyfuncitem.module)))
    try:
        _run(pyfuncitem, witness)
    except (Exception, pytest.skip.Exception) as error:
        if type(error).__name__ == known.exception and re.search(known.message, str(error)):
            pyfuncitem.stash[WITNESSED] = Witnessed(known, _shown(witness), pytest.ExceptionInfo.from_exception(error))
            return True
        if is_tried(release):
            raise AssertionError(
                f"a known failure that fails otherwise on flax {release}: {named} should raise "
                f"{known.exception} with {known.message!r}; mend its entry in properties/known_failures.toml"
            ) from error
    else:
        if is_tried(release):
            raise AssertionError(
                f"a known failure that holds on flax {release}: {named}; "
                "narrow its entry in properties/known_failures.toml"
            )
    # On a younger release the property has the word.
    return None


def _is_of_the_suite(item: pytest.Function) -> bool:
    option = item.config.option
    names = item.fixturenames
    return not ("impl" in names and option.impl) and not ("subject" in names and option.subjects)


def _run(item: pytest.Function, witness: dict[str, Any]) -> None:
    handle = getattr(item.obj, "hypothesis", None)
    test = handle.inner_test if handle else inspect.unwrap(item.obj)
    wanted = inspect.signature(test).parameters
    test(**{name: value for name, value in item.funcargs.items() if name in wanted} | witness)


def _shown(witness: dict[str, Any]) -> str:
    return "\n".join(f"{name}={pretty(value)}" for name, value in witness.items())
