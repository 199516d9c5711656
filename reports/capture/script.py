"""What of a script a file needs, where importing the script would run it."""

import ast
import symtable
from collections.abc import Iterable, Iterator
from pathlib import Path


class NotPossible(Exception):
    """A name of the script cannot be copied; the message says why, and what to do."""


class Script:
    """The top level of a Python file; raises NotPossible of one that cannot be read."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        try:
            self._text = self.path.read_text(encoding="utf-8")
            self._body = ast.parse(self._text).body
        except (OSError, SyntaxError, ValueError) as error:
            raise NotPossible(f"{self.path.name} cannot be read: save it as a Python file in UTF-8") from error

    @property
    def is_importable(self) -> bool:
        """Whether its top level only defines; without a guard, what it computes there may be all that it does."""
        is_guarded = any(map(_is_guard, self._body))
        return all(_is_guard(one) or (_defines(one) and (is_guarded or not _computes(one))) for one in self._body)

    def needed_for(self, names: Iterable[str]) -> list[ast.stmt]:
        """The statements that define some names, and what these use, in their order."""
        wanted, kept, pending = set(names), set(), list(names)
        while pending:
            name = pending.pop()
            for at in (*self._defining(name), *self._changing(name)):
                kept.add(at)
                used = set(_globals(symtable.symtable(ast.unparse(self._body[at]), "", "exec"))) - wanted
                wanted |= used
                pending += used
        if any(_reads_the_command_line(self._body[at]) for at in kept):
            raise NotPossible(f"it depends on the command line of {self.path.name}: read that in a function")
        future = [at for at, one in enumerate(self._body) if is_future(one)]
        return [self._body[at] for at in sorted(kept | set(future))]

    def source(self, statement: ast.stmt) -> str:
        """A statement as it is written, decorators and comments included."""
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(one.lineno for one in decorators)])
        last = statement.end_lineno or statement.lineno
        beside = [one for one in self._body if one is not statement and first <= one.lineno <= last]
        return ast.unparse(statement) if beside else "\n".join(self._text.splitlines()[first - 1 : last])

    def _defining(self, name: str) -> list[int]:
        found = [at for at, one in enumerate(self._body) if name in bound_by(one) and not _is_guard(one)]
        for at in found:
            statement = self._body[at]
            if not _defines(statement):
                raise NotPossible(f"`{name}` is made in a loop or a `with` of {self.path.name}: move it to a module")
            if isinstance(statement, ast.ImportFrom) and statement.level:
                raise NotPossible(f"{self.path.name} imports `{name}` relatively: guard what it runs")
        return found

    def _changing(self, name: str) -> list[int]:
        """What changes an object that is assigned to a name, by an attribute, an item or a method."""
        if not any(isinstance(self._body[at], ast.Assign | ast.AnnAssign) for at in self._defining(name)):
            return []
        found = [at for at, one in enumerate(self._body) if not _is_guard(one) and name in _changed_by(one)]
        if any(isinstance(self._body[at], _COMPOUND) for at in found):
            raise NotPossible(f"`{name}` is changed in a block of {self.path.name}: move it to a module")
        return found


_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def imports_of(statement: ast.stmt) -> dict[str, str]:
    """The statement that binds each name that an import binds, alone."""
    parts: dict[str, ast.stmt] = {}
    if isinstance(statement, ast.Import):
        parts = {one.asname or one.name.partition(".")[0]: ast.Import([one]) for one in statement.names}
    elif isinstance(statement, ast.ImportFrom):
        parts = {
            one.asname or one.name: ast.ImportFrom(statement.module, [one], statement.level) for one in statement.names
        }
    return {name: ast.unparse(one) for name, one in parts.items()}


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement binds at the level where it is."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {one.asname or one.name.partition(".")[0] for one in statement.names}
    return set(_stored(statement))


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """The names of the module's level that a statement reads, inside of functions too."""
    for name in table.get_symbols():
        if name.is_referenced() and (name.is_global() or table.get_name() == "top"):
            yield name.get_name()
    for inside in table.get_children():
        yield from _globals(inside)


def _stored(node: ast.AST) -> Iterator[str]:
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.stmt):
            yield from bound_by(one)
        elif not isinstance(one, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from _stored(one)


def _changed_by(statement: ast.stmt) -> set[str]:
    """The names of objects that get another attribute or item, or of which a method is called for its effect."""
    if isinstance(statement, _COMPOUND):
        inside = (one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt))
        return {name for one in inside for name in _changed_by(one)}
    changed: list[ast.expr] = []
    if isinstance(statement, ast.Assign | ast.Delete):
        changed = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        changed = [statement.target]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        changed = [statement.value.func]
    return {name for one in changed if isinstance(one, ast.Attribute | ast.Subscript) for name in _owner(one)}


def _owner(node: ast.expr) -> Iterator[str]:
    """The name that an attribute, an item or an item of an attribute is of."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _reads_the_command_line(statement: ast.stmt) -> bool:
    attributes = (one.attr for one in ast.walk(statement) if isinstance(one, ast.Attribute))
    is_run = not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return is_run and not {"argv", "parse_args", "parse_known_args"}.isdisjoint(attributes)


def _is_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def is_future(statement: ast.stmt) -> bool:
    """Whether it must be the first in a file."""
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If | ast.Try):
        return all(_defines(one) for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt))
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return isinstance(statement, (*kinds, ast.Pass, ast.Raise)) or is_text


def _computes(statement: ast.stmt) -> bool:
    is_assignment = isinstance(statement, ast.Assign | ast.AnnAssign)
    return is_assignment and any(isinstance(node, ast.Call) for node in ast.walk(statement))
