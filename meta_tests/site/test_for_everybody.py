"""The page by keyboard, on a phone, in light and dark, and as axe-core sees it."""

from pathlib import Path

import pytest

from meta_tests.site.visiting import PHONE, REPORTS, VIEWS, Visit
from meta_tests.support.browser import AXE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(visit: Visit, committed: Path, view: str, scheme: str) -> None:
    """Every view is accessible, with all that is folded opened."""
    page = visit(committed, VIEWS[view], color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    assert len(found["passes"]) > 15


@pytest.mark.parametrize("view", VIEWS)
def test_page_fits_a_phone(visit: Visit, committed: Path, view: str) -> None:
    """Nothing has to be scrolled sideways but what scrolls by itself."""
    page = visit(committed, VIEWS[view], viewport=PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= PHONE["width"]


def test_tab_reaches_everything_in_order(visit: Visit, committed: Path) -> None:
    """First a way past the header, then the views, the releases, the counts, the topics, the search, and the way."""
    page = visit(committed)
    reached: list[str] = []
    while "way" not in reached and len(reached) < 60:
        page.keyboard.press("Tab")
        name = "(one => one.closest('#way')?.id || one.id || one.name || one.classList[0] || one.hash)"
        reached.append(page.evaluate(f"{name}(document.activeElement)"))
    assert list(dict.fromkeys(reached)) == [
        *("skip", "brand", "#upgrade", "#releases", "#properties", "theme"),
        *("old", "new", "tile", "chip", "q", "way"),
    ]


def test_skip_link_leads_to_the_content(visit: Visit) -> None:
    """And changes no address."""
    page = visit(REPORTS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert "#" not in page.url


def test_dark_and_light(visit: Visit) -> None:
    """The system's choice is taken, and the button turns it round."""
    luminance = (
        "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    )
    for scheme, is_dark in (("dark", True), ("light", False)):
        page = visit(REPORTS, color_scheme=scheme)
        assert (page.evaluate(luminance) < 384) == is_dark
        page.locator("#theme").click()
        assert (page.evaluate(luminance) < 384) != is_dark
