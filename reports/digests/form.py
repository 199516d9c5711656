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


def form_of(node: ast.AST, module: Source) -> Iterator[str | Place]:
    """A statement at the top level of a module: texts, and the definitions of the suite that it names."""
    return _Form(module, _private(node, module)).of(node, _uncounted(node, module))


class _Form:
    """What is left of one statement."""

    def __init__(self, module: Source, private: Collection[str]) -> None:
        self._module = module
        self._private = private
        self._numbers: dict[str, int] = {}

    def of(self, node: object, unsaid: Collection[str] = ()) -> Iterator[str | Place]:
        """The same for the same code, whatever the version of Python that parsed it."""
        if isinstance(node, list):
            yield f"{len(node)}["
            for one in node:
                yield from self.of(one)
        elif not isinstance(node, ast.AST):
            yield repr(node)
        elif found := named(node, self._module):
            place, attributes = found
            yield _DEFINITION
            yield place
            yield from attributes
        else:
            yield type(node).__name__
            for name, value in ast.iter_fields(node):
                if value not in (None, []) and name not in unsaid and not _is_of_types(node, name):
                    yield name
                    yield from self._field(node, name, value)

    def _field(self, node: ast.AST, name: str, value: object) -> Iterator[str | Place]:
        if name == "body":
            yield from self.of(_body(node))
        elif isinstance(node, ast.Name | ast.arg) and name in ("id", "arg") and value in self._private:
            yield f"name {self._numbers.setdefault(str(value), len(self._numbers))}"
        else:
            yield from self.of(value)


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


def _bound(node: ast.AST, module: Source) -> Iterator[str]:
    """The parameters and variables of the functions in a statement."""
    if _has_other_bases(node, module):
        return
    if isinstance(node, ast.FunctionDef) and not _is_called_by_pytest(node):
        yield from _parameters(node) - _keywords().get(node.name, frozenset())
    if isinstance(node, ast.Lambda):
        yield from _parameters(node)
    if isinstance(node, ast.FunctionDef | ast.Lambda | ast.comprehension):
        yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    for child in ast.iter_child_nodes(node):
        yield from _bound(child, module)


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


def _nodes(module: str) -> Iterator[ast.AST]:
    found = source(module)
    statements = (*found.acts, *(one for code in found.definitions.values() for one in code)) if found else ()
    for statement in statements:
        yield from ast.walk(statement)
