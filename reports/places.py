"""Where things lie: the suite beside this package, and what is kept between runs."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROPERTIES = ROOT / "properties"
PYPROJECT = ROOT / "pyproject.toml"
# The implementation that is tested where the user names none.
REFERENCE = "impl.linen_inside_nnx"
# The subjects that are asked where the user names none.
SUBJECTS = "impl.subjects"
RELEASES = Path(__file__).parent / "releases"


def _cache() -> Path:
    if (ROOT / "tox.ini").exists():  # a checkout; an installed suite must not write beside itself
        return ROOT / ".cache"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nnx-bridge-conformance"


CACHE = _cache()
