"""What the tests of the page visit, and what they read there."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from meta_tests.support.sample_reports import failing, observing, passing, report
from reports.answer import EntryKind, Upgrade
from reports.model import Suite
from reports.sanitize import visible

Visit = Callable[..., Any]
FAILS, CHANGES, HOLDS, SEEN = "affine.fixed", "affine.seen", "jit.holds", "jit.steady"
REPORTS = [
    report(
        f"0.{n}.0",
        failing(FAILS) if n < 2 else passing(FAILS),
        observing(CHANGES, {"weights": f"value {n // 2}", "paths": ["kernel"]}),
        passing(HOLDS),
        observing(SEEN, {"count": 1}, statement="What stays as it was."),
        **({"suite": Suite({"affine.zeros": "d2"}, "gate")} if n == 3 else {}),
    )
    for n in range(4)
]
OLD, NEW = "0.10.7", "0.12.12"
# A property that is known to fail on NEW and on no release before it, and its finding.
SHARDED = "to_linen.program_agrees[sharding_metadata]"
PHONE = {"width": 390, "height": 844}
VIEWS = {
    "upgrade": f"#upgrade/{OLD}/{NEW}",
    "topic": f"#upgrade/{OLD}/{NEW}?uses=sharding,checkpoints&q=mesh",
    "same release": f"#upgrade/{NEW}/{NEW}",
    "releases": "#releases",
    "properties": "#properties",
    "failed": f"#properties?outcome=failed&on={NEW}",
    "property": f"#property/{quote(SHARDED, safe='')}",
    "unknown": "#upgrade/0.0.1/0.0.2",
}


def go(page: Any, address: str) -> None:
    """Follow an address on the same page, and wait until it is shown."""
    page.evaluate("address => { location.hash = address }", address)
    arrive(page, page.evaluate("location.hash"))


def arrive(page: Any, address: str) -> None:
    """Wait until the page shows an address: the address itself changes before the page hears of it."""
    page.locator(f"html[data-shown={json.dumps(address)}]").wait_for()


def titles(page: Any, kind: EntryKind) -> list[str]:
    return page.locator(f"#answer section[data-kind='{kind}'] .entry > h3").all_text_contents()


def expected(found: Upgrade, kind: EntryKind) -> list[str]:
    return [visible(entry.title).replace("`", "") for entry in found.of_kind(kind)]


def counts(page: Any) -> str:
    return " ".join(page.locator("#counts").text_content().split())


def rows(page: Any) -> list[str]:
    """The addresses of the properties that are shown."""
    return page.evaluate(
        "[...document.querySelectorAll('#rows li')].filter(row => row.checkVisibility()).map(row =>"
        " decodeURIComponent(row.firstChild.hash.split('/')[1]))"
    )
