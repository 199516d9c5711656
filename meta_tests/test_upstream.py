"""The texts for Flax's issue tracker, made from the findings that fail on the newest release."""

import pytest

from properties.findings import Finding, all_findings
from reports import releases
from reports.errors import BadInput
from reports.render.finding_issue import as_issue

NEWEST = releases.releases()[-1]
FAILING = [one for one in all_findings() if one.covers(NEWEST)]


@pytest.mark.parametrize("finding", FAILING, ids=lambda one: one.name)
def test_text_holds_what_a_maintainer_needs(finding: Finding) -> None:
    """The whole program, the release on which it was tried, each link to the source, and the properties."""
    text = as_issue(finding.name)
    assert f"```python\n{finding.witness.strip()}\n```" in text
    assert f"Flax {NEWEST}, jax " in text
    assert all(f"({cause.link})" in text for cause in finding.causes)
    shown_by = [name for fails in finding.fails if fails.covers(NEWEST) for name in fails.shown_by]
    assert shown_by
    assert all(f"`{name}`" in text for name in shown_by)
    assert "\n\nCause: " in text
    assert "\n\nSuggested fix: " in text
    assert bool(finding.fix) != ("\n\nSuggested fix: More than a few lines: " in text)
    assert f"```diff\n{finding.fix.strip()}\n```" in text or not finding.fix


def test_fixed_finding_is_not_reported() -> None:
    """Where the newest release does not fail there is nothing to report, and an unknown name is named."""
    fixed = next(one.name for one in all_findings() if one.fails and not one.covers(NEWEST))
    with pytest.raises(BadInput, match=f"{fixed} does not fail on flax {NEWEST}"):
        as_issue(fixed)
    with pytest.raises(BadInput, match="no finding 'lazy_init_ignores'; did you mean lazy_init_ignores_mutable"):
        as_issue("lazy_init_ignores")
