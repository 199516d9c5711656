"""What the GitHub action adds to a pull request, with a ``gh`` that keeps comments in a file; the pre-commit hook."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment
from reports.__main__ import main

ACTION = ROOT / ".github" / "actions" / "gate"
# Keeps comments in the file COMMENTS, and each call in CALLS, as the API of GitHub would.
GH = f"""#!{sys.executable}
import json, os, pathlib, sys

comments, calls = pathlib.Path(os.environ["COMMENTS"]), pathlib.Path(os.environ["CALLS"])
known = json.loads(comments.read_text())
command, arguments = sys.argv[1], sys.argv[2:]
method, address = arguments[arguments.index("--method") + 1], arguments[-1]
calls.write_text(f"{{calls.read_text()}}{{method}} {{address}}\\n")
if os.environ.get("REFUSED"):
    sys.exit("gh: Resource not accessible by integration\\n(HTTP 403)")
if method == "GET":
    half = len(known) // 2  # two pages
    print(json.dumps([known[:half], known[half:]]))
else:
    body = json.load(sys.stdin)["body"]
    if method == "POST":
        known.append({{"id": 100 + len(known), "body": body}})
    else:
        (one,) = (one for one in known if address.endswith(f"/comments/{{one['id']}}"))
        one["body"] = body
    comments.write_text(json.dumps(known))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pull request with two comments of people, one of which quotes the action's."""
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    people = ["looks good", "> <!-- nnx-bridge gate: CI/upgrade -->\n> regression\nis that so?"]
    said = [{"id": number, "body": body} for number, body in enumerate(people, 7)]
    (tmp_path / "comments.json").write_text(json.dumps(said))
    (tmp_path / "calls.txt").write_text("")
    return tmp_path


def comment(folder: Path, text: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The action's comment, as its step writes it."""
    (folder / "answer.md").write_text(text, encoding="utf-8")
    environ = environment(
        PATH=f"{folder}{os.pathsep}{os.environ['PATH']}",
        COMMENTS=str(folder / "comments.json"),
        CALLS=str(folder / "calls.txt"),
        GITHUB_REPOSITORY="me/repository",
        GITHUB_WORKFLOW="CI",
        GITHUB_JOB="upgrade",
        PULL_REQUEST="12",
    )
    command = [sys.executable, str(ACTION / "comment.py"), "answer.md"]
    return subprocess.run(command, cwd=folder, env=environ | variables, capture_output=True, text=True, check=False)


def bodies(folder: Path) -> list[str]:
    """What the comments say."""
    return [one["body"] for one in json.loads((folder / "comments.json").read_text())]


def test_comment_is_updated_instead_of_repeated(folder: Path) -> None:
    """The first run writes it, the second replaces its text, another job has its own; those of people stay."""
    people = bodies(folder)
    assert comment(folder, "regression `→`").returncode == 0
    assert bodies(folder) == [*people, "<!-- nnx-bridge gate: CI/upgrade -->\nregression `→`"]
    assert comment(folder, "safe").returncode == 0
    assert bodies(folder) == [*people, "<!-- nnx-bridge gate: CI/upgrade -->\nsafe"]
    assert comment(folder, "other", GITHUB_JOB="nightly").returncode == 0
    assert bodies(folder)[2:] == [
        "<!-- nnx-bridge gate: CI/upgrade -->\nsafe",
        "<!-- nnx-bridge gate: CI/nightly -->\nother",
    ]
    calls = (folder / "calls.txt").read_text().splitlines()
    assert [one.split("?")[0] for one in calls[:4]] == [
        "GET repos/me/repository/issues/12/comments",
        "POST repos/me/repository/issues/12/comments",
        "GET repos/me/repository/issues/12/comments",
        "PATCH repos/me/repository/issues/comments/102",
    ]


def test_long_answer_is_cut(folder: Path) -> None:
    """GitHub refuses more than 65536 characters."""
    assert comment(folder, "→" * 70_000).returncode == 0
    assert len(bodies(folder)[-1]) < 65_536
    assert bodies(folder)[-1].endswith("The rest is on the summary page of the run.\n")


def test_job_that_may_not_comment_gets_a_warning(folder: Path) -> None:
    """As in a pull request from a fork: one line, with the remedy."""
    done = comment(folder, "safe", REFUSED="yes")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "::warning::no comment on the pull request: gh: Resource not accessible by integration (HTTP 403); "
        "give the job `pull-requests: write`\n"
    )


def test_name_of_a_workflow_cannot_end_the_mark(folder: Path) -> None:
    """Nothing of it is markup."""
    comment(folder, "safe", GITHUB_WORKFLOW="a --> <b>", GITHUB_JOB="x`y")
    assert bodies(folder)[-1].splitlines()[0] == "<!-- nnx-bridge gate: a  b/xy -->"


def annotate(folder: Path, old: str, new: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The step of the action that reads the user's code, after a gate of these releases."""
    formats = [f"--output={form}={folder / 'answer'}.{form}" for form in ("json", "markdown")]
    main(["gate", old, "0.12.12", *formats])
    answer = (folder / "answer.json").read_text("utf-8")
    (folder / "answer.json").write_text(answer.replace('"flax": "0.12.12"', f'"flax": "{new}"'), encoding="utf-8")
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(sys.executable)
    command = f'#!/bin/sh\nexec "{sys.executable}" -m reports "$@"\n'
    (folder / "bin" / "nnx-bridge").write_text(command)
    (folder / "bin" / "nnx-bridge").chmod(0o755)
    program = "import runpy, sys; sys.executable, script = sys.argv[1:3]; sys.argv = sys.argv[2:]; "
    program += "runpy.run_path(script, run_name='__main__')"
    arguments = [str(folder / "bin" / "python"), str(ACTION / "annotate.py"), "answer.json", "answer.markdown", "src"]
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT), **variables),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("uses", "found"), [("", 1), ("names", 1), ("checkpoints", 0)])
def test_code_is_annotated_for_the_releases_of_the_gate(uses: str, found: int, folder: Path) -> None:
    """Each place is an annotation, and the Markdown, which becomes the comment, ends with all of it."""
    (folder / "src").mkdir()
    (folder / "src" / "a.py").write_text("from flax import nnx\nprint(nnx.fork(1, 2))\n")
    done = annotate(folder, "0.10.7", "0.12.12", USES=uses)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(re.findall(r"^::\w+ file=src/a\.py,line=2", done.stdout, re.MULTILINE)) == found
    _, _, code = (
        (folder / "answer.markdown").read_text("utf-8").partition("\n### Your code\n\n````text\nFlax 0.10.7 → ")
    )
    assert (code.count("src/a.py:2:7: fork_of_a_state"), code[-5:]) == (found, "````\n")


def test_release_without_evidence_is_a_warning(folder: Path) -> None:
    """In one line; the Markdown stays as it is."""
    (folder / "src").mkdir()
    done = annotate(folder, "0.10.7", "0.99.0")
    assert (done.returncode, done.stderr) == (1, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith("::warning::your code was not compared with the upgrade: ")
    assert "0.99.0" in line
    assert "### Your code" not in (folder / "answer.markdown").read_text("utf-8")


def test_every_input_of_the_action_reaches_a_step() -> None:
    """Each is read where a step runs, and each variable of a script is set there."""
    text = (ACTION / "action.yml").read_text("utf-8")
    declared, _, steps = text.partition("\nruns:\n")
    inputs = re.findall(r"^  ([\w-]+):$", declared.partition("\noutputs:")[0], re.MULTILINE)
    assert len(inputs) > 12
    decides = {"comment"}  # whether a step runs
    assert [name for name in inputs if f"inputs.{name} {'==' if name in decides else '}}'}" not in steps] == []
    for script in ("comment.py", "annotate.py"):
        read = set(re.findall(r"os\.environ(?:\.get\(|\[)[\"'](\w+)", (ACTION / script).read_text("utf-8")))
        (step,) = (one for one in steps.split("\n    - id: ") if script in one)
        assert {name for name in read if not name.startswith("GITHUB_")} <= set(
            re.findall(r"^        (\w+):", step, re.MULTILINE)
        )


def test_hook_calls_the_command_that_its_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hook's entry with the arguments of the page is a command line that names lines."""
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    page = (ROOT / "reports" / "README.md").read_text("utf-8")
    (entry,) = re.findall(r"^  entry: nnx-bridge (\w+)$", hook, re.MULTILINE)
    (name,) = re.findall(r"^- id: (\S+)$", hook, re.MULTILINE)
    ((shown, arguments),) = re.findall(r"^ +- id: (\S+)\n +args: \[(.*)\]$", page, re.MULTILINE)
    assert shown == name == "nnx-bridge-upgrade-code"
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("from flax import nnx\nprint(nnx.fork(1, 2))\n")
    monkeypatch.chdir(tmp_path)
    assert main([entry, *re.split(r", ", arguments)]) == 1
    assert "src/a.py:2:7: fork_of_a_state" in capsys.readouterr().out
