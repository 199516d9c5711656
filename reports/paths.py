"""Paths: the suite next to this package, and what is kept between runs."""

import os
from pathlib import Path

from reports.atomic_write import check_writable
from reports.errors import BadInput

ROOT = Path(__file__).parent.parent
PROPERTIES = ROOT / "properties"
PYPROJECT = ROOT / "pyproject.toml"
# The implementation that is tested where the user names none.
REFERENCE = "impl.linen_inside_nnx"
# The subjects and the models that are asked where the user names none.
SUBJECTS = "impl.subjects"
MODELS = "impl.models"


OPTION, VARIABLE = "--cache", "XDG_CACHE_HOME"


def cache() -> Path:
    """Where all that is kept between runs is: where the user says, in the checkout, or in the user's folder.

    ``--cache FOLDER`` sets the variable, so that the processes of a run, and uv, follow it, too.
    """
    base = os.environ.get(VARIABLE)
    if not base and (ROOT / "tox.ini").exists():  # a checkout; an installed suite must not write next to itself
        return ROOT / ".cache"
    return (Path(base).absolute() if base else Path.home() / ".cache") / "nnx-bridge-conformance"


def kept(name: str) -> Path:
    """The folder of that name in the cache, which can be written; BadInput where it cannot."""
    folder = cache() / name
    try:
        check_writable(folder / "file")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"{folder} cannot be written ({error.strerror}); choose another place with {OPTION} FOLDER or {VARIABLE}"
        ) from error
    return folder
