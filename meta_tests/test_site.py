"""The page in Chromium: what it shows of any two releases, by keyboard, on a phone, for everybody, and how fast.

``tox run -e site`` installs what these tests need and runs them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from meta_tests.support.browser import AXE, launched
from meta_tests.support.sample_reports import HOSTILE, failing, hostile, observing, passing, report
from properties.findings import findings_of_change
from reports import releases
from reports.answer import EntryKind, Upgrade, upgrade, with_stops
from reports.model import Report, Suite
from reports.render import words
from reports.render.site.pages import write_matrix
from reports.sanitize import visible
from reports.vocabulary import Outcome

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the committed evidence."""
    folder = tmp_path_factory.mktemp("site")
    write_matrix([releases.report_of(release) for release in releases.releases()], folder)
    return folder / "index.html"


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Visit]:
    """``visit(page or reports, address="", **context)`` opens a page; at the end it must have been silent and alone."""
    heard: list[str] = []
    asked: set[str] = set()
    opened: set[str] = set()
    contexts = []

    def of(shown: Path | Sequence[Report], address: str = "", **options: Any) -> Any:
        file = shown if isinstance(shown, Path) else write_matrix(shown, tmp_path)[0]
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.add(request.url.partition("#")[0]))
        opened.add(file.as_uri())
        page.goto(f"{file.as_uri()}{address}")
        return page

    yield of
    for context in contexts:
        context.close()
    assert heard == []
    assert asked == opened


def _go(page: Any, address: str) -> None:
    """Follow an address on the same page, and wait until it is shown."""
    page.evaluate("address => { location.hash = address }", address)
    _arrive(page, page.evaluate("location.hash"))


def _arrive(page: Any, address: str) -> None:
    """Wait until the page shows an address: the address itself changes before the page hears of it."""
    page.locator(f"html[data-shown={json.dumps(address)}]").wait_for()


def _titles(page: Any, kind: EntryKind) -> list[str]:
    return page.locator(f"#answer section[data-kind='{kind}'] .entry > h3").all_text_contents()


def _expected(found: Upgrade, kind: EntryKind) -> list[str]:
    return [visible(entry.title).replace("`", "") for entry in found.of_kind(kind)]


def _counts(page: Any) -> str:
    return " ".join(page.locator("#counts").text_content().split())


def _rows(page: Any) -> list[str]:
    """The addresses of the properties that are shown."""
    return page.evaluate(
        "[...document.querySelectorAll('#rows li')].filter(row => row.checkVisibility()).map(row =>"
        " decodeURIComponent(row.firstChild.hash.split('/')[1]))"
    )


# An upgrade.


def test_every_pair_of_reports_shows_its_upgrade(visit: Visit) -> None:
    """Whatever two releases are chosen, the page lists what upgrade() says of them, under an address of its own."""
    page = visit(REPORTS)
    for i, old in enumerate(REPORTS):
        for j, new in enumerate(REPORTS):
            if i == j:
                continue
            page.locator("[name=old]").select_option(old.environment.flax)
            page.locator("[name=new]").select_option(new.environment.flax)
            _arrive(page, f"#upgrade/0.{i}.0/0.{j}.0")
            found = upgrade(old, new)
            for kind in words.COUNTED:
                assert _titles(page, kind) == _expected(found, kind)
            if found.doubts:
                assert page.locator("#answer li").all_text_contents() == list(found.doubts)
            else:
                assert f"{found.of - found.same} of {found.of} properties changed, over all topics" in _counts(page)


@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), ("0.12.10", NEW), (NEW, "0.9.0"), ("0.9.0", "0.10.0")])
def test_committed_evidence_shows_its_upgrade(visit: Visit, committed: Path, old: str, new: str) -> None:
    """Entries in the same order, advice, errors, values and properties, as the other forms of the answer have them."""
    page = visit(committed, f"#upgrade/{old}/{new}")
    found = upgrade(releases.report_of(old), releases.report_of(new))
    for kind in words.COUNTED:
        assert _titles(page, kind) == _expected(found, kind)
    for kind in (EntryKind.BREAKS, EntryKind.DIFFERS):
        shown = page.locator(f"#answer section[data-kind='{kind}'] .entry")
        for number, entry in enumerate(found.of_kind(kind)):
            card = shown.nth(number)
            assert card.locator(".names li").all_text_contents() == list(entry.properties)
            assert card.locator(".do").all_text_contents() == ([entry.do.replace("`", "")] if entry.do else [])
            assert card.locator(".diff").all_text_contents() == ([entry.diff.replace("\n", "")] if entry.diff else [])
            assert card.locator(".values dt").all_text_contents() == [change.name for change in entry.changes]
            assert card.locator(".error").count() == (entry.error is not None)
            assert [link.get_attribute("href") for link in card.locator(".cause a").all()] == [
                one.link for one in entry.causes
            ]
    assert page.locator("#jax").text_content() == words.jax(found)
    assert page.locator("#python").text_content() == words.python(found)
    if not found.doubts:
        restored = page.locator("#answer section[data-kind='checkpoints'] > ul > li").all_text_contents()
        assert restored[-1:] == [words.models(found.models)]
    still = page.locator("#answer section[data-kind='still fails'] details li")
    assert still.all_text_contents() == [entry.title.replace("`", "") for entry in found.still_failing]


def test_first_view_is_the_last_minor_release_to_the_newest(visit: Visit, committed: Path) -> None:
    """Without an address the page answers the likeliest question."""
    page = visit(committed)
    assert page.locator("#pair").text_content() == f"Flax 0.11.2 → {NEW}"
    assert page.locator("header [aria-current]").text_content() == "Upgrade"


def test_topics_filter_and_stay_in_the_address(visit: Visit, committed: Path) -> None:
    """Chips work by Enter and Space, filter as --uses does, and an address with topics shows the same."""
    found = upgrade(releases.report_of(OLD), releases.report_of(NEW))
    page = visit(committed, f"#upgrade/{OLD}/{NEW}")
    chips = {chip.get_attribute("data-topic"): chip for chip in page.locator(".chip:visible").all()}
    assert {topic: chip.locator("span").text_content() for topic, chip in chips.items()} == {
        topic: str(number) for topic, number in words.topics(found).items()
    }
    for topic, key, uses in (("sharding", "Enter", "sharding"), ("checkpoints", "Space", "sharding,checkpoints")):
        chips[topic].focus()
        page.keyboard.press(key)
        _arrive(page, f"#upgrade/{OLD}/{NEW}?uses={uses}")
        assert page.evaluate("document.activeElement.dataset.topic") == topic
    assert page.url.endswith(f"#upgrade/{OLD}/{NEW}?uses=sharding,checkpoints")
    used = found.using(["sharding", "checkpoints"])
    for kind in words.COUNTED:
        assert _titles(page, kind) == _expected(used, kind)
    breaks, of = (len(one.of_kind(EntryKind.BREAKS)) for one in (used, found))
    assert f"{breaks} break of {of}" in _counts(page)
    again = visit(committed, f"#upgrade/{OLD}/{NEW}?uses=Sharding,checkpoints")
    assert _titles(again, EntryKind.BREAKS) == _expected(used, EntryKind.BREAKS)
    page.locator("#all-topics").click()
    _arrive(page, f"#upgrade/{OLD}/{NEW}")
    assert _titles(page, EntryKind.BREAKS) == _expected(found, EntryKind.BREAKS)


def test_search_looks_at_titles_symptoms_advice_and_symbols(visit: Visit, committed: Path) -> None:
    """All words have to be found; what is typed is in the address, and folded sections open."""
    found = upgrade(releases.report_of(OLD), releases.report_of(NEW))
    page = visit(committed, f"#upgrade/{OLD}/{NEW}")
    assert page.locator("#answer section[data-kind='works now'] .entry").first.is_hidden()
    finding = next(entry.finding for entry in found.of_kind(EntryKind.BREAKS) if entry.finding)
    for text in (finding.title.replace("`", "")[:12], finding.symptom[-20:], finding.do[-14:], finding.symbols[0]):
        page.get_by_label("Search").first.fill(text.upper())
        shown = page.locator("#answer .entry > h3").all_text_contents()
        assert finding.title.replace("`", "") in shown or "`" in finding.title[:14]
        assert page.locator("#answer .entry").first.is_visible()
        assert page.evaluate("read(location.hash).chosen.q") == text.upper()
    page.get_by_label("Search").first.fill("nothing has this")
    assert page.locator("#answer .notice").is_visible()
    assert page.locator(".tile:enabled").count() == 0


def test_way_leads_to_a_release_before_the_breaks(visit: Visit, committed: Path) -> None:
    """Each release has the number of things that break there, and leads to an upgrade that ends there."""
    page = visit(committed, f"#upgrade/{OLD}/{NEW}?uses=sharding")
    steps = page.locator("#way li")
    labels = steps.locator("span").all_text_contents()
    assert labels == releases.releases()[releases.releases().index(OLD) + 1 :]
    found = with_stops(upgrade(releases.report_of(OLD), releases.report_of(NEW))).using(["sharding"])
    numbers = [stop.breaks for stop in found.stops]
    assert steps.locator("b").all_text_contents() == [*map(str, numbers)]
    assert f"Breaks from {OLD} to each release." in page.locator("#way p").text_content()
    tooltips = [link.get_attribute("title").splitlines()[1:] for link in steps.locator("a").all()]
    assert tooltips == [
        [entry.title.replace("`", "") for entry in stop.changes.of_kind(EntryKind.BREAKS)] for stop in found.stops
    ]
    assert any(numbers)
    steps.locator("a", has_text="0.11.2").click()
    _arrive(page, f"#upgrade/{OLD}/0.11.2?uses=sharding")
    assert page.locator("[name=new]").input_value() == "0.11.2"


def test_tiles_lead_to_their_sections(visit: Visit, committed: Path) -> None:
    """A count leads to what it counts, opens it where it is folded, and focuses its title."""
    page = visit(committed, f"#upgrade/{OLD}/{NEW}")
    assert page.locator(".tile[data-kind='works now']").count() == 1
    assert page.locator(".tile[data-kind='cannot tell']").count() == 0, "nothing is counted that is not there"
    page.locator(".tile[data-kind='works now']").press("Enter")
    assert page.locator("#answer section[data-kind='works now'] .entry").first.is_visible()
    assert page.evaluate("document.activeElement.textContent").startswith("Works now")


def test_values_are_shown_as_a_diff_of_words(visit: Visit) -> None:
    """What stays is shown once, what goes and what comes with an arrow between."""
    page = visit(REPORTS, "#upgrade/0.1.0/0.2.0")
    assert page.locator(".values del").all_text_contents() == ["0"]
    assert page.locator(".values ins").all_text_contents() == ["1"]
    assert page.locator(".values dd").all_text_contents() == ['"value 0 → 1"']


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("#upgrade/0.0.1/0.2.0", "There is no evidence of Flax 0.0.1."),
        ("#upgrade/0.1.0", "There is no evidence of Flax (none)."),
        ("#upgrade/0.1.0/0.2.0?uses=shards", "There is no topic shards"),
        ("#property/nobody", "There is no property nobody."),
        ("#properties?on=0.0.1", "There is no release 0.0.1 here."),
        ("#properties?outcome=green", "There is no outcome green here."),
        ("#compare/0.1.0/0.2.0", "There is no view compare."),
        ("#%", "This address cannot be read."),
    ],
)
def test_unknown_addresses_say_so(address: str, said: str, visit: Visit) -> None:
    """An address that is wrong or out of date never shows something else."""
    page = visit(REPORTS, address)
    assert said in page.locator("#view-unknown").text_content()
    assert page.locator("main > section[id^=view-]:visible").count() == 1
    page.get_by_role("link", name="Choose two releases").click()
    page.locator("#view-upgrade").wait_for()


# Releases and properties.


def test_releases_are_listed_with_the_newest_first(visit: Visit, committed: Path) -> None:
    """Each with its outcomes; what fails counts known failures and leads to them."""
    page = visit(committed, "#releases")
    assert page.locator(".releases tbody th").all_text_contents() == releases.releases()[::-1]
    known = releases.report_of(NEW).count()[Outcome.KNOWN_FAILURE]
    assert page.locator(".failing a").first.text_content() == str(known)
    page.locator(".failing a").first.click()
    _arrive(page, f"#properties?outcome=failed&on={NEW}")
    assert len(_rows(page)) == known


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
    assert _rows(page) == [FAILS, CHANGES, HOLDS, SEEN]
    page.locator("[name=chapter]").select_option("jit")
    assert _rows(page) == [HOLDS, SEEN]
    page.locator("[name=outcome]").select_option("observed")
    assert _rows(page) == [SEEN]
    page.locator("[name=chapter]").select_option("all")
    assert _rows(page) == [CHANGES, SEEN]
    assert page.locator("#count").text_content() == "2 of 4 properties"
    page.get_by_label("only what changes").check()
    assert _rows(page) == [CHANGES]
    assert page.url.endswith("#properties?outcome=observed&changes=1")
    page.reload()
    assert _rows(page) == [CHANGES]
    page.locator("[name=outcome]").select_option("failed")
    assert _rows(page) == [FAILS]
    page.locator("[name=on]").select_option("0.3.0")
    assert _rows(page) == []
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
        assert name in _rows(page)
        assert len(_rows(page)) < len(newest.properties) / 3


def test_failed_finds_known_failures(visit: Visit, committed: Path) -> None:
    """A known failure is a failure: the filter finds it, and so does its own word."""
    known = {one.id for one in releases.report_of(NEW).properties if one.outcome == "known failure"}
    for outcome in ("failed", "known failure"):
        page = visit(committed, f"#properties?outcome={outcome}&on={NEW}")
        assert set(_rows(page)) == known


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


# For everybody.


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


# How fast, and how large.


def test_page_is_small(committed: Path) -> None:
    """One file, below 2 MB."""
    assert committed.stat().st_size < 2_000_000


@pytest.mark.parametrize("view", ["upgrade", "releases", "properties"])
def test_first_paint(visit: Visit, committed: Path, view: str) -> None:
    """Below half a second, at the best of three visits: the machine may be busy with something else."""
    times = []
    for _ in range(3):
        page = visit(committed, VIEWS[view])
        times.append(
            page.evaluate(
                "new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))"
                ".observe({ type: 'paint', buffered: true }))"
            )
        )
    assert min(times) < 500


_TIMED = """([selector, texts]) => {
    const input = document.querySelector(selector);
    return texts.map(text => {
        const began = performance.now();
        input.value = text;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        document.body.getBoundingClientRect();
        return performance.now() - began;
    });
}"""


@pytest.mark.parametrize("view", ["upgrade", "properties"])
def test_filtering(visit: Visit, committed: Path, view: str) -> None:
    """Below 50 ms from a letter to the page laid out anew, for each text at the best of five times."""
    page = visit(committed, VIEWS[view])
    texts = ["a", "", "shard", "sharding mesh", "nothing has this", ""]
    times = [page.evaluate(_TIMED, [f"#view-{view} [name=q]", texts]) for _ in range(5)]
    assert all(min(of_text) < 50 for of_text in zip(*times, strict=True)), times


# What a stranger's report can do.


def test_hostile_text_is_shown_and_does_nothing(visit: Visit) -> None:
    """Every text of a report shows as itself, in each view, with what cannot be seen written out."""
    page = visit([hostile("0.1.0"), hostile("0.2.0")], "#properties")
    shown = visible(HOSTILE)
    # Between two backticks is code.
    in_prose = shown.replace("`", "")
    assert in_prose in page.locator("#rows").text_content()
    for name in ("hostile.fails", "hostile.drifts", f"hostile.{shown}"):
        _go(page, f"#property/{quote(name, safe='')}")
        assert page.locator("dialog .meta").first.text_content() == name
        assert in_prose in page.locator("dialog").text_content()
    _go(page, "#upgrade/0.1.0/0.2.0")
    assert in_prose in page.locator("#answer").text_content()
    _go(page, "#releases")
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
