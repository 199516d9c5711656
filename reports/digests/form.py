"""The form of a definition in which a digest sees it: the same where the code does the same.

Left out are docstrings, types, the names of definitions, and the names of
parameters and variables of functions. Names that something else may ask for
stay: of parameters that are passed by keyword, or that pytest passes; in
classes with bases that are not the suite's; and names that stand as a text or
as a keyword in the same module.
"""

import ast
from collections.abc import Collection, Iterator
from functools import cache

from reports.digests.definitions import Place, Source, modules, named, source

# Stands for a definition of the suite, so that its place among the rest counts.
_DEFINITION = "definition"


def form_of(node: ast.AST, module: Source) -> list[str | Place]:
    """A statement at the top level of a module: texts, and the definitions of the suite that it names."""
    form = _Form(module, _private(node, module))
    form.add(node, _uncounted(node, module))
    return form.parts


class _Form:
    """What is left of one statement."""

    def __init__(self, module: Source, private: Collection[str]) -> None:
        self.parts: list[str | Place] = []
        self._module = module
        self._private = private
        self._numbers: dict[str, int] = {}

    def add(self, node: object, unsaid: Collection[str] = ()) -> None:
        """The same parts for the same code, whatever the version of Python that parsed it."""
        if isinstance(node, list):
            self.parts.append(f"{len(node)}[")
            for one in node:
                self.add(one)
        elif not isinstance(node, ast.AST):
            self.parts.append(repr(node))
        elif found := named(node, self._module):
            place, attributes = found
            self.parts += (_DEFINITION, place, *attributes)
        else:
            self.parts.append(type(node).__name__)
            for name, value in ast.iter_fields(node):
                if value not in (None, []) and name not in unsaid and not _is_of_types(node, name):
                    self.parts.append(name)
                    self._add_field(node, name, value)

    def _add_field(self, node: ast.AST, name: str, value: object) -> None:
        if name == "body":
            self.add(_body(node))
        elif isinstance(node, ast.Name | ast.arg) and name in ("id", "arg") and value in self._private:
            self.parts.append(f"name {self._numbers.setdefault(str(value), len(self._numbers))}")
        else:
            self.add(value)


def _uncounted(node: ast.AST, module: Source) -> Collection[str]:
    """The name of a definition, but for a class that other code than the suite's may ask for its name."""
    return () if _has_other_bases(node, module) else ("name",)


def _has_other_bases(node: ast.AST, module: Source) -> bool:
    return isinstance(node, ast.ClassDef) and not all(named(base, module) for base in node.bases)


def _is_of_types(node: ast.AST, field: str) -> bool:
    return field == "returns" or (field == "annotation" and isinstance(node, ast.arg))


def _body(node: ast.AST) -> object:
    """Without a docstring."""
    has_docstring = isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None
    body = getattr(node, "body", [])
    return body[1:] if has_docstring else body


def _private(node: ast.AST, module: Source) -> frozenset[str]:
    """The names of parameters and variables that nothing but the functions of this statement can ask for."""
    return frozenset(_bound(node, module)) - _said(module.module)


def _bound(node: ast.AST, module: Source, inside: bool = False) -> Iterator[str]:
    """The parameters and variables of the functions in a statement; of what is inside one, the parameters alone."""
    if _has_other_bases(node, module):
        return
    if isinstance(node, ast.FunctionDef) and not _is_called_by_pytest(node):
        yield from _parameters(node) - _keywords().get(node.name, frozenset())
    if isinstance(node, ast.Lambda):
        yield from _parameters(node)
    if not inside and isinstance(node, ast.FunctionDef | ast.Lambda | ast.comprehension):
        inside = True
        yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    for child in ast.iter_child_nodes(node):
        yield from _bound(child, module, inside)


def _parameters(node: ast.FunctionDef | ast.Lambda) -> set[str]:
    return {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}


def _is_called_by_pytest(node: ast.FunctionDef) -> bool:
    return node.name.startswith("test_") or any("fixture" in ast.unparse(one) for one in node.decorator_list)


@cache
def _said(module: str) -> frozenset[str]:
    """The texts and keywords of a module."""
    keywords = (node.arg for node in _nodes(module) if isinstance(node, ast.keyword))
    texts = (node.value for node in _nodes(module) if isinstance(node, ast.Constant))
    return frozenset(one for one in (*keywords, *texts) if isinstance(one, str))


@cache
def _keywords() -> dict[str, frozenset[str]]:
    """Name of a function -> the keywords that any call of it, or any call that takes it as an argument, has."""
    found: dict[str, frozenset[str]] = {}
    for call in (node for name in modules() for node in _nodes(name) if isinstance(node, ast.Call)):
        keywords = frozenset(one.arg for one in call.keywords if one.arg)
        for function in (call.func, *call.args) if keywords else ():
            name = getattr(function, "attr", getattr(function, "id", ""))
            found[name] = found.get(name, frozenset()) | keywords
    return found


@cache
def _nodes(module: str) -> tuple[ast.AST, ...]:
    found = source(module)
    statements = (*found.acts, *(one for code in found.definitions.values() for one in code)) if found else ()
    return tuple(node for statement in statements for node in ast.walk(statement))
