"""A property's digest changes with what can change its inputs or how they are judged, and with nothing else."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from meta_tests.support.made_suite import forget, made_suite
from meta_tests.support.runs import ROOT, environment
from reports import releases
from reports.digests import digest, registry
from reports.digests.definitions import Place

FILES = {
    "properties/__init__.py": "",
    "properties/support/profiles.py": "MOST = 100\n",
    "properties/support/runtime.py": "DEVICES = 8\n",
    "properties/test_sums.py": '''
from hypothesis import given
from impl.implementation import Implementation
from properties import numbers
from properties.checks import checked

@checked
def test_one(impl: Implementation, number: int) -> None:
    """One."""
    assert numbers.one() == 1

def test_two(number: int) -> None:
    """Two."""
    assert numbers.two == 2
''',
    "properties/checks.py": '''
from hypothesis import given

def checked(test):
    """Try it."""
    return given(number=1)(test)
''',
    "properties/numbers.py": '''
from properties.small import zero

two = 2

def one():
    """The number one."""
    return zero() + 1

def three():
    return 3
''',
    "properties/small.py": "def zero():\n    return 0\n",
    "properties/test_words.py": """
from properties.programs.parametrize import for_each_feature
from properties.words.features import FEATURES
from properties.words.programs import mixed, programs_with

@for_each_feature(FEATURES, programs_with)
def test_words(program):
    program.run()

def test_mixed():
    mixed()
""",
    "properties/programs/parametrize.py": "def for_each_feature(features, programs):\n    return None\n",
    "properties/words/__init__.py": "",
    "properties/words/features.py": """
FEATURES = {}

def feature(**options):
    return FEATURES.setdefault

def add(name, write):
    FEATURES[name] = write
""",
    "properties/words/letters.py": """
from properties.words.features import add, feature

@feature()
def vowel(builder):
    builder.write("a")

@feature(tried_with="vowel")
def consonant(builder):
    builder.write("b")

def _write(builder):
    builder.write(".")

for mark in (".", ","):
    add(f"mark{mark}", _write)
""",
    "properties/words/programs.py": """
from properties.words.features import FEATURES

def programs_with(feature):
    return feature.write

def mixed():
    return sorted(FEATURES.items())
""",
    "properties/test_subjects.py": "def test_init(subject):\n    assert subject.init()\n",
    "impl/__init__.py": "",
    "impl/subject_schema.py": "",
    "impl/subject.py": "",
    "impl/implementation.py": "from impl.names import NAME\nclass Implementation:\n    name = NAME\n",
    "impl/linen_inside_nnx.py": "import flax\nx = flax\n",
    "impl/names.py": "NAME = 'entry'\n",
    "impl/subjects.py": """
class Small:
    size = 1

class Large:
    size = 9

SUBJECTS = {"Small": {"module": Small}, "Large": {"module": Large}}
""",
}
SUMS = {"sums.one", "sums.two"}
WORDS = {"words.words[vowel]", "words.words[consonant]", "words.words[mark.]", "words.mixed"}
SUBJECTS = {"subjects.init[Small]", "subjects.init[Large]"}
ALL = SUMS | WORDS | SUBJECTS


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield from made_suite(FILES, tmp_path, monkeypatch)


def _digests() -> dict[str, str]:
    forget()
    return {name: digest.digest_of(name, "0.0.0") for name in ALL}


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("properties/numbers.py", "+ 1", "+ 2", {"sums.one"}),
        ("properties/numbers.py", "two = 2", "two = 3", {"sums.two"}),
        ("properties/numbers.py", "return 3", "return 4", set()),
        ("properties/numbers.py", "The number one.", "Another sentence.", set()),
        ("properties/numbers.py", "two = 2", "# A comment.\n\n\ntwo  =  2", set()),
        ("properties/small.py", "return 0", "return 7", {"sums.one"}),
        ("properties/small.py", "def zero", "print('imported')\n\ndef zero", {"sums.one"}),
        ("properties/support/profiles.py", "100", "10", ALL),
        ("properties/support/runtime.py", "8", "1", ALL),
        ("properties/test_sums.py", '"""Two."""', '"""Another sentence."""', set()),
        ("properties/test_sums.py", "@checked\n", "@checked  # A comment.\n", set()),
        ("properties/checks.py", "Try it.", "It is tried.", set()),
        ("impl/implementation.py", "name = NAME", "name = 0", {"sums.one"}),
        ("impl/linen_inside_nnx.py", "x = flax", "x = None", {"sums.one"}),
        ("impl/names.py", "entry", "another", {"sums.one"}),
        ("properties/words/letters.py", '"a"', '"e"', {"words.words[vowel]", "words.words[consonant]", "words.mixed"}),
        ("properties/words/letters.py", '"b"', '"c"', {"words.words[consonant]", "words.mixed"}),
        ("properties/words/letters.py", '"."', '"!"', {"words.words[mark.]", "words.mixed"}),
        ("properties/words/programs.py", "feature.write", "feature.write()", WORDS - {"words.mixed"}),
        ("properties/programs/parametrize.py", "None", "0", WORDS - {"words.mixed"}),
        ("impl/subjects.py", "size = 1", "size = 2", {"subjects.init[Small]"}),
        ("impl/subjects.py", '{"module": Large}', '{"module": Large()}', {"subjects.init[Large]"}),
        ("impl/subject.py", "", "x = 1\n", SUBJECTS),
    ],
)
def test_change_reaches_the_properties_that_use_it(
    suite: Path, file: str, old: str, new: str, changed: set[str]
) -> None:
    """By name, through what they use, by what pytest passes them, as the feature or subject that they try."""
    before = _digests()
    (suite / file).write_text(FILES[file].replace(old, new) if old else new)
    after = _digests()
    assert {name for name in ALL if before[name] != after[name]} == changed


@pytest.mark.parametrize("file", ["impl/names.py", "properties/support/profiles.py", "properties/findings/a_name.toml"])
def test_state_of_the_suite_changes_with_every_file(suite: Path, file: str) -> None:
    """To the letter: a file that another host has not, or that differs in a comment alone, makes another suite."""
    forget()
    before = digest.state_of_the_suite()
    (suite / file).parent.mkdir(exist_ok=True)
    with (suite / file).open("a") as changed:
        changed.write("# A comment.\n")
    forget()
    assert digest.state_of_the_suite() != before


def test_new_feature_is_used_where_all_are(suite: Path) -> None:
    """The properties of other features do not depend on it, in whichever module it is."""
    before = _digests()
    (suite / "properties" / "words" / "more.py").write_text(
        "from properties.words.features import feature\n\n@feature()\ndef third(builder):\n    builder.write('c')\n"
    )
    after = _digests()
    assert {name for name in ALL if before[name] != after[name]} == {"words.mixed"}


def test_new_row_of_a_table_is_used_where_all_are(suite: Path) -> None:
    """A feature whose name is put together depends on the module that puts it together, and not on others like it."""
    before = _digests()
    (suite / "properties" / "words" / "more.py").write_text(
        "from properties.words.features import add\n\nfor one in ('+', '-'):\n    add(f'sign{one}', print)\n"
    )
    after = _digests()
    assert {name for name in ALL if before[name] != after[name]} == {"words.mixed"}


def test_module_that_puts_a_name_together_is_found(newest: Path) -> None:
    """Of every feature that is no function's name, the module that registers it is among those that count."""
    code = (
        "import json; from properties import test_generated, test_to_linen; print(json.dumps({"
        "chapter.__name__: {name: one.write.__module__ for name, one in chapter.FEATURES.items()}"
        " for chapter in (test_generated, test_to_linen)}))"
    )
    run = subprocess.run(
        [str(newest), "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    for chapter, features in found.items():
        for name, module in features.items():
            tried = registry.tried_by(Place(chapter, "test_program_agrees"), name)
            assert module in {place.module for place in tried}, name


def test_moved_module_changes_nothing(suite: Path) -> None:
    """What a definition says counts, not where it stands, and not by which name its module is imported."""
    (suite / "properties" / "numbers.py").write_text(
        FILES["properties/numbers.py"]
        .replace("properties.small import", "properties import small #")
        .replace("zero() + 1", "small.zero() + 1")
    )
    before = _digests()
    (suite / "properties" / "small.py").rename(suite / "properties" / "tiny.py")
    moved = (suite / "properties" / "numbers.py").read_text()
    (suite / "properties" / "numbers.py").write_text(moved.replace("small", "tiny"))
    assert _digests() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("properties/small.py", "zero", "nothing"),
        ("properties/checks.py", "checked", "tried"),
        ("impl/implementation.py", "Implementation", "Entry"),
    ],
)
def test_renamed_definition_changes_nothing(suite: Path, file: str, old: str, new: str) -> None:
    """What it does counts, wherever it is used."""
    before = _digests()
    for path in suite.rglob("*.py"):
        path.write_text(path.read_text().replace(old, new))
    after = _digests()
    assert (suite / file).read_text() != FILES[file]
    assert after == before


def test_one_definition_in_place_of_another_counts(suite: Path) -> None:
    """Although both are used before and after."""
    path = suite / "properties" / "small.py"
    path.write_text("def a():\n    return 1\n\ndef b():\n    return 2\n\ndef zero():\n    return a() - b()\n")
    before = _digests()
    path.write_text(path.read_text().replace("a() - b()", "b() - a()"))
    after = _digests()
    assert {name for name in ALL if before[name] != after[name]} == {"sums.one"}


SUM = """
class Sign:
    PLUS = 1
    MINUS = -1

def combined(left, right, sign):
    return [left + one for one in right] if sign else right

def zero():
    total = combined(1, [2], Sign.PLUS)
    return total
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("total", "found"),
        ("left", "first"),
        ("one", "each"),
        ("sign", "operation"),
    ],
)
def test_renamed_variable_or_parameter_changes_nothing(suite: Path, old: str, new: str) -> None:
    """Where no text and no keyword can ask for it by its name."""
    path = suite / "properties" / "small.py"
    path.write_text(SUM)
    before = _digests()
    path.write_text(re.sub(rf"\b{old}\b", new, SUM))
    assert path.read_text() != SUM
    assert _digests() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Sign.PLUS", "Sign.MINUS"),
        ("combined(1, [2], Sign.PLUS)", "combined(Sign.PLUS, [2], 1)"),
        ("left, right, sign)", "right, left, sign)"),
        ("left + one", "one + left"),
        ("return total", "return left"),
        ("combined(left, right, sign):", "combined(left, right, sign=None):"),
    ],
)
def test_another_use_of_the_same_names_counts(suite: Path, old: str, new: str) -> None:
    """An attribute of a definition, an argument or a variable in place of another."""
    path = suite / "properties" / "small.py"
    path.write_text(SUM)
    before = _digests()
    path.write_text(SUM.replace(old, new))
    after = _digests()
    assert {name for name in ALL if before[name] != after[name]} == {"sums.one"}


def test_name_of_a_parameter_that_is_passed_by_keyword_counts(suite: Path) -> None:
    """Two such names that change places change what the callers do."""
    small, numbers = suite / "properties" / "small.py", suite / "properties" / "numbers.py"
    small.write_text("def zero(low=0, high=1):\n    return low - high\n")
    numbers.write_text(FILES["properties/numbers.py"].replace("zero()", "zero(low=1, high=1)"))
    before = _digests()
    small.write_text("def zero(high=0, low=1):\n    return high - low\n")
    after = _digests()
    assert {name for name in ALL if before[name] != after[name]} == {"sums.one"}


def test_what_is_known_to_fail_counts_on_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code of a property is the same on every release; what is known to fail there comes after a hyphen."""
    healthy, failing = (digest.digest_of("generated.program_agrees[tabulate]", one) for one in ("0.12.99", "0.12.12"))
    assert "-" in failing
    assert digest.of_code(healthy) == digest.of_code(failing)


def test_every_python_gives_the_same(newest: Path) -> None:
    """The digests that the newest release's environment writes are those that are checked here."""
    ids = sorted(releases.report_of(releases.releases()[-1]).by_id)
    code = (
        "import json, sys; from reports.digests.digest import digest_of; "
        "print(json.dumps([digest_of(one, '0.12.12') for one in json.load(sys.stdin)]))"
    )
    run = subprocess.run(
        [str(newest), "-c", code],
        input=json.dumps(ids),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == [digest.digest_of(one, "0.12.12") for one in ids]
