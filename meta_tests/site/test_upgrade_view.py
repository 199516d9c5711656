"""The first view: what `upgrade` answers of any two releases."""

from pathlib import Path

import pytest

from meta_tests.site.visiting import NEW, OLD, REPORTS, Visit, arrive, counts, expected, titles
from reports import releases
from reports.answer import EntryKind, upgrade, with_stops
from reports.render import words


def test_every_pair_of_reports_shows_its_upgrade(visit: Visit) -> None:
    """Whatever two releases are chosen, the page lists what upgrade() says of them, under an address of its own."""
    page = visit(REPORTS)
    for i, old in enumerate(REPORTS):
        for j, new in enumerate(REPORTS):
            if i == j:
                continue
            page.locator("[name=old]").select_option(old.environment.flax)
            page.locator("[name=new]").select_option(new.environment.flax)
            arrive(page, f"#upgrade/0.{i}.0/0.{j}.0")
            found = upgrade(old, new)
            for kind in words.COUNTED:
                assert titles(page, kind) == expected(found, kind)
            if found.doubts:
                assert page.locator("#answer li").all_text_contents() == list(found.doubts)
            else:
                assert f"{found.of - found.same} of {found.of} properties changed, over all topics" in counts(page)


@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), ("0.12.10", NEW), (NEW, "0.9.0"), ("0.9.0", "0.10.0")])
def test_committed_evidence_shows_its_upgrade(visit: Visit, committed: Path, old: str, new: str) -> None:
    """Entries in the same order, advice, errors, values and properties, as the other forms of the answer have them."""
    page = visit(committed, f"#upgrade/{old}/{new}")
    found = upgrade(releases.report_of(old), releases.report_of(new))
    for kind in words.COUNTED:
        assert titles(page, kind) == expected(found, kind)
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
        arrive(page, f"#upgrade/{OLD}/{NEW}?uses={uses}")
        assert page.evaluate("document.activeElement.dataset.topic") == topic
    assert page.url.endswith(f"#upgrade/{OLD}/{NEW}?uses=sharding,checkpoints")
    used = found.using(["sharding", "checkpoints"])
    for kind in words.COUNTED:
        assert titles(page, kind) == expected(used, kind)
    breaks, of = (len(one.of_kind(EntryKind.BREAKS)) for one in (used, found))
    assert f"{breaks} break of {of}" in counts(page)
    again = visit(committed, f"#upgrade/{OLD}/{NEW}?uses=Sharding,checkpoints")
    assert titles(again, EntryKind.BREAKS) == expected(used, EntryKind.BREAKS)
    page.locator("#all-topics").click()
    arrive(page, f"#upgrade/{OLD}/{NEW}")
    assert titles(page, EntryKind.BREAKS) == expected(found, EntryKind.BREAKS)


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
    arrive(page, f"#upgrade/{OLD}/0.11.2?uses=sharding")
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
