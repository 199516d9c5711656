"""Source trees: an environment holds what a tree holds now, however it is named, and the tree is left as it was."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from meta_tests.support.environments import copy_flax
from meta_tests.test_gate import LAYER, QUICK, REGRESSION, SAFE, gate
from reports.errors import BadInput
from reports.gate import sources
from reports.gate.environments import CannotBuild, Installation, build, find_python, resolve
from reports.gate.installer import ask_uv
from reports.gate.sources import Differs, check_installed, may_have_moved, with_copies
from reports.gate.target import RequirementsFile, SourceTree, Specification, specification

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.0"
dependencies = {dependencies}

[tool.setuptools.packages.find]
include = ["{name}*"]
"""


def _tree(folder: Path, name: str = "flax", dependencies: str = "[]") -> Path:
    package = folder / name
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT.format(name=name, dependencies=dependencies))
    (package / "__init__.py").write_text("value = 1\n")
    return folder


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", ask_uv("cache", "dir").stdout.strip())  # full, and the same for all
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree called flax, which holds one module."""
    return _tree(tmp_path / "user" / "tree")


def test_copy_is_named_by_its_content(tree: Path) -> None:
    """The same content has the same copy; an edit that keeps size and time has another, and the first one stays."""
    one, module = sources.copied(tree), tree / "flax" / "__init__.py"
    assert sources.copied(tree) == one
    times = module.stat()
    module.write_text("value = 2\n")
    os.utime(module, ns=(times.st_atime_ns, times.st_mtime_ns))
    other = sources.copied(tree)
    assert other != one
    assert [(copy / "flax" / "__init__.py").read_text() for copy in (one, other)] == ["value = 1\n", "value = 2\n"]


def test_copy_holds_what_is_built_from(tree: Path) -> None:
    """Neither environments, hidden folders nor what builds left are copied; a package that is called build is."""
    for name in (".venv", "build", "flax.egg-info", "flax/__pycache__", "env", "flax/build"):
        (tree / name).mkdir()
        (tree / name / "file.py").write_text("")
    (tree / "env" / "pyvenv.cfg").write_text("")
    (tree / ".git").mkdir()
    copy = sources.copied(tree)
    found = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert found == {"pyproject.toml", "flax/__init__.py", "flax/build/file.py"}
    assert (copy / ".git").resolve() == tree / ".git"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("./tree", "flax @ {copy}"),
        ("tree/", "flax @ {copy}"),
        ("{tree}", "flax @ {copy}"),
        ("-e ./tree", "flax @ {copy}"),
        ("--editable=tree", "flax @ {copy}"),
        ("-e tree[all] ; python_version > '3'", "flax[all] @ {copy} ; python_version > '3'"),
        ("flax @ file://{tree}", "flax @ {copy}"),
        ("flax[all] @ ./tree  # ours", "flax[all] @ {copy}"),
        ("file://{tree}", "flax @ {copy}"),
        ("flax==0.12.12", "flax==0.12.12"),
        ("flax @ git+https://github.com/google/flax@main", "flax @ git+https://github.com/google/flax@main"),
        ("-e git+https://github.com/google/flax#egg=flax", "-e git+https://github.com/google/flax#egg=flax"),
        ("--index-url https://example.org/simple", "--index-url https://example.org/simple"),
        ("-c constraints.txt", "-c constraints.txt"),
        ("--find-links=./none", "--find-links=./none"),
        ("-c./none.txt", "-c./none.txt"),
        ("./tree;python_version>'3'", "flax @ {copy} ;python_version>'3'"),
        ("./tree#egg=flax", "flax @ {copy}#egg=flax"),
        ("flax @ file://{tree} --hash=sha256:00", "flax @ {copy}"),
        ("jax==0.7.0 --hash=sha256:00", "jax==0.7.0 --hash=sha256:00"),
        ("file:./tree", "flax @ {copy}"),
        ("jax>=0.7,<0.8", "jax>=0.7,<0.8"),
        ("-e\t./tree", "flax @ {copy}"),
        ("${TREE}", "flax @ {copy}"),
        ("jax @ https://${NOT_SET}/jax.zip", "jax @ https://${NOT_SET}/jax.zip"),
    ],
)
def test_every_way_to_name_a_tree(line: str, expected: str, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that names the tree names its copy; every other line stays."""
    monkeypatch.setenv("TREE", str(tree))
    given = with_copies(line.replace("{tree}", str(tree)), tree.parent)
    assert given == expected.replace("{copy}", sources.copied(tree).as_uri()) + "\n"


def test_extras_need_a_name(tree: Path) -> None:
    """Where a tree does not say its own, the line says how to give one."""
    (tree / "pyproject.toml").write_text("")
    with pytest.raises(BadInput, match=r"names no project, so it has no extras; write NAME\[all\] @ "):
        with_copies("./tree[all]", tree.parent)
    assert with_copies("flax[all] @ ./tree", tree.parent).startswith("flax[all] @ file://")


def test_linked_folder_is_copied(tree: Path) -> None:
    """A package that is a symbolic link is part of the tree; a link that leads back ends there."""
    (tree / "flax").rename(tree.parent / "elsewhere")
    (tree / "flax").symlink_to(tree.parent / "elsewhere")
    (tree.parent / "elsewhere" / "back").symlink_to(tree)
    copy = sources.copied(tree)
    assert (copy / "flax" / "__init__.py").read_text() == "value = 1\n"
    assert {path.relative_to(copy).as_posix() for path in copy.rglob("*.py")} == {"flax/__init__.py"}


def test_bare_name_of_a_wheel_is_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one side of the gate, and as a line of a requirements file."""
    wheel = tmp_path / "flax-1.0-py3-none-any.whl"
    wheel.write_bytes(b"one")
    monkeypatch.chdir(tmp_path)
    assert specification(wheel.name) == SourceTree(wheel.as_uri())
    assert with_copies(wheel.name, tmp_path).startswith("flax @ file://")


def test_included_file_stands_in_its_place(tree: Path) -> None:
    """Its relative paths start in its folder."""
    (tree.parent / "more").mkdir()
    (tree.parent / "more" / "base.txt").write_text("jax==0.7.0\n../tree\n")
    given = with_copies("-r more/base.txt\nnumpy", tree.parent)
    assert given == f"jax==0.7.0\nflax @ {sources.copied(tree).as_uri()}\nnumpy\n"


def test_included_file_is_read_once(tree: Path) -> None:
    """A file that includes itself, over another or not, and one that is no text are refused in a line."""
    (tree.parent / "one.txt").write_text("-r two.txt\n")
    (tree.parent / "two.txt").write_text("-r one.txt\n")
    with pytest.raises(BadInput, match=r"one\.txt: it includes itself"):
        with_copies("-r one.txt", tree.parent)
    (tree.parent / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match=r"bytes\.txt: it cannot be read as text"):
        with_copies("-r bytes.txt", tree.parent)


def test_options_of_an_included_file_start_at_it(tree: Path) -> None:
    """Its constraints are those next to it, not those next to the file that includes it."""
    more = tree.parent / "more"
    more.mkdir()
    (more / "base.txt").write_text("-c limits.txt\n--find-links=wheels\n-c https://example.org/c.txt\n")
    given = with_copies("-r more/base.txt", tree.parent).splitlines()
    assert given == [f"-c {more / 'limits.txt'}", f"--find-links {more / 'wheels'}", "-c https://example.org/c.txt"]


def test_worktree_is_a_source_tree(tree: Path) -> None:
    """There .git is a file."""
    (tree / ".git").write_text("gitdir: /elsewhere\n")
    copy = sources.copied(tree)
    assert (copy / ".git").resolve() == tree / ".git"


def test_folder_with_any_name_is_a_source_tree(tmp_path: Path) -> None:
    """A space or a bracket in its path means nothing."""
    odd = _tree(tmp_path / "my [old] trees" / "flax tree")
    assert _value(_built(specification(str(odd)))) == "1"


@pytest.mark.parametrize("project", ["project = 'x'", "[project]\nname = 3", "[tool]"])
def test_folder_that_is_no_flax_is_refused(project: str, tmp_path: Path) -> None:
    """Whatever its pyproject.toml holds."""
    (tmp_path / "pyproject.toml").write_text(project)
    with pytest.raises(BadInput, match="without Flax's pyproject"):
        specification(str(tmp_path))


@pytest.mark.parametrize("line", ["./none", "flax @ file:///none/such", "-r none.txt", "-e ../none"])
def test_what_is_not_there_is_refused(line: str, tree: Path) -> None:
    """One line names it."""
    with pytest.raises(BadInput, match="none"):
        with_copies(line, tree.parent)


def test_archive_is_copied_too(tmp_path: Path) -> None:
    """A wheel keeps its file name, by which it is installed."""
    wheel = tmp_path / "user" / "flax-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"one")
    one = with_copies(str(wheel), tmp_path)
    assert one.startswith("flax @ file://")
    assert one.endswith("/flax-1.0-py3-none-any.whl\n")
    wheel.write_bytes(b"two")
    assert with_copies(str(wheel), tmp_path) != one


def test_address_without_digest_may_have_moved() -> None:
    """An archive on another machine is fetched again each time, unless the line says what it holds."""
    lines = ["flax @ https://example.org/main.zip", "jax @ https://example.org/j.zip#sha256=00", "numpy==2.0"]
    assert may_have_moved("\n".join([*lines, "optax @ git+https://example.org/optax@abc"])) == ["flax"]


@pytest.mark.parametrize(
    ("installed", "words"), [("value = 3\n", "flax/__init__.py is not what"), (None, "nothing of")]
)
def test_environment_is_checked_against_the_source(
    installed: str | None, words: str, tree: Path, tmp_path: Path
) -> None:
    """A module that differs, or a tree of which nothing is there, is found."""
    package = tmp_path / "home" / "lib" / "python3.12" / "site-packages" / "flax"
    package.mkdir(parents=True)
    if installed is not None:
        (package / "__init__.py").write_text(installed)
    lock = with_copies(str(tree), tmp_path)
    with pytest.raises(Differs, match=words):
        check_installed(lock, tmp_path / "home")
    shutil.copytree(tree / "flax", package, dirs_exist_ok=True)
    check_installed(lock, tmp_path / "home")


def _named(form: str, tree: Path) -> Specification:
    """The tree as one side of the gate."""
    if form == "folder":
        return specification(str(tree))
    if form == "git":
        return specification(f"git+file://{tree}@main")
    lines = {"path": "./tree", "url": f"flax @ {tree.as_uri()}", "editable": "-e ./tree"}
    (tree.parent / "requirements.txt").write_text(lines[form])
    return RequirementsFile(tree.parent / "requirements.txt")


def _commit(tree: Path) -> None:
    git = ["git", "-C", str(tree), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    if not (tree / ".git").exists():
        subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=x"], check=True)


def _built(wanted: Specification) -> Installation:
    assert isinstance(wanted, SourceTree | RequirementsFile)
    return build(resolve("side", wanted, find_python(None)))


def _value(environment: Installation) -> str:
    ask = [str(environment.python), "-c", "import flax; print(flax.value)"]
    return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("form", ["folder", "path", "url", "editable", "git"])
def test_edited_tree_is_built_anew(form: str, tree: Path) -> None:
    """What is imported is what the tree holds at each build, and nothing is left in the tree."""
    before = set(tree.rglob("*"))
    for value in ("1", "2"):
        (tree / "flax" / "__init__.py").write_text(f"value = {value}\n")
        if form == "git":
            _commit(tree)
        assert _value(_built(_named(form, tree))) == value
    assert {path for path in tree.rglob("*") if ".git" not in path.parts} == before


@pytest.mark.timeout(600)
@pytest.mark.parametrize("damage", ["cut", "removed"])
def test_damaged_environment_is_made_anew(damage: str, tree: Path) -> None:
    """A file that was cut or removed is there again, though uv's cache may share its damage."""
    built = _built(_named("folder", tree))
    (module,) = built.python.parent.parent.glob("lib/python*/site-packages/flax/__init__.py")
    if damage == "cut":
        module.write_text("")
    else:
        module.unlink()
    assert _value(_built(_named("folder", tree))) == "1"


@pytest.mark.timeout(600)
def test_build_that_gives_something_else_is_refused(tree: Path) -> None:
    """Where the environment holds other code than the tree there is no answer."""
    (tree / "setup.py").write_text(
        "import pathlib, setuptools\npathlib.Path('flax/__init__.py').write_text('value = 9\\n')\nsetuptools.setup()\n"
    )
    with pytest.raises(CannotBuild, match="is not what the source tree holds"):
        _built(_named("folder", tree))


@pytest.fixture
def release(newest: Path, tmp_path: Path) -> tuple[str, Path]:
    """The newest release as pins, and as a source tree with the same dependencies."""
    ask = "from importlib.metadata import version as v; print(v('flax'), v('jax'))"
    printed = subprocess.run([str(newest), "-c", ask], capture_output=True, text=True, check=True).stdout
    flax, jax = printed.split()
    needs = ["msgpack", "optax", "orbax-checkpoint", "rich", "PyYAML", "treescope", "tensorstore", f"jax=={jax}"]
    tree = _tree(tmp_path / "tree", dependencies=str(needs))
    copy_flax(newest, tree / "flax")
    return f"flax=={flax}", tree


@pytest.mark.timeout(1200)
def test_gate_sees_an_edit_of_flax(release: tuple[str, Path]) -> None:
    """A tree of the newest Flax is safe, and a regression once its bridge raises at import, named by what it raises."""
    pins, tree = release
    assert gate(pins, str(tree), *QUICK, "-k", LAYER)[0] == SAFE
    with (tree / "flax" / "nnx" / "bridge" / "__init__.py").open("a") as file:
        file.write("\nraise ImportError('edited')\n")
    status, answer = gate(pins, str(tree), *QUICK, "-k", LAYER)
    assert (status, "ImportError: edited" in answer["properties"][0]["notes"][0]) == (REGRESSION, True), answer
