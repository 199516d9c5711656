"""Every generic property, asked of a user's subjects and models in the user's own pytest run."""

import difflib
import re
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

# Every setting is stated, so that a user's profile changes nothing here. A seed is not made smaller: 1 comes first.
SETTINGS: dict[str, Any] = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "phases": (Phase.explicit, Phase.generate),
    "stateful_step_count": 1,
    "suppress_health_check": list(HealthCheck),
    "verbosity": Verbosity.normal,
    "print_blob": False,
    "report_multiple_bugs": False,
    "backend": "hypothesis",
}
_CHAPTERS = {"subject": ("subjects", "state"), "model": ("models",)}
# Fails with the reason if a description cannot be used.
_FIRST = {"subject": "subjects.init", "model": "models.same_seed"}


def parametrize_with_properties(
    described: Mapping[str, Mapping[str, Any]],
    *,
    examples: int = 2,
    expected_failures: Mapping[str, str] | None = None,
    accepted_findings: Mapping[str, str] | None = None,
) -> pytest.MarkDecorator:
    """Make a test of each generic property and each subject or model; the test calls its argument ``run``.

    Args:
        described: Subjects and models by name, in the form of ``SUBJECTS`` and ``MODELS``. One with the key
            ``"module"`` is a Linen module, one with the key ``"model"`` makes an NNX model.
        examples: How many seeds each property tries; 1 is the first.
        expected_failures: A reason for each test that fails, by its id, such as ``"subjects.call-encoder"``. Such a
            test is an expected failure. It fails if the property holds.
        accepted_findings: A reason for each finding of the suite, such as ``"copies_miss_mutable_calls"``, whose
            failures are expected failures. A failure names its finding.

    Returns:
        A mark of pytest's. Its tests have ids such as ``subjects.call-encoder``, which ``-k`` selects. A test fails
        with the exception of the property, and a note has the sentence that does not hold. A description that cannot
        be used fails one test, with the reason.

    Raises:
        pytest.Collector.CollectError: There is nothing to ask, an expected failure is not asked, a finding is
            unknown, or Python drops assertions. Pytest shows it as one line.
    """
    _check_process()
    expected, accepted = expected_failures or {}, accepted_findings or {}
    _check_names("accepted_findings", "finding", accepted, [one.name for one in _findings()])
    asked = list(_asked(described, examples, accepted))
    _check_names("expected_failures", "test", expected, [one.id for one in asked])
    return pytest.mark.parametrize("run", [pytest.param(one, id=one.id, marks=_marks(one, expected)) for one in asked])


@dataclass(frozen=True)
class _Asked:
    """One property of one subject or model; a call asks it."""

    id: str
    property_id: str
    # A property of the suite, with its strategies.
    check: Any
    # The subject or model.
    of: Any
    examples: int
    # Findings whose failures are expected, each with a reason.
    accepted: Mapping[str, str]

    def __call__(self) -> None:
        __tracebackhide__ = True
        try:
            # Flax warns of what it deprecates, and a user's pytest may make errors of that.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._search()()
        except Exception as error:
            self._explain(error)
            raise

    def _search(self) -> Callable[[], None]:
        holds = self.check.hypothesis.inner_test

        @seed(zlib.crc32(self.property_id.encode()))
        @settings(max_examples=self.examples, **SETTINGS)
        @given(seed=st.integers(1, 2**16))
        def property_(seed: int) -> None:
            __tracebackhide__ = True
            holds(self.of, seed)

        return property_

    def _explain(self, error: Exception) -> None:
        """Note what does not hold, and the finding that explains it; an accepted one is an expected failure."""
        sentence = " ".join((self.check.__doc__ or "").split("\n\n")[0].split())
        error.add_note(f"{self.property_id} of {self.of.name!r}: {sentence}")
        release = version("flax")
        for finding in _findings():
            if any(_is_shown(fails, self.property_id, error) for fails in finding.fails if fails.covers(release)):
                if finding.name in self.accepted:
                    pytest.xfail(f"{self.accepted[finding.name]} ({finding.title})")
                error.add_note(f"Known on Flax {release} ({finding.name}): {finding.summary}")


@dataclass(frozen=True)
class _Refused:
    """A description that cannot be used; a call says why."""

    id: str
    reason: str

    def __call__(self) -> None:
        pytest.fail(self.reason, pytrace=False)


def _check_process() -> None:
    if sys.flags.optimize:
        raise pytest.Collector.CollectError(
            "nnx_bridge.testing: Python drops assertions here, so that nothing is judged: unset PYTHONOPTIMIZE, "
            "leave out -O"
        )


def _check_names(argument: str, what: str, given: Mapping[str, str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            meant = f"did you mean {close[0]!r}?" if close else "a failure in pytest's output names it"
            raise pytest.Collector.CollectError(f"{argument}: there is no {what} {name!r}; {meant}")


def _marks(one: "_Asked | _Refused", expected: Mapping[str, str]) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=expected[one.id], strict=True)] if one.id in expected else []


def _asked(
    described: Mapping[str, Mapping[str, Any]], examples: int, accepted: Mapping[str, str]
) -> "Iterator[_Asked | _Refused]":
    if not isinstance(described, Mapping) or not described:
        raise pytest.Collector.CollectError(
            "parametrize_with_properties: give a dictionary with at least one subject or model, by name: "
            "{'encoder': {'module': …, 'args': (…,)}}"
        )
    for name, description in described.items():
        yield from _asked_of(name, description, examples, accepted)


def _asked_of(
    name: str, description: Mapping[str, Any], examples: int, accepted: Mapping[str, str]
) -> "Iterator[_Asked | _Refused]":
    kind = "model" if isinstance(description, Mapping) and "model" in description else "subject"
    found, reason = _read(kind, name, description)
    if found is None:
        yield _Refused(f"{_FIRST[kind]}-{name}", reason)
        return
    for property_id, check in _properties(kind):
        if all(getattr(found, need) for need in getattr(check, f"needed_of_{kind}s")):
            yield _Asked(f"{property_id}-{name}", property_id, check, found, examples, accepted)


def _read(kind: str, name: str, description: Any) -> tuple[Any, str]:
    """The subject or model, or why there is none."""
    errors, loading = _module("impl.errors"), _module("impl.loading")
    read = getattr(_module(f"impl.{kind}_schema"), f"{kind}_of")
    try:
        with errors.limited(loading.SECONDS):
            return read(name, description), ""
    except (errors.BadSubjects, errors.BadModels, errors.BrokenModel) as error:
        return None, str(error)
    except errors.TooSlow as error:
        return None, f"{kind} {name!r}: {error}"


def _properties(kind: str) -> Iterator[tuple[str, Any]]:
    """The properties of this kind by id, in the order of their chapters."""
    for chapter in _CHAPTERS[kind]:
        for name, check in vars(_module(f"properties.test_{chapter}")).items():
            # Observations record what nobody promises: there is nothing to ask.
            if name.startswith("test_") and hasattr(check, f"needed_of_{kind}s") and hasattr(check, "hypothesis"):
                yield f"{chapter}.{name.removeprefix('test_')}", check


def _findings() -> Any:
    return _module("properties.findings").all_findings()


def _is_shown(fails: Any, property_id: str, error: Exception) -> bool:
    """Whether a finding says of some subject that this property fails so."""
    is_named = any(pattern.partition("[")[0] == property_id for pattern in fails.shown_by)
    return is_named and type(error).__name__ == fails.exception and re.search(fails.message, str(error)) is not None


def _module(name: str) -> Any:
    """A module of the suite."""
    return import_module(f"{__package__}.suite.{name}")
