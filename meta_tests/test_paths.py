"""Everything kept between runs is in one place, which the user can choose; nothing is written anywhere else."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meta_tests.support.package_index import served
from meta_tests.support.runs import ROOT, environment
from reports import paths
from reports.errors import BadInput

NAME = "nnx-bridge-conformance"
# By the suite itself, or by its user.
_CHOSEN_BY_THIS_PROCESS = ("XDG_CACHE_HOME", "JAX_COMPILATION_CACHE_DIR", "HYPOTHESIS_STORAGE_DIRECTORY")
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_place_is_the_users_choice_then_the_checkout_then_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder next to an installed suite is never chosen."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert paths.cache() == tmp_path / "home" / ".cache" / NAME
    (tmp_path / "tox.ini").write_text("")
    assert paths.cache() == tmp_path / ".cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "chosen"))
    assert paths.cache() == tmp_path / "chosen" / NAME


def test_place_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names both ways to choose another."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(BadInput, match=r"^\S+ cannot be written .*--cache FOLDER or XDG_CACHE_HOME$"):
        paths.kept("environments")


@pytest.fixture
def read_only(tmp_path: Path) -> Command:
    """Run a command from a copy of the checkout that nobody can write, as in an image or on a shared disk."""
    copy, home = tmp_path / "suite", tmp_path / "home"
    left_out = shutil.ignore_patterns(".*", "__pycache__", "meta_tests", "runs")
    shutil.copytree(ROOT, copy, ignore=left_out)
    home.mkdir()

    def run(*command: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        mounted = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"'
        inside = ["unshare", "--mount", "--map-root-user", "sh", "-c", mounted, str(copy), *command]
        environ = environment(HOME=str(home), PYTHONPATH=str(copy))
        for name in _CHOSEN_BY_THIS_PROCESS:
            environ.pop(name, None)
        return subprocess.run(inside, env=environ | changes, capture_output=True, text=True, check=False)

    if shutil.which("unshare") is None or run("true").returncode != 0:
        pytest.skip("this machine lets nobody mount a folder read-only")
    return run


def test_read_only_checkout_is_refused_in_a_line(read_only: Command) -> None:
    """Before anything is built; the line says how to choose another place, and that place is then used."""
    with served({"flax": {"70.1": "2024-01-01", "70.2": "2024-02-01"}}) as index:
        gate = (sys.executable, "-m", "reports", "gate", "flax==70.1", "flax==70.2")
        refused = read_only(*gate, UV_DEFAULT_INDEX=index)
        assert refused.returncode == 2, refused.stderr
        (line,) = refused.stderr.splitlines()
        assert line.endswith("choose another place with --cache FOLDER or XDG_CACHE_HOME")


@pytest.mark.parametrize("way", ["--cache", "XDG_CACHE_HOME"])
def test_chosen_place_is_used(way: str, read_only: Command, tmp_path: Path) -> None:
    """For the copies of source trees and for environments, by either way."""
    (tmp_path / "tree" / "flax").mkdir(parents=True)
    (tmp_path / "tree" / "pyproject.toml").write_text('[project]\nname = "flax"\nversion = "70.1"\n')
    chosen = tmp_path / "chosen"
    gate = [sys.executable, "-m", "reports", "gate", "flax==70.1", str(tmp_path / "tree")]
    with served({"flax": {"70.1": "2024-01-01"}}) as index:
        option = [way, str(chosen)] if way.startswith("-") else []
        variables = {} if option else {way: str(chosen)}
        said = read_only(*gate, *option, UV_DEFAULT_INDEX=index, **variables)
    assert "cannot be written" not in said.stderr + said.stdout
    assert {path.name for path in (chosen / NAME).iterdir()} == {"environments", "sources"}, said.stderr


def test_properties_run_in_a_read_only_checkout(newest: Path, read_only: Command, tmp_path: Path) -> None:
    """jax's cache is in the chosen place; the user's folder stays empty."""
    options = ("-k", "jax_jit_of_the_entry", "-n", "2", "--hypothesis-profile", "quick")
    command = (str(newest), "-m", "pytest", "properties/test_jit.py", *options)
    run = read_only(*command, XDG_CACHE_HOME=str(tmp_path / "chosen"))
    assert run.returncode == 0, run.stdout + run.stderr
    assert {path.name for path in (tmp_path / "chosen" / NAME).iterdir()} in ({"jax"}, {"jax", "hypothesis"})
    assert list((tmp_path / "home").iterdir()) == []


def test_examples_of_a_hunt_are_kept_there(tmp_path: Path) -> None:
    """Those that failed, which the next hunt repeats."""
    ask = "from properties.support import profiles; print(profiles.PROFILES['hunt']['database'].path)"
    environ = environment(XDG_CACHE_HOME=str(tmp_path), PYTHONPATH=str(ROOT))
    command = [sys.executable, "-c", ask]
    said = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert Path(said.stdout.strip()).is_relative_to(tmp_path / NAME)
