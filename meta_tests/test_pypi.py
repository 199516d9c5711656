"""The tool asks the package index that the user has configured, whatever the form, and knows none by itself."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from meta_tests.support import package_index
from meta_tests.support.package_index import served
from meta_tests.support.runs import ROOT
from reports.errors import CannotTell
from reports.gate import environments, installer, pypi
from reports.gate.environments import build, find_python, resolve
from reports.gate.pypi import as_released, versions_between
from reports.gate.target import Pins, RequirementsFile

FLAX = {"70.1": "2024-01-05", "70.2": "2024-02-05", "70.3": "2024-03-05", "70.4rc1": "2024-04-05", "70.5": "2024-05-05"}
WITHDRAWN = ("flax-70.3-py3-none-any.whl",)
PACKAGES = {"flax": FLAX, "tool": {"1.0": "2024-01-01"}}
PINS = Pins((Requirement("flax==70.2"),))
FORMS = (
    *("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
    *("pip.conf", "[install] of pip.conf", "uv.toml", "uv.toml next to the file", "--index-url in the file"),
    *("keyring for uv", "keyring for pip"),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folder without any configuration of uv or pip, in which to make some."""
    for name in os.environ:
        if name.startswith(("UV_", "PIP_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("PYENV_ROOT", os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv"))
    for name, value in {
        "HOME": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_CONFIG_DIRS": home,
        "UV_CACHE_DIR": home / "uv",
    }.items():
        monkeypatch.setenv(name, str(value))
    (home / "none.conf").write_text("")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (home / "pyproject.toml").write_text('[dependency-groups]\ntests = ["tool==1.0"]\n')
    monkeypatch.setattr(environments, "PYPROJECT", home / "pyproject.toml")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.chdir(home)
    _forget()
    yield home
    _forget()


def test_uv_is_found_before_threads_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, when the module is loaded: sysconfig, which finds it, fails where two threads ask it first."""
    monkeypatch.setattr("uv.find_uv_bin", lambda: pytest.fail("asked again"))
    assert Path(installer._command("--version")[0]).is_file()


def _forget() -> None:
    installer._of_pip.cache_clear()
    pypi._newest.cache_clear()


def _configure(form: str, address: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if form.isupper():
        monkeypatch.setenv(form, address)
    elif form.endswith("pip.conf"):
        monkeypatch.setenv("PIP_CONFIG_FILE", str(home / "pip.conf"))
        section = "install" if form.startswith("[") else "global"
        (home / "pip.conf").write_text(f"[{section}]\nindex-url = {address}\n")
    elif form.startswith("uv.toml"):
        folder = home / "project" if form.endswith("file") else home / "config" / "uv"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "uv.toml").write_text(f'[[index]]\nurl = "{address}"\ndefault = true\n')
    elif form.startswith("keyring"):
        program = home / "bin" / "keyring"
        program.parent.mkdir()
        program.write_text(
            f"#!/bin/sh\n[ $1 = get ] && [ $3 = {package_index.USER} ] && echo {package_index.PASSWORD}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        with_user = address.replace("//", f"//{package_index.USER}@")
        if form.endswith("uv"):
            monkeypatch.setenv("UV_KEYRING_PROVIDER", "subprocess")
        monkeypatch.setenv("UV_DEFAULT_INDEX" if form.endswith("uv") else "PIP_INDEX_URL", with_user)


@pytest.mark.parametrize("form", FORMS)
def test_configured_index_is_asked(form: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the packages of an environment, and for the test tools that are put next to them."""
    with served(PACKAGES, protected=form.startswith("keyring")) as address:
        _configure(form, address, home, monkeypatch)
        (home / "project").mkdir(exist_ok=True)
        chosen = f"--index-url {address}\n" if form.endswith("in the file") else ""
        requirements = home / "project" / "requirements.txt"
        requirements.write_text(f"{chosen}flax<70.2\n")
        environment = build(resolve("side", RequirementsFile(requirements), find_python(None)))
    ask = "import flax, tool; print(flax.version, tool.version)"
    said = subprocess.run([str(environment.python), "-c", ask], capture_output=True, text=True, check=False)
    assert said.stdout == "70.1 1.0\n", said.stderr


@pytest.mark.parametrize("form", [form for form in FORMS if "file" not in form])
def test_configured_index_is_asked_for_days(form: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the newest exact pin, with two days of grace."""
    with served(PACKAGES, protected=form.startswith("keyring")) as address:
        _configure(form, address, home, monkeypatch)
        assert as_released(PINS.requirements, find_python(None)) == date(2024, 2, 7)


def test_tox_asks_the_index_of_pip(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever tox installs it installs by a command that knows `pip.conf`, and that fails where the index does."""
    assert "uv pip" not in (ROOT / "tox.ini").read_text()
    command = [sys.executable, "-m", "reports.gate.install", "--target", str(home / "target")]
    with served(PACKAGES) as address:
        _configure("pip.conf", address, home, monkeypatch)
        subprocess.run([*command, "flax==70.2"], cwd=ROOT, check=True)
    assert (home / "target" / "flax.py").read_text() == "version = '70.2'\n"
    done = subprocess.run([*command, "flax==70.1", "--refresh"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert address in done.stderr


def test_index_of_uv_comes_before_that_of_pip(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And that of a requirements file before that of pip, as pip has it."""
    with served(PACKAGES) as address, served({}) as other:
        monkeypatch.setenv("PIP_INDEX_URL", other)
        (home / "requirements.txt").write_text(f"--index-url {address}\nflax\n")
        python = find_python(None)
        assert "flax==70.5" in resolve("side", RequirementsFile(home / "requirements.txt"), python).lock
        _configure("uv.toml", address, home, monkeypatch)
        assert as_released(PINS.requirements, python) == date(2024, 2, 7)


def test_releases_are_those_of_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Final ones that were not withdrawn, in order, with both ends; no exact pin has no day."""
    python = find_python(None)
    with served(PACKAGES, WITHDRAWN) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        found = versions_between("flax", Version("70.1"), Version("70.5"), python)
        assert [str(version) for version in found] == ["70.1", "70.2", "70.5"]
        assert as_released([Requirement("flax==70.3")], python) == date(2024, 3, 7)
        assert as_released([Requirement("flax>=70.1"), Requirement("flax==70.*")], python) is None


def test_index_without_days_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a release needs is installed as of its day."""
    python = find_python(None)
    with served({"flax": {"70.1": ""}}) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with pytest.raises(CannotTell, match=r"does not say when flax==70\.1"):
            as_released([Requirement("flax==70.1")], python)


def test_day_is_asked_of_the_index_that_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that says none may be in front of it."""
    with served(PACKAGES) as address, served({"flax": {"70.2": ""}}) as mirror:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", mirror)
        assert as_released(PINS.requirements, find_python(None)) == date(2024, 2, 7)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An index that takes each question and answers none is configured."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.getsockname()[1]}/simple")
        yield


@pytest.mark.usefixtures("silent")
def test_silent_index_cannot_tell(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, after the time that one page may take or uv's own."""
    python = find_python(None)
    monkeypatch.setattr(pypi, "_PATIENCE", 2)
    with pytest.raises(CannotTell, match=r"^the package index does not say which flax==70\.2 there is: .*2 s$"):
        resolve("side", PINS, python)
    monkeypatch.setattr(installer, "_IMPATIENT", {"UV_HTTP_TIMEOUT": "1", "UV_HTTP_RETRIES": "0"})
    (home / "requirements.txt").write_text("flax\n")
    with pytest.raises(CannotTell, match=r"^side cannot be installed: Failed to fetch: .*timed out") as refusal:
        resolve("side", RequirementsFile(home / "requirements.txt"), python)
    assert "\n" not in str(refusal.value)


def test_cache_is_asked_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate on the same two sides works again without an index, and the refusal says how."""
    python = find_python(None)
    with served(PACKAGES) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        online = resolve("side", PINS, python)
    monkeypatch.setattr(installer, "_IMPATIENT", {"UV_HTTP_TIMEOUT": "1", "UV_HTTP_RETRIES": "0"})
    with pytest.raises(CannotTell, match=r"^side cannot be installed: .*; UV_OFFLINE=1 takes what uv has cached$"):
        resolve("side", PINS, python)
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert resolve("side", PINS, python) == online


def test_no_index_is_named_in_the_project() -> None:
    """In no file but the pages of a run, which hold what was printed."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = re.compile(r"(?:test\.)?pypi\.(?:org|python)|python" + r"hosted")
    texts = {name: (ROOT / name).read_bytes().decode(errors="replace") for name in names.split("\0") if name}
    here = Path(__file__).relative_to(ROOT).as_posix()
    assert [name for name, text in texts.items() if known.search(text) and name != here] == []
