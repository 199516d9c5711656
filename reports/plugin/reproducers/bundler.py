"""Finds the helpers that a program needs: those that are written to be read, and else what the suite itself uses.

Modules are read, never imported. Each helper keeps its name, so two modules cannot give two helpers of one name.
"""

import ast
import builtins
import symtable
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from reports.plugin.reproducers.old_formatting import OldFormatting

# Written to be read: what is here goes before what the suite has under the same name.
HELPERS = "reports.plugin.reproducers.helpers"
# Shorter still, where all values are plain arrays.
PLAIN_HELPERS = "reports.plugin.reproducers.plain_helpers"
_OURS = ("impl", "properties", "reports")


class CannotPaste(Exception):
    """A program cannot stand alone; the message says why."""


@dataclass(frozen=True)
class Symbol:
    """A name at the top of a module of the suite."""

    module: str
    name: str


@dataclass(frozen=True)
class Outside:
    """A name that an import of something outside of the suite binds."""

    line: str


class Module:
    """What a module binds at its top."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.body = ast.parse(text).body
        self._written: dict[ast.stmt, str] = {}

    def text(self, statement: ast.stmt) -> str:
        """One of its statements, without comments."""
        if statement not in self._written:
            self._written[statement] = ast.unparse(statement)
        return self._written[statement]

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """The statement that defines each name, imports left out."""
        found: dict[str, ast.stmt] = {}
        for statement in self.body:
            match statement:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    found[name] = statement
                case ast.Assign(targets=targets):
                    names = [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
                    found |= dict.fromkeys(names, statement)
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found[name] = statement
        return found

    @cached_property
    def imports(self) -> dict[str, tuple[str, str | None]]:
        """The module that is imported as each name, or the module and the name of it."""
        found: dict[str, tuple[str, str | None]] = {}
        for statement in self.body:
            if isinstance(statement, ast.Import):
                found |= {one.asname or one.name.split(".")[0]: (one.name, None) for one in statement.names}
            elif isinstance(statement, ast.ImportFrom):
                found |= {one.asname or one.name: (str(statement.module), one.name) for one in statement.names}
        return found


# Each known failure of a run has a reproducer, and most of them need the same modules.
_module = cache(Module)


class SuiteSource:
    """The modules of the suite, each read when it is asked for."""

    def __init__(self, root: Path, has_plain_values: bool = False) -> None:
        self._root = root
        self._modules: dict[str, Module | None] = {}
        self._helpers = [PLAIN_HELPERS, HELPERS] if has_plain_values else [HELPERS]
        # Names that the user's own module has, wherever they are met.
        self.outside: dict[str, Outside] = {}

    def add(self, module: Module) -> None:
        """Take a module as it is, under its name."""
        self._modules[module.name] = module

    def module(self, name: str) -> Module | None:
        """The module of this dotted name; None outside of the suite."""
        if name not in self._modules:
            path = self._root.joinpath(*name.split("."))
            files = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
            is_ours = name.split(".")[0] in _OURS and bool(files)
            self._modules[name] = _module(name, files[0].read_text("utf-8")) if is_ours else None
        return self._modules[name]

    def known(self, name: str) -> Module:
        """A module that is there."""
        found = self.module(name)
        assert found is not None, name
        return found

    def find(self, module: Module, name: str) -> Symbol | Outside | None:
        """What a name means in a module; None for what Python knows itself."""
        if name in self.outside:
            return self.outside[name]
        for helpers in self._helpers:
            if name in self.known(helpers).definitions:
                return Symbol(helpers, name)
        if name in module.definitions:
            return Symbol(module.name, name)
        if name in module.imports:
            source, attribute = module.imports[name]
            if attribute is not None and (inside := self.module(source)):
                return self.find(inside, attribute)
            if source.split(".")[0] in ("pytest", "hypothesis"):
                raise CannotPaste(f"it needs {name} of {source}")
            return Outside(_import_line(source, attribute, name))
        given = self.known(HELPERS)
        if name in given.imports and self.module(given.imports[name][0]):
            return self.find(given, name)
        if hasattr(builtins, name) or name in ("__name__", "__doc__"):
            return None
        raise CannotPaste(f"nothing tells what {name} is in {module.name}")

    def submodule(self, module: Module, name: str) -> Module | None:
        """The module of the suite that a name stands for in a module, as ``oracle`` does."""
        source, attribute = module.imports.get(name, (None, None))
        return self.module(f"{source}.{attribute}") if source and attribute else None


def _import_line(source: str, attribute: str | None, name: str) -> str:
    if attribute is None:
        return f"import {source}" if source.split(".")[0] == name else f"import {source} as {name}"
    return f"from {source} import {attribute}" + ("" if attribute == name else f" as {name}")


class Pasted:
    """The imports and helpers of a program, collected statement by statement."""

    def __init__(self, suite: SuiteSource, change: Callable[[ast.AST], ast.AST] = lambda node: node) -> None:
        self.imports: set[str] = set()
        self.helpers: list[str] = []
        self._suite = suite
        self._change = change
        self._found: dict[str, Symbol | Outside] = {}

    def plain(self, module: Module, statement: str) -> str:
        """A statement without annotations, and with the names of helpers in place of ``module.name``."""
        (parsed,) = ast.parse(statement).body
        changed = _Plain(self._suite, module, self._take).visit(self._change(parsed))
        return ast.unparse(ast.fix_missing_locations(OldFormatting().visit(changed)))

    def take_for(self, module: Module, text: str) -> None:
        """Take what the names of a text mean in a module, and what that needs."""
        for name in sorted(free_names(text)):
            # Already taken, by a name with a module before it.
            if name in self._found and name not in module.definitions and name not in module.imports:
                continue
            found = self._suite.find(module, name)
            if isinstance(found, Outside):
                self._found.setdefault(name, found)
                self.imports.add(found.line)
            elif found is not None:
                if found.name != name:
                    self.helpers.append(f"{name} = {found.name}")
                self._take(found)

    def _take(self, symbol: Symbol) -> None:
        known = self._found.setdefault(symbol.name, symbol)
        if known != symbol:
            raise CannotPaste(f"{symbol.name} stands for {known} and for {symbol}")
        if known is not symbol:
            return
        module = self._suite.known(symbol.module)
        statement = module.definitions[symbol.name]
        text = self.plain(module, module.text(statement))
        for other in module.definitions:  # a statement that binds several names
            if module.definitions[other] is statement:
                self._found.setdefault(other, Symbol(symbol.module, other))
        self.take_for(module, text)
        self.helpers.append(text)


@cache
def free_names(text: str) -> frozenset[str]:
    """The names that a text uses and does not bind itself."""
    top = symtable.symtable(text, "<program>", "exec")
    bound = {
        one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported() or one.is_namespace()
    }
    return frozenset(name for table in _tables(top) for name in _global_names(table)) - bound


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    is_top = table.get_type() == "module"
    for one in table.get_symbols():
        if one.is_referenced() and (is_top or one.is_global()):
            yield one.get_name()


class _Plain(ast.NodeTransformer):
    """Leaves out what only the suite's own checkers read, and what stands before a helper's name."""

    def __init__(self, suite: SuiteSource, module: Module, take: Callable[[Symbol], None]) -> None:
        self._suite = suite
        self._module = module
        self._take = take

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        _without_docstring(node)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        _without_docstring(node)
        # The fields of a dataclass or a Linen module are annotations.
        fields = {id(one) for one in node.body if isinstance(one, ast.AnnAssign)}
        node.body = [one if id(one) in fields else self.visit(one) for one in node.body]
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        node.bases = [self.visit(one) for one in node.bases]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        owner = self._owner(node.value.id) if isinstance(node.value, ast.Name) else None
        if owner is None:
            return node
        found = self._suite.find(owner, node.attr)
        assert isinstance(found, Symbol), ast.unparse(node)
        self._take(found)
        return ast.copy_location(ast.Name(found.name, node.ctx), node)

    def _owner(self, name: str) -> Module | None:
        """The module whose definitions stand for the attributes of a name; the helpers for those of pytest."""
        is_pytest = self._module.imports.get(name) == ("pytest", None)
        return self._suite.known(HELPERS) if is_pytest else self._suite.submodule(self._module, name)


def _without_docstring(node: ast.FunctionDef | ast.ClassDef) -> None:
    """Its name says it to who reads the program."""
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]
