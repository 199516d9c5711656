"""The wheel: what it brings, and the command ``nnx-bridge`` as a user of another project types it."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

from meta_tests.support.runs import ROOT, environment
from reports.errors import CannotTell
from reports.gate.environments import find_python

PROPERTY = "output_is_x_kernel_plus_bias"
# The one is the suite's, the other the user's.
LAYER = """
from impl.linen_inside_nnx import MyNNXWithLinen, linen_inside_nnx as reference
from impl.offsets import moved

def linen_inside_nnx(seed, x, features):
    return moved(reference(seed, x, features), {off})
"""
OFFSETS = "def moved(y, off): return y + off"


def uv(*arguments: object) -> str:
    """What uv prints."""
    command = [os.fsdecode(find_uv_bin()), *map(str, arguments)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """The wheel in an environment of its own, and a user's folder with packages ``my_pkg`` and ``impl``."""

    home: Path
    cache: Path
    folder: Path

    def command(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """``nnx-bridge`` with these arguments, typed in the user's folder."""
        environ = environment(XDG_CACHE_HOME=str(self.cache), UV_CACHE_DIR=uv("cache", "dir").strip())
        return subprocess.run(
            [str(self.home / "bin" / "nnx-bridge"), *map(str, arguments)],
            cwd=self.folder,
            # What this suite set for itself, such as its own caches, no user's shell has.
            env={name: value for name, value in environ.items() if not name.startswith(("JAX_", "HYPOTHESIS_"))},
            capture_output=True,
            text=True,
            check=False,
        )

    def files(self) -> set[Path]:
        """All files of the environment and of the user's folder, except Python's bytecode."""
        found = {path for top in (self.home, self.folder) for path in top.rglob("*")}
        return {path for path in found if "__pycache__" not in path.parts}

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        (found,) = self.home.glob("lib/*/site-packages")
        return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as pip would."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Installed]:
    """``install("[run]")``: an environment with the wheel and this extra; further arguments go to uv."""

    def make(extra: str = "", *options: str) -> Installed:
        home, cache, folder = (tmp_path_factory.mktemp(name) for name in ("home", "cache", "folder"))
        uv("venv", "--clear", "--python", sys.executable, home)
        uv("pip", "install", "--python", home / "bin" / "python", f"{wheel}{extra}", *options)
        modules = {"my_pkg/layer": LAYER.format(off=0), "my_pkg/faulty": LAYER.format(off=1)}
        for name, source in (modules | {"impl/__init__": "", "impl/offsets": OFFSETS}).items():
            module = folder / f"{name}.py"
            module.parent.mkdir(exist_ok=True)
            module.write_text(source)
        return Installed(home, cache, folder)

    return make


@pytest.fixture(scope="module")
def installed(install: Callable[..., Installed]) -> Installed:
    """The wheel without an extra."""
    return install()


@pytest.fixture(scope="module")
def runnable(install: Callable[..., Installed]) -> Installed:
    """The wheel with all that the properties need."""
    return install("[run]")


def test_long_description_is_the_front_page(wheel: Path) -> None:
    """What an index shows of the project is README.md."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        head, _, body = opened.read(name).decode().partition("\n\n")
    assert "Description-Content-Type: text/markdown" in head
    assert body.strip() == (ROOT / "README.md").read_text("utf-8").strip()


def test_one_importable_name(install: Callable[..., Installed]) -> None:
    """An environment gains the package nnx_bridge and no other name."""
    alone = install("", "--no-deps")
    names = {path.name for path in alone.packages.iterdir() if not path.name.startswith(("_virtualenv", "__pycache__"))}
    assert {name for name in names if not name.endswith(".dist-info")} == {"nnx_bridge"}


def test_whole_suite(wheel: Path) -> None:
    """The suite in the wheel is the repository's, file by file, with templates, schema and committed reports."""
    expected = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for top in ("conftest.py", "pyproject.toml", "impl", "properties", "reports")
        for path in [ROOT / top, *(ROOT / top).rglob("*")]
        if path.is_file() and not {"__pycache__", "runs", "installed"} & set(path.parts)
    }
    with zipfile.ZipFile(wheel) as archive:
        inside = "nnx_bridge/suite/"
        found = {name.removeprefix(inside): archive.read(name) for name in archive.namelist() if inside in name}
    assert found == expected
    assert {"reports/render/site/assets/index.html.j2", "reports/schema.json"} <= found.keys()


def test_package_beside_the_suite(wheel: Path) -> None:
    """What users import, typed."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if re.fullmatch(r"nnx_bridge/[^/]+", name)}
    assert found == {f"nnx_bridge/{path.name}" for path in (ROOT / "reports" / "installed").iterdir() if path.is_file()}
    assert {"nnx_bridge/testing.py", "nnx_bridge/py.typed"} <= found


def test_extra_is_the_group_of_the_test_tools() -> None:
    """The extra ``run`` pins what the group ``tests`` pins, and takes any Flax."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["project"]["optional-dependencies"]["run"]) == {*project["dependency-groups"]["tests"], "flax"}


def test_help_and_version(installed: Installed) -> None:
    """--help lists the commands, each has its own, and --version is the project's."""
    told = installed.command("--help")
    assert told.returncode == 0
    for name in ("upgrade", "finding", "gate", "bisect", "merge", "matrix", "table"):
        assert f"\n    {name} " in told.stdout
        assert installed.command(name, "--help").returncode == 0
    assert "\n    run " in told.stdout
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert installed.command("--version").stdout == f"nnx-bridge {project['version']}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("keep",), "invalid choice: 'keep'"),
        (("gate", "flax==0.12.12"), "the following arguments are required: NEW"),
        (("gate", "jax==0.11.2", "flax==0.12.12"), "the pins name no flax"),
        (("table", "no_such.json"), "no_such.json: No such file"),
        (("run",), "hypothesis, iniconfig, "),
        (("run",), "pip install 'nnx-bridge-conformance[run]'"),
    ],
)
def test_bad_usage(arguments: tuple[str, ...], says: str, installed: Installed) -> None:
    """What cannot be done is said on stderr, its last line says why, and the exit code is 2."""
    done = installed.command(*arguments)
    assert done.returncode == 2
    assert not done.stdout
    assert says in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("chosen", [(), ("--impl", "my_pkg.layer")], ids=["reference", "my_pkg.layer"])
def test_gate_from_another_folder(chosen: tuple[str, ...], installed: Installed, tmp_path: Path) -> None:
    """The gate tries the reference or a user's module, and writes where it was told to and in its cache alone."""
    try:
        find_python("3.12")
    except CannotTell as reason:
        pytest.skip(str(reason))
    before, answer = installed.files(), tmp_path / "answer.json"
    options = ("--profile", "quick", "-k", PROPERTY, "--output", f"json={answer}")
    done = installed.command("gate", "flax==0.12.10", "flax==0.12.12", *chosen, *options)
    assert done.returncode == 0, done.stderr
    outcomes = {found["id"]: (found["old"], found["new"]) for found in json.loads(answer.read_text())["properties"]}
    assert outcomes[f"affine.{PROPERTY}"] == ("passed", "passed")
    assert installed.files() == before
    assert {path.name for path in installed.cache.iterdir()} == {"nnx-bridge-conformance"}


@pytest.mark.parametrize(("module", "code", "outcome"), [("layer", 0, "passed"), ("faulty", 1, "failed")])
def test_run_in_the_present_environment(
    module: str, code: int, outcome: str, runnable: Installed, tmp_path: Path
) -> None:
    """``nnx-bridge run`` tests a user's module in the user's environment, with workers, and leaves only the report."""
    before, report = runnable.files(), tmp_path / "report.json"
    chosen = ("--impl", f"my_pkg.{module}", "--hypothesis-profile", "quick", "-k", PROPERTY)
    done = runnable.command("run", "-n", 1, *chosen, "--report", report)
    assert done.returncode == code, done.stdout + done.stderr
    run = json.loads(report.read_text())
    assert run["implementation"] == f"my_pkg.{module}"
    assert [found["outcome"] for found in run["properties"]] == [outcome]
    assert run["suite"]["selection"] == f"-k {PROPERTY!r}"
    assert runnable.files() == before


def test_run_ignores_the_conftest_of_the_users(runnable: Installed) -> None:
    """Which pytest would load because a file beside it is named."""
    layer = runnable.folder / "my_pkg" / "layer.py"
    conftest = layer.with_name("conftest.py")
    try:
        conftest.write_text("raise RuntimeError('loaded')")
        done = runnable.command("run", "--impl", layer, "--hypothesis-profile", "quick", "-k", PROPERTY)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        conftest.unlink()


def test_run_takes_options_of_the_project(runnable: Installed, tmp_path: Path) -> None:
    """Those of the user's pyproject.toml, and says so; a wrong one is bad input."""
    project = runnable.folder / "pyproject.toml"
    try:
        project.write_text('[tool.nnx-bridge]\nprofile = "quick"\n')
        report = tmp_path / "report.json"
        done = runnable.command("run", "--impl", "my_pkg.layer", "-k", PROPERTY, "--report", report)
        said = "nnx-bridge: pyproject.toml, [tool.nnx-bridge]: profile = 'quick'\n"
        assert (done.returncode, done.stderr) == (0, said), done.stdout
        assert json.loads(report.read_text())["suite"]["profile"] == "quick"
        project.write_text("[tool.nnx-bridge]\nprofil = 1\n")
        done = runnable.command("run")
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith("nnx-bridge run: pyproject.toml: [tool.nnx-bridge] has no key 'profil' (did you mean")
    finally:
        project.unlink()
