"""A user's repository, whose subjects are layers of transformers' BERT, gated between two releases as he types it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from meta_tests.support import documentation
from meta_tests.support.documentation import printed, renewed
from meta_tests.support.figures import generic_properties
from meta_tests.support.runs import ROOT, environment, node, pytest_run, records_of
from meta_tests.test_gate import BAD_INPUT, CANNOT_TELL, QUICK, REGRESSION, command, properties
from reports.errors import CannotTell
from reports.gate.environments import build, find_python, resolve
from reports.gate.target import RequirementsFile

# Where this machine has no Python for the upgrade, none of these runs.
pytestmark = pytest.mark.usefixtures("upgraded")

REPOSITORY = Path(__file__).parent / "users_repository"
ENCODING = {"BertEmbeddings", "BertSelfAttention", "BertLayer", "BertModule"}
DECODING = {"BertDecoding"}
# Which subjects have what a property needs; parameters, and so gradients and checkpoints, have all.
HAVING = {"draws": ENCODING, "keeps_still": ENCODING, "mutable": DECODING, "methods": set[str]()}

# A layer that gives something else at every call on the newer Flax, so that no bridge can agree with it.
UNSTEADY = """
import itertools

import flax
from bert_layers import CALLS, CONFIG, HIDDEN, MASK
from transformers.models.bert.modeling_flax_bert import FlaxBertLayer

COUNT = itertools.count()


class Unsteady(FlaxBertLayer):
    def __call__(self, hidden, *args, **kwargs):
        step = next(COUNT) if flax.__version__ == "0.12.12" else 0
        return super().__call__(hidden * (1 + step), *args, **kwargs)


SUBJECTS = {"Unsteady": {"module": Unsteady(CONFIG), "args": (HIDDEN, MASK, None), **CALLS}}
"""


@pytest.fixture(scope="module")
def upgraded() -> Path:
    """The Python of the environment that the gate makes of the repository's upgrade."""
    try:
        python = find_python("3.12")
    except CannotTell as reason:
        pytest.skip(str(reason))
    return build(resolve("upgrade.txt", RequirementsFile(REPOSITORY / "upgrade.txt"), python)).python


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository, to which files can be added."""
    return shutil.copytree(REPOSITORY, tmp_path / "repository")


def gate(repository: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The gate as a user types it in his repository."""
    return command("gate", "requirements.txt", "upgrade.txt", *QUICK, "--format", "json", *arguments, cwd=repository)


def run_there(python: Path, program: Path) -> "subprocess.CompletedProcess[str]":
    """Run a reproducer in its folder."""
    command = [str(python), program.name]
    return subprocess.run(command, cwd=program.parent, env=environment(), capture_output=True, text=True, check=False)


@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_upgrade_is_safe_and_every_layer_is_asked_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate as the documentation shows it: from 0.12.10 to 0.12.12 every layer keeps every property that it can."""
    page, answer = (ROOT / "impl" / "README.md").read_text("utf-8"), tmp_path / "answer.json"
    monkeypatch.setattr(documentation, "printed", lambda one: printed(one, f"--output=json={answer}"))
    assert renewed(page, lambda one: one.folder == REPOSITORY) == page
    found = properties(json.loads(answer.read_text()))
    expected = {
        f"subjects.{name}[{subject}]"
        for name, needed in generic_properties().items()
        for subject in ENCODING | DECODING
        if all(subject in HAVING.get(need, ENCODING | DECODING) for need in needed)
    }
    assert len(expected) > 100
    held = {name for name, one in found.items() if one["old"] == one["new"] == "passed"}
    assert {name for name in held if name.startswith("subjects.")} == expected
    # Flax loses some updates of mutable calls, on both releases.
    assert {name.partition(".")[0] for name, one in found.items() if "failed" in (one["old"], one["new"])} == {"state"}


@pytest.mark.timeout(1200)
def test_layer_that_the_upgrade_breaks_blocks_it(repository: Path, upgraded: Path) -> None:
    """A layer that fails on the newer Flax is a regression, and its reproducer imports it and fails there too."""
    (repository / "unsteady.py").write_text(UNSTEADY)
    done = gate(repository, "--subjects", "unsteady.py", "-k", "subjects and (init or call)")
    assert done.returncode == REGRESSION, done.stdout + done.stderr
    found = properties(json.loads(done.stdout))
    assert found["subjects.init[Unsteady]"]["verdict"] == "same"
    failing = found["subjects.call[Unsteady]"]
    assert (failing["verdict"], failing["notes"]) == ("regressed", ["replayed: the falsifying example holds on OLD"])
    assert failing["failure"]["falsifying_example"] == "seed=1"
    assert "from unsteady import SUBJECTS" in failing["failure"]["reproducer"]
    program = repository / "reproducer.py"
    program.write_text(failing["failure"]["reproducer"])
    again = run_there(upgraded, program)
    assert (again.returncode, "AssertionError" in again.stderr) == (1, True), again.stderr


@pytest.mark.parametrize("named", ["bert_layers", "bert_layers.py", "SUBJECTS"])
def test_layers_are_found_by_module_path_and_environment(named: str, upgraded: Path, tmp_path: Path) -> None:
    """A module's name, a file's path and the variable SUBJECTS lead to the same layers, and the option goes first."""
    path, report = str(REPOSITORY / "bert_layers.py"), tmp_path / "report.json"
    options = {"bert_layers": ["--subjects", named], "bert_layers.py": ["--subjects", path], "SUBJECTS": []}[named]
    variable = {"SUBJECTS": "no.such.module" if options else path, "PYTHONPATH": str(REPOSITORY)}
    chosen = ("-n", "0", "--hypothesis-profile", "quick", "--report", str(report))
    run = pytest_run(upgraded, node("subjects.repr_and_display"), *chosen, *options, **variable)
    assert run.returncode == 0, run.stdout
    assert records_of(report).keys() == {f"subjects.repr_and_display[{subject}]" for subject in ENCODING | DECODING}


@pytest.mark.parametrize(
    ("file", "source", "status", "line"),
    [
        ("none.py", None, BAD_INPUT, "python -m reports: --subjects none.py: no such file; give the path of a "),
        ("empty.py", "SUBJECTS = {}", CANNOT_TELL, r"flax \S+ with jax \S+: subjects 'empty.py': SUBJECTS must be a "),
        (
            "no.such",
            None,
            CANNOT_TELL,
            r"flax \S+ with jax \S+: subjects 'no.such' cannot be imported \(ModuleNotFound",
        ),
    ],
    ids=["no_file", "empty", "no_module"],
)
def test_gate_says_in_one_line_why_subjects_cannot_be_used(
    file: str, source: str | None, status: int, line: str, repository: Path
) -> None:
    """The gate refuses a file that is not there, and of one that is no use it says on each side why, in one line."""
    if source is not None:
        (repository / file).write_text(source)
    done = gate(repository, "--subjects", file, "-k", "subjects")
    assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (status, False), done.stderr
    said = json.loads(done.stdout)["properties"][0]["notes"] if done.stdout else done.stderr.splitlines()
    assert [bool(re.match(line, one)) for one in said] == [True] * (1 if status == BAD_INPUT else 2), said
