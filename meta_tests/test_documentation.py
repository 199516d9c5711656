"""The documentation: generated parts are what commands print, links lead somewhere, no option is left out."""

import argparse
import ast
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from meta_tests.support import documentation, figures, picture
from meta_tests.support.documentation import Command, Failed, commands, main, pages, printed, renewed
from meta_tests.support.runs import ROOT, Forks
from reports.command.parser import parser as of_reports
from reports.errors import CannotTell
from reports.gate.environments import find_python
from reports.releases.rows import rows
from reports.render import words

README, IMPL = ROOT / "README.md", ROOT / "impl" / "README.md"
PAGES = pytest.mark.parametrize("page", pages(), ids=lambda path: str(path.relative_to(ROOT)))


def _slow() -> Iterator[Any]:
    found = ((page, one) for page in pages() for one in commands(page.read_text("utf-8")) if one.makes_environments)
    for page, one in found:
        # What the user's repository shows is compared by test_users_repository.py, which needs the run.
        if one.folder == ROOT:
            # A bisection makes several environments.
            yield pytest.param(page, one, marks=[pytest.mark.thorough] if one.arguments[0] == "bisect" else [])


@pytest.mark.timeout(600)
@PAGES
def test_generated_parts_are_what_commands_print(page: Path) -> None:
    """Every command that needs no environment prints what its page shows; if not, ``tox run -e docs`` does."""
    text = page.read_text("utf-8")
    assert renewed(text, lambda command: not command.makes_environments) == text


# What must be said whatever a page shows: the pair of releases, or that none could be told.
SAID = {
    "lazy_init.children_of_one_rngs_differ": "4):\n  flax 0.10.4: known failure\n  flax 0.10.5: passed\n",
    "bad_arguments.edge_cases": "2 runs (at most 3):\n  jax 0.11.1: observed; ",
    "flax==0.12.8": "flax 0.12.8 with jax 0.12.0.1 cannot be imported: ",
    "flax==0.12.12": "",
}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("page", "command"), _slow(), ids=lambda value: getattr(value, "text", ""))
def test_transcripts_of_runs_are_what_commands_print(page: Path, command: Command) -> None:
    """Every command that runs properties prints what its page shows."""
    try:
        find_python("3.12")
    except CannotTell as reason:
        pytest.skip(str(reason))
    text = page.read_text("utf-8")
    assert renewed(text, lambda one: one == command) == text
    assert SAID[command.arguments[1]] in printed(command)


@PAGES
def test_pictures_show_the_page_as_it_is(page: Path) -> None:
    """A picture is of the page that the reports give now, and small."""
    text = page.read_text("utf-8")
    assert [shown for shown, _ in picture.digests(text)] == [digest for _, digest in picture.digests(text)]
    for image in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
        assert (page.parent / image).stat().st_size < 150_000


def test_picture_is_stale_when_the_page_has_other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that the page shows belongs to its picture, wherever it is written."""
    text = (ROOT / "README.md").read_text("utf-8")
    before = picture.digests(text)
    assert picture.digests(text) == before
    monkeypatch.setattr(words, "SCOPE", "Everything is compared.")
    assert picture.digests(text) != before


def _slugs(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    without_code = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@PAGES
def test_relative_links_lead_somewhere(page: Path) -> None:
    """Each leads to a file of the repository, and to a heading where it names one."""
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in _slugs(target), link


@PAGES
def test_tests_that_a_page_names_are_there(page: Path) -> None:
    """A file of tests, or a test; what ends in an ellipsis is the beginning of a name."""
    named = re.findall(r"`(test_\w+)(?:\.py)?(…?)\w*`", page.read_text(encoding="utf-8"))
    files = [path for folder in ("properties", "meta_tests") for path in (ROOT / folder).rglob("test_*.py")]
    known = {path.stem for path in files} | {
        name
        for path in files
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    missing = [name for name, cut in named if not any(one == name or (cut and one.startswith(name)) for one in known)]
    assert missing == []


@PAGES
def test_pages_name_no_place_of_one_machine(page: Path) -> None:
    """A page works in every checkout."""
    assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp|Users)/", page.read_text("utf-8"))


def test_front_page_is_read_in_a_minute() -> None:
    """It is a screen and a half."""
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= 150
    assert len(text.encode()) <= 10_000


@PAGES
def test_every_page_is_reached_from_the_front_page(page: Path) -> None:
    """Whoever starts at README.md finds it, but for the texts that are reported upstream."""
    reached, waiting = set(), [README]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            links = re.findall(r"\]\(([^)#\s]+\.md)", one.read_text("utf-8"))
            waiting += [(one.parent / link).resolve() for link in links if not link.startswith("https:")]
    assert page in reached or page.parent.name == "findings"


def _documented() -> str:
    return "".join(page.read_text("utf-8") for page in pages())


def test_every_command_and_option_is_documented() -> None:
    """Each command of the reports and each of its options stands in some page."""
    text = _documented()
    (subcommands,) = [action for action in of_reports("")._actions if isinstance(action, argparse._SubParsersAction)]
    for name, parser in subcommands.choices.items():
        assert re.search(rf"`{name}\b|reports {name}\b", text), name
        for action in parser._actions:
            for option in action.option_strings:
                assert option in text or option in ("-h", "--help", "--output"), f"{name} {option}"


def test_every_option_of_pytest_is_documented() -> None:
    """Each option that conftest.py adds stands in the page of the properties."""
    options = re.findall(r'addoption\(\s*"(--[\w-]+)"', (ROOT / "conftest.py").read_text("utf-8"))
    assert options
    assert [one for one in options if one not in (ROOT / "properties" / "README.md").read_text("utf-8")] == []


def test_every_key_of_a_subject_is_documented() -> None:
    """Each has a row of its own in the page for those who bring modules."""
    tree = ast.parse((ROOT / "impl" / "subject.py").read_text("utf-8"))
    (subject,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Subject"]
    keys = [
        node.target.id for node in subject.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    text = (ROOT / "impl" / "README.md").read_text("utf-8")
    assert len(keys) > 5
    assert [key for key in keys if key != "name" and f"\n| `{key}` |" not in text] == []


def test_example_of_the_action_is_a_whole_workflow() -> None:
    """It can be pasted into a file as it is."""
    text = (ROOT / ".github" / "actions" / "gate" / "README.md").read_text("utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert re.findall(r"^(\w+):", example, re.MULTILINE) == ["on", "permissions", "jobs"]


@pytest.mark.parametrize("part", ["inputs", "outputs"])
def test_everything_that_the_action_takes_and_gives_is_documented(part: str) -> None:
    """Each input and output has a row of its own."""
    folder = ROOT / ".github" / "actions" / "gate"
    block = re.search(rf"^{part}:\n((?: .*\n)+)", (folder / "action.yml").read_text("utf-8"), re.MULTILINE)
    assert block
    text = (folder / "README.md").read_text("utf-8")
    names = re.findall(r"^  ([\w-]+):$", block[1], re.MULTILINE)
    assert names
    assert [name for name in names if f"\n| `{name}` |" not in text] == []


@pytest.mark.parametrize("figure", figures.FIGURES, ids=lambda figure: figure.pattern)
def test_figures_are_of_now(figure: figures.Figure) -> None:
    """Each number that follows from code or evidence; if not, ``tox run -e docs`` corrects it."""
    text = figure.page.read_text("utf-8")
    assert figure.renewed(text) == text


def test_figure_that_is_stale_or_not_found() -> None:
    """It is corrected where its words are found, and asked for where they are not."""
    figure = figures.Figure(README, r"(\d+) of them", lambda: 7)
    assert figure.renewed("6 or 8 of them") == "6 or 7 of them"
    with pytest.raises(figures.FigureMissing, match="adapt the pattern"):
        figure.renewed("8 of these")


def test_every_need_of_a_generic_property_is_named() -> None:
    """The table of generic properties has each of them."""
    listed = re.findall(r"`(\w+)`", str(next(one for one in figures.FIGURES if "needs" in one.pattern).value()))
    assert set(figures.generic_properties()) <= set(listed)


def _snippet(name: str) -> str:
    """The file of that name that the page for users' own code shows."""
    found = re.search(rf"^```python\n(# {name}\n.*?)^```$", IMPL.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found, name
    return found[1]


Run = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def run(forks: Callable[[str], Forks], newest: Path, tmp_path: Path) -> Run:
    """Runs chapters on the newest release with a file that a page shows."""

    def of(option: str, name: str, *chapters: str) -> dict[str, dict[str, Any]]:
        (tmp_path / name).write_text(_snippet(name))
        return forks("newest").records(
            tmp_path, *chapters, option, str(tmp_path / name), "--hypothesis-profile", "quick"
        )

    return of


@pytest.mark.timeout(600)
def test_implementation_that_is_shown_passes(run: Run) -> None:
    """It passes a chapter."""
    found = run("--impl", "my_layer.py", "properties/test_affine.py")
    assert {one["outcome"] for one in found.values()} == {"passed"}


@pytest.mark.timeout(600)
def test_subjects_that_are_shown_pass(run: Run) -> None:
    """They pass as many properties as the page says, each of them."""
    found = run("--subjects", "my_subjects.py", "properties/test_subjects.py")
    passed = Counter(name.partition("[")[2] for name, one in found.items() if one["outcome"] == "passed")
    text = IMPL.read_text("utf-8")
    assert passed["Norm]"] == int(_number(r"(\d+) of `Norm`", text))
    assert passed["Block]"] == int(_number(r"(\d+) of `Block`", text))
    assert passed.total() == int(_number(r"This passes (\d+) properties", text))
    assert {one["outcome"] for one in found.values()} == {"passed", "unsupported"}


@pytest.mark.timeout(600)
def test_models_that_are_shown_pass(run: Run) -> None:
    """They pass, or observe, as many properties as the page says: all that there are."""
    found = run("--models", "my_models.py", "properties/test_models.py")
    outcomes = Counter(one["outcome"] for one in found.values())
    text = IMPL.read_text("utf-8")
    assert outcomes == {
        "passed": int(_number(r"This passes (\d+) properties and records", text)),
        "observed": int(_number(r"properties and records the values of (\d+) more. The chapter", text)),
    }
    assert {name.partition("[")[0].removeprefix("models.") for name in found} == {
        *re.findall(r"`(\w+)`", text.partition("| about | properties |")[2].partition("\n\n")[0])
    } - {"lazy_init"}


def _number(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


@pytest.fixture
def prints(monkeypatch: pytest.MonkeyPatch) -> "pytest.MonkeyPatch":
    monkeypatch.setattr(documentation, "printed", lambda command: "one\ntwo\nthree\nfour\nfive\nsix\n")
    return monkeypatch


BLOCK = "```\n$ python -m reports a b\n{}\n```\n"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("old", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("old\n… 9 more lines", "one\n… 5 more lines"),
        ("old\n… 9 more lines\nfour\nold\n… 9 more lines", "one\n… 2 more lines\nfour\nfive\n… 1 more line"),
    ],
)
def test_transcript_follows_what_is_printed(prints: object, shown: str, expected: str) -> None:
    """What was left out is counted anew, and what comes after it is found by how it begins."""
    assert renewed(BLOCK.format(shown)) == BLOCK.format(expected)


def test_transcript_is_not_guessed(prints: object) -> None:
    """Where a part that was shown is printed no more, somebody has to choose another."""
    with pytest.raises(Failed, match="no line begins with 'seven'"):
        renewed(BLOCK.format("one\n… 9 more lines\nseven"))


def test_transcript_that_shows_more_than_is_printed(prints: object) -> None:
    """Nothing is left out of it, so that the number of lines would be none or less."""
    with pytest.raises(Failed, match="prints less than is shown"):
        renewed(BLOCK.format("1\n2\n3\n4\n5\n6\n7\n… 9 more lines"))


def test_several_commands_of_a_block(prints: object) -> None:
    """Each is followed by what it prints; a blank line between them stays."""
    block = "```\n$ python -m reports a\nold\n… 1 more line\n\n$ python -m reports b\nold\n… 1 more line\n```\n"
    assert renewed(block) == block.replace("old", "one").replace("1 more line", "5 more lines")


def test_included_part_follows_what_is_printed(prints: object) -> None:
    """Between its two comments stands what is printed, whatever was there."""
    part = "<!-- python -m reports a -->\n{}<!-- end -->\n"
    whole = part.format("\none\ntwo\nthree\nfour\nfive\nsix\n\n")
    assert renewed(part.format("")) == renewed(part.format("\nold\n\n")) == whole


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("python -m reports table none.json", "exit code 2, not 0: .*none.json"),
        ("python -m reports table none.json  # exit 1", "exit code 2, not 1"),
        ("python -m reports glossary  # exit 1", "exit code 0, not 1"),
        ("python -m reports forget none.json", "printed nothing"),
        ("rm -r reports", "only commands of the reports are run"),
        ("python -m reports glossary | head", "exit code 2, not 0"),
        ("python -m reports table none.json || true", "exit code 2, not 0"),
    ],
)
def test_command_that_does_not_do_what_its_page_needs(command: str, problem: str) -> None:
    """Another exit code than the page says, no output, or another program: none of them makes a transcript."""
    with pytest.raises(Failed, match=problem):
        renewed(f"```\n$ {command}\n```\n")


def test_words_on_stderr_alone_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that ends well and prints nothing but a warning makes no transcript; a refusal is one."""

    def says(status: int) -> Callable[..., subprocess.CompletedProcess[str]]:
        return lambda *_, **__: subprocess.CompletedProcess([], status, "", "a warning\n")

    monkeypatch.setattr(subprocess, "run", says(0))
    with pytest.raises(Failed, match="printed nothing"):
        printed(Command("python -m reports well"))
    monkeypatch.setattr(subprocess, "run", says(2))
    assert printed(Command("python -m reports refused  # exit 2")) == "a warning\n"


def test_examples_follow_the_newest_releases(prints: object) -> None:
    """A page that is written for two others names the newest two everywhere, and nothing else changes."""
    old, new = rows().names[-2:]
    page = "<!-- newest: 0.1.8 0.1.9 -->\nflax0.1.9, 0.1.8, 0.1.9.1, 10.1.9, 0.1.95 and 0.1.7\n"
    expected = f"<!-- newest: {old} {new} -->\nflax{new}, {old}, 0.1.9.1, 10.1.9, 0.1.95 and 0.1.7\n"
    assert renewed(page) == renewed(expected) == expected
    without = page.partition("\n")[2]
    assert renewed(without) == without


def test_page_whose_command_fails_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named in a line, the others are made anew, and the exit code is 1."""
    texts = {"bad.md": "```\n$ python -m reports table none.json\nold\n```\n", "good.md": BLOCK.format("old")}
    texts["good.md"] = texts["good.md"].replace("a b", "glossary")
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(documentation, "pages", lambda: sorted(tmp_path.iterdir()))
    assert main() == 1
    assert (tmp_path / "bad.md").read_text() == texts["bad.md"]
    assert "| `passed` |" in (tmp_path / "good.md").read_text()
    assert "bad.md: `python -m reports table none.json` ended with exit code 2" in capsys.readouterr().err
