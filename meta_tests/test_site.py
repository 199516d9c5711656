"""The page in a real browser: whatever a reader does, no script but its own runs and nothing is fetched."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from meta_tests.picture import NoBrowser, launched
from meta_tests.sample_reports import HOSTILE, failing, hostile, observing, passing, report
from reports.compare import compare, incomparable
from reports.escaping import visible
from reports.matrix.pages import write_matrix
from reports.model import Report, Suite
from reports.vocabulary import Effect

FAILS, CHANGES, HOLDS, SEEN = "affine.mended", "affine.seen", "jit.holds", "jit.steady"
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with api.sync_playwright() as playwright:
        try:
            browser = launched(playwright)
        except NoBrowser as reason:
            pytest.skip(str(reason))
        yield browser
        browser.close()


Visit = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Visit]:
    """``visit(reports, address="", **context)`` opens their page; at the end it must have been silent and alone."""
    heard: list[str] = []
    asked: set[str] = set()
    contexts = []

    def of(reports: list[Report], address: str = "", **options: Any) -> Any:
        write_matrix(reports, tmp_path)
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.add(request.url.partition("#")[0]))
        page.goto(f"{(tmp_path / 'index.html').as_uri()}{address}")
        return page

    yield of
    for context in contexts:
        context.close()
    assert heard == []
    assert asked == {(tmp_path / "index.html").as_uri()}


def _rows(page: Any) -> list[str]:
    """The ids of the properties that are shown."""
    return [row.get_attribute("data-id") for row in page.locator("tr.property:visible").all()]


def _focused(page: Any) -> tuple[str, int]:
    """The property and the column, 0 for its name, of the focused cell."""
    return tuple(page.evaluate("[document.activeElement.closest('tr')?.dataset.id, document.activeElement.cellIndex]"))


def test_filters(visit: Visit) -> None:
    """Each filter leaves what fits it, all together what fits all; the count and the emptiness are said."""
    page = visit(REPORTS)
    assert _rows(page) == [FAILS, CHANGES, HOLDS, SEEN]
    page.get_by_label("Chapter").select_option("jit")
    assert _rows(page) == [HOLDS, SEEN]
    assert not page.locator("tr.chapter", has_text="affine").is_visible()
    page.get_by_label("Outcome").select_option("observed")
    assert _rows(page) == [SEEN]
    page.get_by_label("Chapter").select_option("all")
    assert _rows(page) == [CHANGES, SEEN]
    assert page.locator("#count").text_content() == "2 of 4 properties"
    page.get_by_label("Only what changes").check()
    assert _rows(page) == [CHANGES]
    page.get_by_label("Outcome").select_option("any")
    assert _rows(page) == [FAILS, CHANGES]
    page.get_by_label("Only what changes").uncheck()
    for text, found in (("STAYED as", []), ("stays was", [SEEN]), ("weights", [CHANGES]), ("jit.holds", [HOLDS])):
        page.get_by_label("Search").fill(text)
        assert _rows(page) == found
        assert page.locator("#empty").is_visible() == (not found)
    assert not page.locator("tr.strip:visible").count()


def test_keyboard_opens_and_closes(visit: Visit) -> None:
    """One Tab stop leads into the grid, arrows move, Enter opens, Escape closes and gives the focus back."""
    page = visit(REPORTS)
    page.get_by_label("Only what changes").focus()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id || document.activeElement.className") in ("count", "scroll"):
        page.keyboard.press("Tab")
    assert _focused(page) == (FAILS, 0)
    for key, cell in (
        ("ArrowUp", (FAILS, 0)),
        ("ArrowRight", (FAILS, 1)),
        ("End", (FAILS, 4)),
        ("ArrowRight", (FAILS, 4)),
        ("PageDown", (SEEN, 4)),
        ("ArrowUp", (HOLDS, 4)),
        ("ArrowUp", (CHANGES, 4)),  # the strip below it
        ("ArrowLeft", (CHANGES, 3)),
        ("Home", (CHANGES, 0)),
        ("PageUp", (FAILS, 0)),
        ("ArrowRight", (FAILS, 1)),
        ("ArrowRight", (FAILS, 2)),
    ):
        page.keyboard.press(key)
        assert _focused(page) == cell, key
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.locator("dialog").wait_for()
    assert page.url.endswith(f"#property/{FAILS}/0.1.0")
    page.keyboard.press("Escape")
    page.wait_for_url("**#matrix")
    assert not page.locator("dialog").is_visible()
    assert _focused(page) == (FAILS, 2)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert _focused(page) == (FAILS, 2)


def test_mouse_opens_and_closes(visit: Visit) -> None:
    """A click on a cell opens its property at its release, one on the name the property; the cross closes."""
    page = visit(REPORTS)
    page.locator(f"tr.property[data-id='{FAILS}'] td").nth(2).click()
    assert page.locator("dialog h2").text_content() == "The sentence of mended."
    assert page.locator("dialog .history").text_content() == "fails on 0.0.0 and 0.1.0, holds from 0.2.0."
    assert page.locator("dialog [data-current] .outcome").inner_text().split("\n")[-1] == "Passed on 0.2.0 and 0.3.0"
    assert "output[0] is 0.5, expected 0.25" in page.locator("dialog .message").text_content()
    page.get_by_label("Close").click()
    page.locator("dialog").wait_for(state="hidden")
    page.get_by_text("The sentence of seen.").first.click()
    assert page.url.endswith(f"#property/{CHANGES}")
    assert page.locator("dialog .advice").text_content().startswith("If one drifts: Restore a checkpoint")
    values = page.locator("dialog .observations tbody tr").all_inner_texts()
    assert [value.split() for value in values] == [
        ["paths", "0.0.0", '["kernel"]'],
        ["weights", "A", "0.0.0", '"value', '0"'],
        ["B", "0.2.0", '"value', '1"'],
    ]
    page.mouse.click(5, 5)
    page.locator("dialog").wait_for(state="hidden")


def test_strip_shows_its_values(visit: Visit) -> None:
    """Letters change where the value does, and pointing or moving to a letter shows the value."""
    page = visit(REPORTS)
    cells = page.locator(f"tr.strip[data-id='{CHANGES}'] td")
    assert cells.all_inner_texts() == ["A", "A", "B", "B"]
    assert [cell.get_attribute("data-new") is not None for cell in cells.all()] == [False, False, True, False]
    cells.nth(1).hover()
    assert page.get_by_role("tooltip").text_content() == '0.1.0: "value 0"'
    page.mouse.move(5, 5)
    page.locator("#tip").wait_for(state="hidden")
    page.locator(f"tr.strip[data-id='{CHANGES}'] th").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.get_by_role("tooltip").text_content() == '0.2.0: "value 1"'


def test_copying(visit: Visit) -> None:
    """The copy button copies the reproducer as it is; where a browser refuses, the text is selected."""
    page = visit(REPORTS, f"#property/{FAILS}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("Copy the reproducer").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"import jax\n\nassert {FAILS!r}\n"
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    page.get_by_label("Copy the command").first.click()
    page.get_by_text("Press Ctrl+C").wait_for()
    assert page.evaluate("getSelection().toString()") == f'python -m pytest -k "{FAILS}"'


def test_comparing_any_two_releases(visit: Visit) -> None:
    """For every pair the page says what compare() and incomparable() say, and has an address for it."""
    page = visit(REPORTS, "#compare")
    assert page.get_by_label("NEW").evaluate("select => select.selectedOptions[0].text") == "0.3.0"
    for i, old in enumerate(REPORTS):
        for j, new in enumerate(REPORTS):
            page.get_by_label("OLD").select_option(old.environment.flax)
            page.get_by_label("NEW").select_option(new.environment.flax)
            page.wait_for_url(f"**#compare/0.{i}.0/0.{j}.0")
            # The page hears of its new address a moment later.
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
            findings = compare(old, new)
            doubts = incomparable(old, new)
            effect = Effect.UNCLEAR if doubts else max(one.effect for one in findings)
            assert page.locator(".headline h2").text_content() == effect.word
            assert page.locator(".headline li").all_text_contents() == doubts
            shown = [] if doubts else [(one.verdict, one.id) for one in findings if one.verdict != "same"]
            verdicts = page.locator(".finding .verdict").all_text_contents()
            ids = page.locator(".finding .id").all_text_contents()
            assert sorted(zip(verdicts, ids, strict=True)) == sorted(shown)


def test_a_comparison_shows_evidence_and_advice(visit: Visit) -> None:
    """The worst comes first; a drift has both values and the advice, and leads to its property and back."""
    page = visit(REPORTS, "#compare/0.2.0/0.1.0")
    assert page.locator(".finding .verdict").all_text_contents() == ["regressed", "drifted"]
    assert page.locator(".finding .message").text_content().startswith("AssertionError: output[0] is 0.5")
    assert page.locator(".change dd").all_text_contents() == ['OLD  "value 1"', 'NEW  "value 0"']
    assert page.locator(".finding .advice").text_content().startswith("Restore a checkpoint")
    page.locator(".finding a").first.click()
    assert page.locator("dialog [data-current] .outcome").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**#compare/0.2.0/0.1.0")
    assert page.locator(".headline").is_visible()


@pytest.mark.parametrize("address", ["#property/nobody", "#%", "#compare/x/y", "#property/affine.mended/9.9.9", "#?"])
def test_addresses_that_lead_nowhere(address: str, visit: Visit) -> None:
    """An address that is wrong or out of date shows the page."""
    page = visit(REPORTS, address)
    assert page.locator(".headline" if "compare" in address else "tr.property").first.is_visible()


def test_an_address_opens_its_property(visit: Visit) -> None:
    """A link opens the property at the release; Escape then leads to its cell, and Back opens it again."""
    page = visit(REPORTS, f"#property/{FAILS}/0.1.0")
    assert page.locator("dialog [data-current] .outcome").inner_text().endswith("Failed on 0.0.0 and 0.1.0")
    page.keyboard.press("Escape")
    page.wait_for_url("**#matrix")
    assert _focused(page) == (FAILS, 2)
    page.go_back()
    page.locator("dialog").wait_for(state="visible")
    page.evaluate("location.hash = '#charts'")
    page.locator("#view-charts").wait_for(state="visible")
    assert not page.locator("dialog").is_visible()
    assert page.locator("nav [aria-current=page]").text_content() == "Charts"


def test_dark_and_light(visit: Visit) -> None:
    """The system's choice is taken, the button turns it round, and every word can be read in both."""
    luminance = (
        "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    )
    for scheme, is_dark in (("dark", True), ("light", False)):
        page = visit(REPORTS, color_scheme=scheme)
        assert (page.evaluate(luminance) < 384) == is_dark
        page.locator("#theme").click()
        assert (page.evaluate(luminance) < 384) != is_dark
        page.locator("#theme").click()
        assert (page.evaluate(luminance) < 384) == is_dark


def test_header_and_names_stay_in_sight(visit: Visit) -> None:
    """On a narrow screen the grid scrolls by itself, below the releases and beside the names."""
    many = [report(f"0.{n}.0", *(passing(f"affine.p{i}") for i in range(40))) for n in range(30)]
    page = visit(many, viewport={"width": 400, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.locator(".scroll").evaluate("box => box.scrollTo(400, 600)")
    box = page.locator(".scroll").bounding_box()
    assert abs(page.locator("tr.flax th").last.bounding_box()["y"] - box["y"]) <= 2
    assert abs(page.locator("tr.property th").first.bounding_box()["x"] - box["x"]) <= 2


def test_hostile_text_is_shown_and_does_nothing(visit: Visit) -> None:
    """Every text of a report shows as itself, in each view, with what cannot be seen written out."""
    page = visit([hostile("0.1.0"), hostile("0.2.0")])
    shown = visible(HOSTILE)
    assert page.locator("tr.property a").all_text_contents().count(shown) == 2
    for row in ("hostile.fails", "hostile.drifts", f"hostile.{shown}"):
        page.evaluate("address => { location.hash = address }", f"#property/{quote(row, safe='')}/0.1.0")
        page.wait_for_function("id => document.querySelector('dialog .path')?.textContent === id", arg=row)
        assert shown in page.locator("dialog").text_content()
    page.keyboard.press("Escape")
    page.locator("tr.strip td").first.hover()
    assert page.get_by_role("tooltip").text_content() == f"0.1.0: {visible(_written('0.1.0 ' + HOSTILE))}"
    page.evaluate("location.hash = '#compare/0.1.0/0.2.0'")
    page.locator(".change").wait_for()
    assert shown in page.locator("#answer").text_content()
    page.evaluate("location.hash = '#charts'")
    assert shown in page.locator("#view-charts").text_content()
    assert page.evaluate("[window.hurt, document.images.length, document.scripts.length]") == [None, 0, 2]


def _written(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


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
