"""``pytest -p nnx_bridge.capture``: what tests do with the bridge, as subjects and models.

In a wheel this is `nnx_bridge/capture.py`, next to the suite. It runs in the environment of the tests, and needs
pytest alone until they have ended.
"""

import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_SUITE = _HERE / "suite" if (_HERE / "suite").is_dir() else _HERE.parent.parent
_VARIABLE = "NNX_BRIDGE_CAPTURE"
_FOLDER = pytest.StashKey["tempfile.TemporaryDirectory[str]"]()
# In a process of its own, where the modules of the suite hide none of the user's.
_WRITE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from reports.__main__ import main; sys.exit(main())"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the file goes."""
    parser.getgroup("nnx-bridge").addoption(
        "--captured", default="captured.py", metavar="FILE", help="what the tests do with the bridge; captured.py"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Record before any file of the user's is imported; workers of pytest-xdist inherit the folder."""
    if _VARIABLE not in os.environ:
        early_config.stash[_FOLDER] = folder = tempfile.TemporaryDirectory(prefix="nnx-bridge-")
        os.environ[_VARIABLE] = folder.name
    runpy.run_path(str(_SUITE / "impl" / "capture" / "loader.py"))["load"]()


def pytest_configure(config: pytest.Config) -> None:
    """A file that is there may have been edited."""
    path = Path(config.getoption("--captured"))
    if _FOLDER in config.stash and path.exists():
        del config.stash[_FOLDER], os.environ[_VARIABLE]
        raise pytest.UsageError(f"{path} is there already: move it, or choose another place with --captured FILE")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write the file after the tests, whatever came of them."""
    folder = config.stash.get(_FOLDER, None)
    if folder is None:
        return
    del os.environ[_VARIABLE]
    with folder as name:
        options = ["-o", config.getoption("--captured"), "--from", name]
        tests = ["--", "pytest", *config.invocation_params.args]
        subprocess.run([sys.executable, "-c", _WRITE, str(_SUITE), "capture", *options, *map(str, tests)], check=False)
