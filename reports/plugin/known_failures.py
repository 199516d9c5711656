"""A pytest plugin: of a property that fails because of a finding, the example alone runs, and must fail as it says."""

import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis.vendor.pretty import pretty
from packaging.version import Version

from properties.findings import Finding, finding_of
from reports import releases
from reports.plugin import trial


@dataclass(frozen=True)
class Witnessed:
    """A known failure, seen again."""

    finding: Finding
    # The arguments as Hypothesis prints them, a line each.
    example: str
    excinfo: pytest.ExceptionInfo[BaseException]


WITNESSED = pytest.StashKey[Witnessed]()


def property_id(item: pytest.Item) -> str:
    """The id of a property in reports, with its parameters in brackets."""
    return f"{item.path.stem.removeprefix('test_')}.{item.name.removeprefix('test_')}"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Run the example in place of the property, where what is tested is the suite's own."""
    named, release = property_id(pyfuncitem), version("flax")
    finding = finding_of(named, release) if _is_of_the_suite(pyfuncitem) else None
    expected = finding.failure(named, release) if finding else None
    if finding is None or expected is None:
        return None
    example = trial.values(finding.example(named))
    file = f"properties/findings/{finding.name}.toml"
    try:
        trial.run(pyfuncitem, example)
    except (Exception, pytest.skip.Exception) as error:
        if type(error).__name__ == expected.exception and re.search(expected.message, str(error)):
            excinfo = pytest.ExceptionInfo.from_exception(error)
            pyfuncitem.stash[WITNESSED] = Witnessed(finding, _shown(example), excinfo)
            return True
        if _has_evidence(release):
            raise AssertionError(
                f"a known failure that fails differently on flax {release}: {named} should raise "
                f"{expected.exception} with {expected.message!r}; correct {file}"
            ) from error
    else:
        if _has_evidence(release):
            raise AssertionError(f"a known failure that passes on flax {release}: {named}; narrow its span in {file}")
    # On a newer release nobody has looked yet: the property itself runs.
    return None


def _has_evidence(release: str) -> bool:
    """Whether the findings were tried on this release, or on a newer one."""
    tried = releases.releases()
    return bool(tried) and Version(release) <= Version(tried[-1])


def _is_of_the_suite(item: pytest.Function) -> bool:
    option = item.config.option
    names = item.fixturenames
    asked = {"impl": option.impl, "subject": option.subjects, "model": option.models}
    return not any(name in names and given for name, given in asked.items())


def _shown(example: dict[str, Any]) -> str:
    return "\n".join(f"{name}={pretty(value)}" for name, value in example.items())
