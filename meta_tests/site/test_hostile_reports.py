"""What a hostile report or address says is shown, and does nothing."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from meta_tests.site.visiting import REPORTS, Visit, go
from meta_tests.support.sample_reports import HOSTILE, hostile
from reports.render.site.pages import write_matrix
from reports.sanitize import visible


def test_hostile_text_is_shown_and_does_nothing(visit: Visit) -> None:
    """Every text of a report shows as itself, in each view, with what cannot be seen written out."""
    page = visit([hostile("0.1.0"), hostile("0.2.0")], "#properties")
    shown = visible(HOSTILE)
    # Between two backticks is code.
    in_prose = shown.replace("`", "")
    assert in_prose in page.locator("#rows").text_content()
    for name in ("hostile.fails", "hostile.drifts", f"hostile.{shown}"):
        go(page, f"#property/{quote(name, safe='')}")
        assert page.locator("dialog .meta").first.text_content() == name
        assert in_prose in page.locator("dialog").text_content()
    go(page, "#upgrade/0.1.0/0.2.0")
    assert in_prose in page.locator("#answer").text_content()
    go(page, "#releases")
    assert shown in page.locator("#view-releases").text_content()
    assert page.evaluate("[window.hurt, document.images.length, document.scripts.length]") == [None, 0, 2]


def test_hostile_address_does_nothing(visit: Visit) -> None:
    """What an address says is shown as text."""
    page = visit(REPORTS, f"#upgrade/{quote(HOSTILE, safe='')}/0.1.0?q={quote(HOSTILE, safe='')}")
    assert "<img src=x" in page.locator("#view-unknown").text_content()
    assert page.evaluate("[window.hurt, document.images.length, document.scripts.length]") == [None, 0, 2]


def test_policy_stops_what_got_in_all_the_same(browser: Any, tmp_path: Path) -> None:
    """A script, a handler, a style or an image that someone put into the page is not run, applied or fetched."""
    write_matrix(REPORTS, tmp_path)
    page = browser.new_page()
    refused: list[tuple[str, str]] = []
    page.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    page.goto((tmp_path / "index.html").as_uri())
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hurt = 1";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", `<img src="http://localhost:9/x" onerror="window.hurt = 2">
                <p id="styled" style="color: rgb(1, 2, 3)">text</p>`);
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.hurt") is None
    assert page.evaluate("getComputedStyle(document.getElementById('styled')).color") != "rgb(1, 2, 3)"
    assert refused == [("http://localhost:9/x", "csp")]
    page.close()
