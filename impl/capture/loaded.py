"""The source files of the program itself."""

import sys
import sysconfig
from pathlib import Path

from .facts import Facts

_OF_OTHERS = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_OURS = str(Path(__file__).parent)
_PACKAGES = ("site-packages", "dist-packages")


def note(noted: Facts) -> None:
    """Note the script, and each file that was loaded so far and is of no package."""
    script = sys.modules["__main__"]
    spec = getattr(script, "__spec__", None)
    if _path(script):
        noted.tell("script", path=_path(script), module=spec.name if spec else "")
    for name, module in list(sys.modules.items()):
        if _is_the_programs(path := _path(module)):
            noted.tell("file", path=path, module=name)


def _path(module: object) -> str:
    path = getattr(module, "__file__", None)
    return str(Path(path).absolute()) if isinstance(path, str) else ""


def _is_the_programs(path: str) -> bool:
    of_others = path.startswith((*_OF_OTHERS, _OURS)) or any(part in path for part in _PACKAGES)
    return path.endswith(".py") and not of_others
