"""Joins what some code needs, from all modules of a source tree, into the text of one module."""

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reports.recording.standalone.formatting import OldFormatting
from reports.recording.standalone.options import settle_options
from reports.recording.standalone.simplifying import IMPLEMENTATION, Settled, is_docstring, simplified
from reports.recording.standalone.sources import (
    External,
    Found,
    Inside,
    Module,
    Sources,
    Symbol,
    Unlinkable,
    bound_names,
)

Target = Symbol | External

_DEFINING = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)


@dataclass(frozen=True)
class Substitutes:
    """What takes the place of what."""

    implementation: Callable[[str], Target | str | None]  # the meaning of an attribute of the implementation under test
    symbols: Mapping[Symbol, Symbol]
    modules: Mapping[str, str]  # a module outside of the tree, and the one inside that has what can be used of it


@dataclass
class _Kept:
    statement: ast.stmt
    ours: bool
    targets: list[Target] = field(default_factory=list)
    other_names: set[str] = field(default_factory=set)

    def look_through(self) -> None:
        """Collect the names in the statement, those that are linked and those that are its own."""
        self.targets.clear()
        self.other_names.clear()
        for node in ast.walk(self.statement):
            target = getattr(node, "target_", None)
            if target is not None:
                self.targets.append(target)
            elif isinstance(node, ast.Name):
                self.other_names.add(node.id)
            elif isinstance(node, ast.arg):
                self.other_names.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
                self.other_names.add(node.name)


class Linker:
    """Collects statements with all that they reach.

    Of a class in a module that is ``ours`` only the methods are taken that
    something names. What cannot be linked raises Unlinkable.
    """

    def __init__(self, sources: Sources, substitutes: Substitutes, ours: Callable[[str], bool]) -> None:
        self.sources = sources
        self.substitutes = substitutes
        self.qualifiers: dict[Target, str] = {}
        self.attributes: set[str] = set()
        self._ours = ours
        self._kept: dict[int, _Kept] = {}
        self._reached: set[str] = set()
        self._methods: list[tuple[Module, _Kept, ast.FunctionDef]] = []

    def reaches(self, module: str) -> bool:
        """Whether a definition of this module is part of the result."""
        return module in self._reached

    def take_effects(self, module: Module) -> None:
        """Take what importing a module does apart from defining names, and what that reaches."""
        for statement in module.body:
            if not isinstance(statement, _DEFINING) and not is_docstring(statement) and not _is_skipped(statement):
                self.take_statement(module, statement)

    def take_statement(self, module: Module, statement: ast.stmt) -> None:
        """Take a statement of a module and what it reaches."""
        self._keep(module, statement)
        self._take_named_methods()

    def is_ours(self, module: Module) -> bool:
        return self._ours(module.name)

    def _reach(self, target: Target) -> None:
        if isinstance(target, External):
            if target.path.split(".")[0] in ("hypothesis", "pytest"):
                raise Unlinkable(f"it needs {target.path}")
            return
        module = self.sources.module(target.module)
        assert module is not None
        for statement in module.definitions[target.name]:
            self._keep(module, statement)

    def _keep(self, module: Module, statement: ast.stmt) -> None:
        if id(statement) in self._kept:
            return
        ours = self._ours(module.name)
        self._reached.add(module.name)
        kept = self._kept[id(statement)] = _Kept(simplified(statement, ours), ours)
        if ours and isinstance(kept.statement, ast.ClassDef):
            self._set_methods_aside(module, kept, kept.statement)
        self._link(module, kept, kept.statement, [])

    def _link(self, module: Module, kept: _Kept, part: ast.stmt, scopes: list[set[str]]) -> None:
        resolver = _Resolver(self, module, scopes)
        resolver.visit(part)
        Settled(resolver.of_implementation).visit(part)
        kept.look_through()
        for target in list(kept.targets):
            self._reach(target)

    def _set_methods_aside(self, module: Module, kept: _Kept, definition: ast.ClassDef) -> None:
        optional = [
            member
            for member in definition.body
            if isinstance(member, ast.FunctionDef) and (not member.name.startswith("__") or member.name == "__repr__")
        ]
        definition.body = [member for member in definition.body if member not in optional] or [ast.Pass()]
        self._methods += [(module, kept, method) for method in optional if method.name != "__repr__"]

    def _take_named_methods(self) -> None:
        named = [entry for entry in self._methods if entry[2].name in self.attributes]
        self._methods = [entry for entry in self._methods if entry not in named]
        for module, kept, method in named:
            assert isinstance(kept.statement, ast.ClassDef)
            kept.statement.body = [member for member in kept.statement.body if not isinstance(member, ast.Pass)]
            kept.statement.body.append(method)
            self._link(module, kept, method, [set()])
            self._take_named_methods()

    def result(self, roots: list[str]) -> tuple[list[str], list[str]]:
        """The import statements and the other statements, in the order in which importing ``roots`` runs them."""
        kept = [self._kept[id(statement)] for statement in self._in_order(roots) if id(statement) in self._kept]
        names = self._named(kept, roots[0])
        for statement in kept:
            _rename(statement.statement, names)
        settle_options([one.statement for one in kept if one.ours], [one.statement for one in kept])
        externals = {target: name for target, name in names.items() if isinstance(target, External)}
        return _imports(externals), [_text(one.statement) for one in kept]

    def _in_order(self, roots: list[str]) -> Iterator[ast.stmt]:
        visited: set[str] = set()

        def visit(name: str) -> Iterator[ast.stmt]:
            module = self.sources.module(name)
            if module is None or name in visited:
                return
            visited.add(name)
            for source, attribute in module.imports.values():
                yield from visit(source)
                yield from visit(f"{source}.{attribute}")
            yield from module.body

        for root in roots:
            yield from visit(root)

    def _named(self, kept: list[_Kept], first: str) -> dict[Target, str]:
        """A name for each target that nothing else has where it is used; plain ones go to the module ``first``."""
        avoided: dict[Target, set[str]] = {}
        for one in kept:
            for target in one.targets:
                avoided.setdefault(target, set()).update(one.other_names)
        taken = set(dir(builtins)).intersection(*[set().union(*(one.other_names for one in kept))])
        names: dict[Target, str] = {}
        for target in sorted(avoided, key=lambda target: self._rank(target, first)):
            names[target] = next(name for name in self._candidates(target) if name not in taken | avoided[target])
            taken.add(names[target])
        return names

    def _rank(self, target: Target, first: str) -> int:
        """Who chooses a name before whom."""
        if isinstance(target, External):
            return 1
        module = self.sources.module(target.module)
        assert module is not None
        if not all(isinstance(statement, _DEFINING) for statement in module.definitions[target.name]):
            return 0  # bound inside of another statement, where nothing is renamed
        return 2 if target.module == first else 3

    def _candidates(self, target: Target) -> Iterator[str]:
        plain = target.name if isinstance(target, Symbol) else target.bound
        yield plain
        qualified = f"{self.qualifiers[target]}_{plain.lstrip('_')}"
        yield qualified
        number = 2
        while True:
            yield f"{qualified}_{number}"
            number += 1


class _Resolver(ast.NodeTransformer):
    """Puts in place of each global name one that has its target as the attribute ``target_``."""

    def __init__(self, linker: Linker, module: Module, scopes: list[set[str]]) -> None:
        self.of_implementation: set[int] = set()
        self._linker = linker
        self._module = module
        self._scopes = scopes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        with self._scope(bound_names([node.args, *node.body])):
            node.args = self.visit(node.args)
            node.body = [self.visit(statement) for statement in node.body]
        return self._defined(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for name in ("decorator_list", "bases", "keywords"):
            setattr(node, name, [self.visit(part) for part in getattr(node, name)])
        own = bound_names(node.body)
        # What a class binds is not seen from inside of its methods.
        for i, member in enumerate(node.body):
            with self._scope(set() if isinstance(member, ast.FunctionDef) else own):
                node.body[i] = self.visit(member)
        return self._defined(node)

    def _defined(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        if not self._scopes:
            node.target_ = Symbol(self._module.name, node.name)  # type: ignore[union-attr]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        with self._scope(bound_names([node.args])):
            return self.generic_visit(node)

    def _comprehension(self, node: Any) -> ast.AST:
        with self._scope(bound_names([generator.target for generator in node.generators])):
            return self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    @contextmanager
    def _scope(self, names: set[str]) -> Iterator[None]:
        self._scopes.append(names)
        yield
        self._scopes.pop()

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.targets_ = [self._find(name) for name in node.names]  # type: ignore[attr-defined]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.module is None or self._linker.sources.module(node.module):
            raise Unlinkable(f"{self._module.name} imports {node.module} inside of a function")
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self._is_local(node.id):
            return node
        found = self._find(node.id)
        if isinstance(found, Inside):
            raise Unlinkable(f"{self._module.name} uses the module {found.module} as a value")
        return node if found is None else self._linked(node, found, self._module.name)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self._linker.attributes.add(node.attr)
        owner = self._owner(node.value)
        if owner == IMPLEMENTATION:
            return self._of_implementation(node)
        if isinstance(owner, Inside):
            found = self._linker.sources.attribute(owner.module, node.attr)
            assert found is not None and not isinstance(found, Inside)
            return self._linked(node, found, ast.unparse(node.value))
        substitute = self._linker.substitutes.modules.get(owner.path) if isinstance(owner, External) else None
        if substitute is not None:
            found = self._linker.sources.attribute(substitute, node.attr)
            assert isinstance(found, Symbol)
            return self._linked(node, found, ast.unparse(node.value))
        return self.generic_visit(node)

    def _owner(self, node: ast.expr) -> Found | str | None:
        if isinstance(node, ast.Name) and not self._is_local(node.id):
            return (
                IMPLEMENTATION
                if node.id == IMPLEMENTATION and self._linker.is_ours(self._module)
                else self._find(node.id)
            )
        if isinstance(node, ast.Attribute):
            owner = self._owner(node.value)
            return self._linker.sources.attribute(owner.module, node.attr) if isinstance(owner, Inside) else None
        return None

    def _of_implementation(self, node: ast.Attribute) -> ast.AST:
        meaning = self._linker.substitutes.implementation(node.attr)
        if not isinstance(meaning, Symbol | External):
            return ast.copy_location(ast.Constant(meaning), node)
        linked = self._linked(node, meaning, IMPLEMENTATION)
        self.of_implementation.add(id(linked))
        return linked

    def _linked(self, node: ast.Name | ast.Attribute, target: Target, qualifier: str) -> ast.Name:
        if isinstance(target, Symbol):
            target = self._linker.substitutes.symbols.get(target, target)
        self._linker.qualifiers.setdefault(target, qualifier.split(".")[-1])
        linked = ast.copy_location(ast.Name(ast.unparse(node), node.ctx), node)
        linked.target_ = target  # type: ignore[attr-defined]
        return linked

    def _find(self, name: str) -> Found | None:
        return self._linker.sources.find(self._module, name)

    def _is_local(self, name: str) -> bool:
        return any(name in names for names in self._scopes)


def _text(statement: ast.stmt) -> str:
    return ast.unparse(ast.fix_missing_locations(OldFormatting().visit(statement)))


def _is_skipped(statement: ast.stmt) -> bool:
    """Whether it does nothing when its module is imported."""
    if not isinstance(statement, ast.If):
        return False
    return any(
        isinstance(node, ast.Name) and node.id in ("__name__", "TYPE_CHECKING") for node in ast.walk(statement.test)
    )


def _rename(statement: ast.stmt, names: Mapping[Target, str]) -> None:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and hasattr(node, "target_"):
            node.id = names[node.target_]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and hasattr(node, "target_"):
            node.name = names[node.target_]
        elif isinstance(node, ast.Global):
            node.names = [names[target] for target in getattr(node, "targets_", [])]


def _imports(names: Mapping[External, str]) -> list[str]:
    lines = set()
    parts: dict[str, list[str]] = {}
    for external, name in names.items():
        if external.is_module:
            lines.add(f"import {external.path}" + ("" if name == external.path else f" as {name}"))
            if external.submodule:
                lines.add(f"import {external.submodule}")
        else:
            module, _, attribute = external.path.rpartition(".")
            parts.setdefault(module, []).append(attribute + ("" if name == attribute else f" as {name}"))
    lines |= {f"from {module} import {', '.join(sorted(attributes))}" for module, attributes in parts.items()}
    return sorted(lines)
