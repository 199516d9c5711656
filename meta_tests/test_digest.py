"""A chapter's digest changes with what can change its inputs or how they are judged, and with nothing else."""

from pathlib import Path

import pytest

from meta_tests.runs import ROOT
from reports import digest

FILES = {
    "properties/__init__.py": "",
    "properties/profiles.py": "MOST = 100",
    "properties/runtime.py": "",
    "properties/test_sums.py": "from properties.numbers import ones",
    "properties/test_words.py": "from properties.writing import letters\nimport os",
    "properties/numbers.py": "from properties import small",
    "properties/small.py": "",
    "properties/writing/__init__.py": "",
    "properties/writing/letters.py": "",
    "properties/test_layers.py": "from impl.implementation import Implementation",
    "impl/__init__.py": "",
    "impl/implementation.py": "from impl import names",
    "impl/linen_inside_nnx.py": "import flax",
    "impl/names.py": "",
    "impl/subjects.py": "",
    "impl/other.py": "",
}


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(digest, "ROOT", tmp_path)
    monkeypatch.setattr(digest, "PROPERTIES", tmp_path / "properties")
    monkeypatch.setattr(digest, "_OF_ALL", (tmp_path / "properties/profiles.py", tmp_path / "properties/runtime.py"))
    monkeypatch.setattr(digest, "_GIVEN", {"words": (tmp_path / "impl/subjects.py",)})
    monkeypatch.setattr(digest, "_CLASS", tmp_path / "impl/implementation.py")
    monkeypatch.setattr(digest, "_REFERENCE", tmp_path / "impl/linen_inside_nnx.py")
    return tmp_path


def _digests() -> dict[str, str]:
    digest.suite_digests.cache_clear()
    digest._imports.cache_clear()
    return digest.suite_digests()


@pytest.mark.parametrize(
    ("changed", "chapters"),
    [
        ("properties/test_sums.py", {"sums"}),
        ("properties/numbers.py", {"sums"}),
        ("properties/small.py", {"sums"}),
        ("properties/writing/letters.py", {"words"}),
        ("properties/profiles.py", {"layers", "sums", "words"}),
        ("impl/implementation.py", {"layers"}),
        ("impl/names.py", {"layers"}),
        ("impl/linen_inside_nnx.py", {"layers"}),
        ("impl/subjects.py", {"words"}),
        ("impl/other.py", set()),
    ],
)
def test_change_reaches_the_chapters_that_depend_on_it(suite: Path, changed: str, chapters: set[str]) -> None:
    """By an import, by an import of that, because pytest gives it to the chapter, or because all depend on it."""
    before = _digests()
    (suite / changed).write_text(f"{FILES[changed]}\nx = 1")
    after = _digests()
    digest.suite_digests.cache_clear()
    assert {name for name in before if before[name] != after[name]} == chapters


def test_edit_of_how_releases_differ_reaches_every_chapter() -> None:
    """Each chapter imports it, directly or not."""
    flax_api = ROOT / "impl" / "flax_api.py"
    assert [name for name, path in digest._chapters().items() if flax_api not in digest._with_imports(path)] == []
