"""How findings are seen in source: their patterns name what exists, and hit their own programs."""

import re
from collections.abc import Iterator

import pytest

from meta_tests.support import code_sample
from properties.findings import Finding, all_findings
from reports.api import evidence
from reports.code.expressions import Expressions
from reports.code.patterns import found

_WITH_CODE = [finding for finding in all_findings() if finding.code]
# The witness calls the function under test by a name that it passes around, as users do not.
_NOT_IN_ITS_WITNESS = {"cond_raises_for_mutable_calls", "states_miss_mutable_calls"}
# The advice keeps the expression, and changes something that source does not show.
_STILL_AFTER_ITS_REMEDY = {
    "axis_rules_apply_differently",
    "mutable_call_deletes_metadata_of_boxes",
    "tabulate_of_linen_with_to_nnx_raises",
    "to_linen_class_refuses_arguments",
}


def _is_hit(finding: Finding, text: str) -> bool:
    source = Expressions(text.encode())
    return any(
        any(found(one, source) for one in code.at)
        and all(found(one, source) for one in code.near)
        and not any(found(one, source) for one in code.unless)
        for code in finding.code
    )


@pytest.mark.parametrize("finding", [one for one in _WITH_CODE if one.witness], ids=lambda one: one.name)
def test_patterns_hit_the_witness_and_not_what_is_remedied(finding: Finding) -> None:
    """A user's program that shows the finding is one that the patterns are for."""
    assert _is_hit(finding, finding.witness) != (finding.name in _NOT_IN_ITS_WITNESS)
    if finding.remedy:
        assert _is_hit(finding, finding.remedied()) == (finding.name in _STILL_AFTER_ITS_REMEDY)


@pytest.mark.parametrize("finding", _WITH_CODE, ids=lambda one: one.name)
def test_patterns_name_what_flax_has(finding: Finding) -> None:
    """Each name of `bridge`, `nnx` and the partitioning API of `nn` is in the API of some release."""
    known = {name for names in evidence.by_release().values() for name in names}
    known |= {name.replace("nn.meta.", "nn.") for name in known}
    for code in finding.code:
        for text in (*code.at, *code.near, *code.unless):
            assert {*_named(text)} <= known


def _named(text: str) -> Iterator[str]:
    for name in re.findall(r"(?<![\w.'])(?:nnx|nn|bridge)\.\w+", text):
        if not name.endswith("._"):
            yield name.replace("bridge.to_linen_class", "bridge.wrappers.to_linen_class")


@pytest.mark.parametrize(("old", "new"), code_sample.PAIRS)
def test_sample_gives_precision_and_recall(old: str, new: str) -> None:
    """At least 0.9 and 0.7 on code that was marked by hand; no place is said twice."""
    found_ones = code_sample.score(old, new)
    assert found_ones.precision >= 0.9
    assert found_ones.recall >= 0.7
    assert set(found_ones.hits.values()) == {1}


def test_sample_is_large() -> None:
    """It is of many files, and not all of them use the bridge."""
    files = [*code_sample.SAMPLE.rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert len(files) >= 12
    assert sum(len(text.splitlines()) for text in texts) >= 600
    assert sum("# expect: " not in text for text in texts) >= 4
