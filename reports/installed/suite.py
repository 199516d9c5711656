"""The suite as ``nnx_bridge.suite.*``, so that an environment gains no package named impl, properties or reports.

The suite's modules import each other as ``impl``, ``properties`` and ``reports``. Here each is compiled with these
imports under ``nnx_bridge.suite``. A module that is loaded so is another object than the one of the command
``nnx-bridge run``, with the same file, lines and names.
"""

import ast
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_INSTALLED = Path(__file__).with_suffix("")
_CHECKOUT = Path(__file__).parent.parent.parent
# Makes a package of this module.
__path__ = [str(_INSTALLED if _INSTALLED.is_dir() else _CHECKOUT)]
_PACKAGES = ("impl", "properties", "reports")


class _Renamed(ast.NodeTransformer):
    """Imports of the suite's modules become imports from here."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        if not node.level and node.module and _is_ours(node.module):
            node.module = f"{__name__}.{node.module}"
        return node

    def visit_Import(self, node: ast.Import) -> ast.Import:
        if any(_is_ours(one.name) for one in node.names):
            raise ImportError(f"line {node.lineno}: write `from … import …` for a module of the suite")
        return node


class _Loader(SourceFileLoader):
    """Compiles a module of the suite with its imports renamed."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        renamed: Any = _Renamed().visit(ast.parse(data, path))
        return compile(renamed, path, "exec", dont_inherit=True, optimize=_optimize)

    def path_stats(self, path: Any) -> Any:
        """None, so that the bytecode of the module under its other name is neither read nor written."""
        raise OSError(path)


class _Finder(MetaPathFinder):
    """Finds what is below this module, where Python would look, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{__name__}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, str(spec.loader.path))
        return spec


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in _PACKAGES


# Before Python's own finder, which would load a module with the imports that it has.
sys.meta_path.insert(0, _Finder())
