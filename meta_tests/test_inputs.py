"""What a property tries depends on the property, and on nothing that happens to be loaded with it."""

import subprocess
import sys
from pathlib import Path

from meta_tests.support.runs import ROOT, environment, pytest_run

DRAWING = """
import sys
from hypothesis import given, settings, strategies as st
from properties.support import profiles
if sys.argv[1:]:
    import odd_constants
profiles.register()
drawn = []

@settings(max_examples=1000)
@given(number=st.integers(), word=st.text(), real=st.floats())
def collect(*, number, word, real):
    drawn.append((number, word, real))

collect()
print(drawn)
"""
# Nothing that Hypothesis would draw often by itself.
ODD = "NUMBERS = (987654321012345, 31415926535, 271828182845)\nWORDS = ('rhododendron', 'xylophone')\n"
# One property of each of the three ways to search, whose names and words are put in.
SEEDED = """
import sys
from types import SimpleNamespace
from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from properties.support import profiles, seeds
from properties.support.histories import histories
from properties.programs.parametrize import for_each_feature
profiles.register()
_, profile, property_id = sys.argv
profiles.settings.load_profile(profile)
numbers, drawn = st.integers(0, 2**64), []

@given(number=numbers)
def NAME(number):
    '''WORDS'''
    drawn.append(number)

feature = SimpleNamespace(needs="nnx", percent=10)

@for_each_feature({"one": feature}, lambda feature: numbers)
def for_each_NAME(program):
    '''WORDS'''
    drawn.append(program)

class Machine(RuleBasedStateMachine):
    def __init__(self, run):
        super().__init__()
        self.run = run

    @rule(number=numbers)
    def step(self, number):
        self.run(program=number)

@histories(Machine)
def history_of_NAME(program):
    '''WORDS'''
    drawn.append(program)

for test, arguments in ((NAME, {}), (for_each_NAME, {"feature": feature}), (history_of_NAME, {})):
    with seeds.running(property_id, test):
        test(**arguments)
    print(sorted(drawn))
    drawn.clear()
"""
RECORDING = """
from impl.linen_inside_nnx import linen_inside_nnx as reference

def linen_inside_nnx(seed, x, features):
    with open({file!r}, "a") as file:
        print(seed, getattr(x, "tolist", lambda: x)(), features, file=file)
    return reference(seed, x, features)
"""
# The names of the features whose whole programs are drawn twice.
WHOLE = """
from hypothesis import given, settings
from properties.programs.to_linen import generation as to_linen
from properties.programs.to_nnx import generation as to_nnx
from properties.support import profiles
profiles.register()

def programs(side, feature):
    drawn = []

    @settings(max_examples=10)
    @given(program=side.programs_with(feature))
    def draw(program):
        drawn.append(program.source)

    draw()
    return drawn

for side in (to_nnx, to_linen):
    for feature in side.FEATURES.values():
        if feature.kind.name == "PROGRAM":
            drawn = programs(side, feature)
            assert drawn, feature.name
            if len(set(drawn)) < len(drawn):
                print(feature.name)
"""
PROPERTY = "output_is_a_jax_array_of_length_features"


def test_loaded_module_changes_nothing(tmp_path: Path) -> None:
    """A module with constants of its own lends none to the inputs of a property."""
    (tmp_path / "drawing.py").write_text(DRAWING)
    (tmp_path / "odd_constants.py").write_text(ODD)

    def drawn(*arguments: str) -> str:
        command = [sys.executable, str(tmp_path / "drawing.py"), *arguments]
        environ = environment(PYTHONPATH=str(ROOT))
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True).stdout

    alone = drawn()
    assert len(alone) > 10_000
    assert drawn("with the module") == alone


def test_chapter_alone_draws_what_it_draws_in_the_whole_run(newest: Path, tmp_path: Path) -> None:
    """Each call of the entry has the same arguments, whether one chapter is loaded or all."""

    def calls(*chapters: str) -> str:
        file, implementation = tmp_path / "calls.txt", tmp_path / "recording.py"
        file.unlink(missing_ok=True)
        implementation.write_text(RECORDING.format(file=str(file)))
        run = pytest_run(newest, *chapters, "-k", PROPERTY, "-n", "0", "--impl", str(implementation))
        assert run.returncode == 0, run.stdout
        return file.read_text()

    alone = calls("properties/test_affine.py")
    assert alone.count("\n") >= 100
    assert calls("properties") == alone


def test_words_and_names_change_no_input(newest: Path, tmp_path: Path) -> None:
    """A property draws from the seed of its id; the profile ``hunt`` draws anew each time."""

    def drawn(name: str, words: str, profile: str = "gate", property_id: str = "sums.one") -> list[str]:
        (tmp_path / "drawing.py").write_text(SEEDED.replace("NAME", name).replace("WORDS", words))
        return _printed(newest, tmp_path, profile, property_id)

    first = drawn("total", "The sum.")
    assert len(first) == 3
    assert drawn("addition", "What is added up is the sum.") == first
    for other in (drawn("total", "The sum.", property_id="sums.two"), drawn("total", "The sum.", profile="hunt")):
        assert all(one != two for one, two in zip(first, other, strict=True))


def test_whole_program_is_drawn_once(newest: Path, tmp_path: Path) -> None:
    """Whatever is drawn for a whole program shows in it: to run the same text again would find nothing new."""
    (tmp_path / "drawing.py").write_text(WHOLE)
    assert _printed(newest, tmp_path) == []


def _printed(python: Path, folder: Path, *arguments: str) -> list[str]:
    """The lines that the program ``drawing.py`` in this folder prints."""
    command = [str(python), str(folder / "drawing.py"), *arguments]
    environ = environment(PYTHONPATH=str(ROOT), XDG_CACHE_HOME=str(folder))
    run = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()
