"""The modules of a source tree: read, never imported, because what they import may not be installed here."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


class Unlinkable(Exception):
    """Code cannot stand alone; the message says why."""


@dataclass(frozen=True)
class Symbol:
    """A definition at the top of a module of the tree."""

    module: str
    name: str


@dataclass(frozen=True)
class External:
    """What is imported from outside the tree: a module or a name of one, by its dotted path."""

    path: str
    bound: str = field(compare=False)  # the name for it where it was met first
    is_module: bool = field(default=False, compare=False)  # imported by `import`, not by `from`
    submodule: str | None = field(default=None, compare=False)  # of `import jax.sharding`, which binds `jax`


@dataclass(frozen=True)
class Inside:
    """A module of the tree as a value: only its attributes can be linked."""

    module: str


Found = Symbol | External | Inside


class Module:
    """What a module binds at its top, and by which statements."""

    def __init__(self, name: str, body: list[ast.stmt]) -> None:
        self.name = name
        self.body = body

    @cached_property
    def imports(self) -> dict[str, tuple[str, str | None]]:
        """By the name that is bound: what is imported whole, or the module and which name of it."""
        found: dict[str, tuple[str, str | None]] = {}
        for statement in self.body:
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    found[alias.asname or alias.name.split(".")[0]] = (alias.name, None)
            elif isinstance(statement, ast.ImportFrom):
                source = self._absolute(statement)
                for alias in statement.names:
                    found[alias.asname or alias.name] = (source, alias.name)
        return found

    def _absolute(self, statement: ast.ImportFrom) -> str:
        package = self.name.split(".")[: -statement.level] if statement.level else []
        if statement.level and not package:
            raise Unlinkable(f"{self.name} imports from a package that is unknown")
        return ".".join([*package, *([statement.module] if statement.module else [])])

    @cached_property
    def definitions(self) -> dict[str, list[ast.stmt]]:
        """By name the statements that bind it, imports left out."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.body:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                for name in bound_names([statement]):
                    found.setdefault(name, []).append(statement)
        return found


class Sources:
    """The modules below a root, each read when it is asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._modules: dict[str, Module | None] = {}

    def add(self, name: str, text: str) -> Module:
        """Take a module from its text."""
        module = self._modules[name] = Module(name, ast.parse(text).body)
        return module

    def module(self, name: str) -> Module | None:
        """The module of this dotted name; None outside of the tree."""
        if name not in self._modules:
            path = self._root.joinpath(*name.split("."))
            files = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
            self._modules[name] = Module(name, ast.parse(files[0].read_text("utf-8")).body) if files else None
        return self._modules[name]

    def find(self, module: Module, name: str) -> Found | None:
        """What a global name of a module means, other names for it seen through; None for a builtin."""
        if name in module.definitions:
            return self._original(module, name)
        if name not in module.imports:
            return None
        source, attribute = module.imports[name]
        if attribute is not None:
            return self.attribute(source, attribute) or External(f"{source}.{attribute}", name)
        # `import jax.sharding` binds `jax`.
        bound, submodule = (name, source) if source.startswith(f"{name}.") else (source, None)
        return Inside(bound) if self.module(bound) else External(bound, name, is_module=True, submodule=submodule)

    def attribute(self, source: str, name: str) -> Found | None:
        """What ``source.name`` means; None where ``source`` is outside of the tree."""
        if self.module(f"{source}.{name}"):
            return Inside(f"{source}.{name}")
        module = self.module(source)
        if module is None:
            return None
        found = self.find(module, name)
        if found is None:
            raise Unlinkable(f"{source} has no {name}")
        return found

    def _original(self, module: Module, name: str) -> Found:
        match module.definitions[name]:
            case [ast.Assign(targets=[ast.Name()], value=ast.Name(id=other))]:
                original = self.find(module, other)
            case [ast.Assign(targets=[ast.Name()], value=ast.Attribute(value=ast.Name(id=other), attr=attribute))]:
                owner = self.find(module, other)
                original = self.attribute(owner.module, attribute) if isinstance(owner, Inside) else None
            case _:
                original = None
        return original if isinstance(original, Symbol) else Symbol(module.name, name)


_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound_names(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that these nodes bind in the scope in which they stand."""
    bound: set[str] = set()
    elsewhere: set[str] = set()
    rest: list[ast.AST] = list(nodes)
    while rest:
        node = rest.pop()
        if isinstance(node, _DEFINITIONS):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, ast.Global | ast.Nonlocal):
            elsewhere.update(node.names)
        if not isinstance(node, _SCOPES + _DEFINITIONS):
            rest.extend(ast.iter_child_nodes(node))
    return bound - elsewhere
