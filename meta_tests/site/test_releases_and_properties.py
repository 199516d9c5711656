"""The views of the releases and of the properties."""

from pathlib import Path

from meta_tests.site.visiting import CHANGES, FAILS, HOLDS, NEW, REPORTS, SEEN, SHARDED, Visit, arrive, rows
from properties.findings import findings_of_change
from reports import releases
from reports.vocabulary import Outcome


def test_releases_are_listed_with_the_newest_first(visit: Visit, committed: Path) -> None:
    """Each with its outcomes; what fails counts known failures and leads to them."""
    page = visit(committed, "#releases")
    assert page.locator(".releases tbody th").all_text_contents() == releases.releases()[::-1]
    known = releases.report_of(NEW).count()[Outcome.KNOWN_FAILURE]
    assert page.locator(".failing a").first.text_content() == str(known)
    page.locator(".failing a").first.click()
    arrive(page, f"#properties?outcome=failed&on={NEW}")
    assert len(rows(page)) == known


def test_plot_shows_each_release_and_outcome(visit: Visit, committed: Path) -> None:
    """A bar for each release; its parts fill it, and what fails has the colour of a failure."""
    page = visit(committed, "#releases")
    count = len(releases.releases())
    assert page.locator(".health rect[data-outcome=passed]").count() == count
    assert page.locator(".health rect[data-outcome='known failure']").count() == count
    fill = "rect => getComputedStyle(rect).fill.match(/[0-9]+/g).map(Number)"
    red, green, blue = page.locator(".health rect[data-outcome='known failure']").first.evaluate(fill)
    assert red > 2 * max(green, blue)
    box = page.locator(".health").bounding_box()
    bars = page.locator(".health rect").all()
    heights: dict[float, float] = {}
    for bar in bars:
        found = bar.bounding_box()
        heights[round(found["x"])] = heights.get(round(found["x"]), 0) + found["height"]
    assert len(heights) == count
    assert all(abs(height - box["height"]) < 2 for height in heights.values())


def test_property_filters(visit: Visit) -> None:
    """Each filter leaves what fits it, all together what fits all; the address holds them, and shows the same."""
    page = visit(REPORTS, "#properties")
    assert rows(page) == [FAILS, CHANGES, HOLDS, SEEN]
    page.locator("[name=chapter]").select_option("jit")
    assert rows(page) == [HOLDS, SEEN]
    page.locator("[name=outcome]").select_option("observed")
    assert rows(page) == [SEEN]
    page.locator("[name=chapter]").select_option("all")
    assert rows(page) == [CHANGES, SEEN]
    assert page.locator("#count").text_content() == "2 of 4 properties"
    page.get_by_label("only what changes").check()
    assert rows(page) == [CHANGES]
    assert page.url.endswith("#properties?outcome=observed&changes=1")
    page.reload()
    assert rows(page) == [CHANGES]
    page.locator("[name=outcome]").select_option("failed")
    assert rows(page) == [FAILS]
    page.locator("[name=on]").select_option("0.3.0")
    assert rows(page) == []
    assert page.locator("#empty").is_visible()


def test_property_search(visit: Visit, committed: Path) -> None:
    """It finds feature, advice, reason and finding."""
    page = visit(committed, "#properties")
    newest = releases.report_of(NEW)
    sharded = newest.by_id[SHARDED]
    advised = next(one for one in newest.properties if one.advice)
    unsupported = next(one for one in releases.report_of("0.9.0").properties if one.outcome == "unsupported")
    changed = next(one for one in newest.properties if findings_of_change(one.id, "0.12.0"))
    title = findings_of_change(changed.id, "0.12.0")[0].title
    for text, name in (
        (sharded.feature, SHARDED),
        (advised.advice, advised.id),
        (unsupported.reason, unsupported.id),
        (title, changed.id),
    ):
        page.get_by_label("Search").last.fill(text or "")
        assert name in rows(page)
        assert len(rows(page)) < len(newest.properties) / 3


def test_failed_finds_known_failures(visit: Visit, committed: Path) -> None:
    """A known failure is a failure: the filter finds it, and so does its own word."""
    known = {one.id for one in releases.report_of(NEW).properties if one.outcome == "known failure"}
    for outcome in ("failed", "known failure"):
        page = visit(committed, f"#properties?outcome={outcome}&on={NEW}")
        assert set(rows(page)) == known


def test_panel_opens_at_its_title_and_closes_by_escape(visit: Visit, committed: Path) -> None:
    """It has the focus and its findings; Escape leads back to the row and its filters, Back opens it again."""
    page = visit(committed, f"#properties?outcome=failed&on={NEW}&q=sharding")
    row = page.locator("#rows a:visible").first
    row.focus()
    page.keyboard.press("Enter")
    page.locator("dialog").wait_for()
    assert page.evaluate("document.activeElement.id") == "opened-title"
    assert page.evaluate("document.querySelector('dialog').scrollTop") == 0
    assert page.locator("dialog .entry").count() >= 1
    assert page.locator("dialog .states .outcome").first.text_content() == "known failure"
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="hidden")
    assert page.evaluate("location.hash") == f"#properties?outcome=failed&on={NEW}&q=sharding"
    assert page.evaluate("document.activeElement.hash").startswith("#property/")
    page.go_back()
    page.locator("dialog").wait_for()
    page.get_by_label("Close").click()
    page.locator("dialog").wait_for(state="hidden")


def test_panel_shows_states_and_one_reproducer(visit: Visit) -> None:
    """The newest first; a reproducer is that of the newest failure."""
    page = visit(REPORTS, f"#property/{FAILS}")
    assert page.locator(".states > li").all_text_contents()[0] == "passed 0.2.0 to 0.3.0"
    assert page.locator(".states .error").text_content() == "AssertionError: output[0] is 0.5, expected 0.25"
    assert page.locator("dialog details").count() == 1
    assert page.locator("dialog details pre").text_content() == f"import jax\n\nassert {FAILS!r}\n"
