"""What a property tries depends on the property, and on nothing that happens to be loaded with it."""

import subprocess
import sys
from pathlib import Path

from meta_tests.runs import ROOT, environment, pytest_run

DRAWING = """
import sys
from hypothesis import given, settings, strategies as st
from properties import profiles
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
RECORDING = """
from impl.linen_inside_nnx import linen_inside_nnx as reference

def linen_inside_nnx(seed, x, features):
    with open({file!r}, "a") as file:
        print(seed, getattr(x, "tolist", lambda: x)(), features, file=file)
    return reference(seed, x, features)
"""
PROPERTY = "output_is_x_kernel_plus_bias"


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
