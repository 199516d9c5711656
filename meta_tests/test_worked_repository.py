"""A user's repository from an upgrade that breaks it to a green gate: each command of its page, typed in order."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

from meta_tests.support.runs import ROOT, environment
from meta_tests.support.unpacked import build_wheel
from reports.errors import CannotTell
from reports.gate.environments import find_python

REPOSITORY = ROOT / "meta_tests" / "worked_repository"
PAGE = REPOSITORY / "README.md"
ADDRESS = "git+https://github.com/OWNER/nnx-bridge-conformance"


@dataclass(frozen=True)
class Typed:
    """A command of the page, its exit code, and the lines that it prints among others."""

    text: str
    status: int
    shown: list[str]


def typed() -> Iterator[Typed]:
    """The commands of the page, in order."""
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        for command, shown in re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |\Z)", block, re.DOTALL | re.MULTILINE):
            text, _, status = command.partition("  # exit ")
            yield Typed(text, int(status or 0), shown.splitlines())


@pytest.mark.timeout(1200)
def test_page_leads_from_red_to_green(tmp_path: Path) -> None:
    """In a copy, with the wheel in place of the address: each command ends as the page says, and prints its lines."""
    try:
        python = find_python("3.12")
    except CannotTell as reason:
        pytest.skip(str(reason))
    repository = shutil.copytree(REPOSITORY, tmp_path / "repository")
    wheel, uv = build_wheel(tmp_path / "dist"), Path(find_uv_bin())
    cached = subprocess.run([uv, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    environ = environment(XDG_CACHE_HOME=str(tmp_path / "cache"), UV_CACHE_DIR=cached)
    # The Python that the gate takes is the user's.
    environ |= {"PATH": f"{Path(python).parent}:{uv.parent}:{environ['PATH']}", "UV_PYTHON_DOWNLOADS": "never"}
    for command in typed():
        text = command.text.replace(ADDRESS, wheel.as_uri())
        done = subprocess.run(text, shell=True, cwd=repository, env=environ, capture_output=True, text=True)
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == command.status, f"{command.text}: {said}"
        assert [line for line in command.shown if line not in said] == [], f"{command.text}: {said}"


def test_page_shows_the_whole_way() -> None:
    """A red gate, the advice, the patch that the advice leads to, a green gate; the workflow selects the same."""
    steps = [(one.text.removeprefix(".venv/bin/").split(" -k")[0], one.status) for one in typed()]
    way = [("nnx-bridge gate", 1), ("nnx-bridge upgrade --code ranker", 1), ("patch -p1 --quiet < fix.patch", 0)]
    assert [one for one in steps if one in way or "gate" in one[0]] == [*way, ("nnx-bridge gate", 0)]
    advice = next(one.shown for one in typed() if "upgrade" in one.text)
    patch = (REPOSITORY / "fix.patch").read_text("utf-8")
    assert {"- layer(x, rngs=nnx.Rngs())", "+ layer(x)"} <= set(advice)
    assert "\n-        encoded = self.encoder(x, rngs=nnx.Rngs())\n+        encoded = self.encoder(x)\n" in patch
    workflow = (REPOSITORY / ".github" / "workflows" / "flax-upgrade.yml").read_text("utf-8")
    assert re.findall(r"^          (\w+): (\w+)$", workflow, re.MULTILINE) == [
        ("select", "models"),
        ("code", "ranker"),
        ("comment", "true"),
    ]
    action = (ROOT / ".github" / "actions" / "gate" / "action.yml").read_text("utf-8")
    assert all(f"\n  {name}:\n" in action for name in ("select", "code", "comment"))
