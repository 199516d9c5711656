"""Which public names of Flax the code of a property names, read off from its source, with the programs that it writes.

What counts is code that deals with the bridge: no annotation, no docstring, nothing that only asks whether a release
has a name, and nothing that is only compared with. A method counts for the class around it, or for that of the word for
the object, such as ``layer``.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from reports.digests.definitions import Place, dotted, reached, source, whole
from reports.digests.digest import used_by

# The words of the suite for the modules of Flax, and what these modules offer of one another.
_MODULES = {"flax": "flax", "core": "flax.core", "meta": "nn.meta", "nn": "nn", "nnx": "nnx", "bridge": "bridge"}
_ALSO = {
    "flax.core.meta.": "nn.meta.",
    "flax.core.": "nn.",
    "flax.linen.": "nn.",
    "nn.meta.": "nn.",
    "nnx.bridge.": "bridge.",
}
# The words for an object, and the classes whose methods it has.
_OBJECTS = {
    "layer": ("bridge.ToNNX", "nnx.Module"),
    "block": ("nnx.Module",),
    "model": ("nnx.Module",),
    "linen": ("bridge.ToLinen", "nn.Module"),
}
_CLASSES = ("bridge.Module", "nn.Module", "nnx.Module")
_OF_OBJECTS = tuple(f"{one}." for one in (*_CLASSES, "bridge.ToNNX", "bridge.ToLinen"))
_HEAD = re.compile(rf"^ *class \w+\(({'|'.join(map(re.escape, _CLASSES))})\):", re.MULTILINE)
# What ``self`` is an instance of where no class is around it: in the texts of these writers of programs.
_WRITERS = {
    "properties.programs.to_nnx.": "nn.Module",
    "properties.programs.to_linen.sublayers": "bridge.Module",
    "properties.programs.to_linen.module_api": "bridge.Module",
    "properties.programs.to_linen.": "nnx.Module",
}
# Where a text is put together, another string of the module stands.
_HOLE = "\0"
_CHAIN = re.compile(rf"(?<![\w.{_HOLE}])[a-z]\w*(?:\.[\w{_HOLE}]+)+")
# What asks whether a release has a name, or what something is.
_ASKING = ("hasattr", "isinstance", "issubclass", "missing")
# What is done without the bridge, to be compared with: a line, or the second of two texts for a program.
_EXPECTED = re.compile(r"^ *(?:expected|plain)\b.*", re.MULTILINE)
_BOTH = "both"
# What hides the differences of releases, and tables them: what else names something names it first.
_HIDING = "impl.flax_api"
# What puts something in place of a function of Flax, to see what the bridge passes to it.
_WATCHING = [Place(_HIDING, name) for name in ("capture_linen_rngs", "capture_nnx_rngs", "streams_drawn")]
# What every program may call without importing it.
_PROGRAMS = "properties.programs.program"
_OFFERED = Place(_PROGRAMS, "NAMES")


def users(property_ids: Iterable[str]) -> dict[str, list[str]]:
    """Name of Flax -> the properties of these that use it, in their order.

    Where any property names it itself, those do not count that name it by what hides the differences of releases.
    """
    found: dict[str, list[str]] = defaultdict(list)
    hidden: dict[str, list[str]] = defaultdict(list)
    for one in property_ids:
        direct = _direct(one)
        for name in names_of(one):
            (found if name in direct else hidden)[name].append(one)
    return hidden | found


@cache
def names_of(property_id: str) -> frozenset[str]:
    """The names of Flax, such as ``nnx.jit``, that stand in the code of a property."""
    return frozenset(name for place in _tried(property_id) for name in _names(place))


def _direct(property_id: str) -> set[str]:
    return {name for place in _tried(property_id) if place.module != _HIDING for name in _names(place)}


@cache
def _tried(property_id: str) -> frozenset[Place]:
    """What a property uses; of what every program may call, only what its programs do call."""
    found = used_by(property_id)
    own = found - _offered()
    called = frozenset(place for one in own for place in _called(one))
    return found & _reached(own | called)


@cache
def _offered() -> frozenset[Place]:
    return frozenset(reached([_OFFERED]))


@cache
def _reached(places: frozenset[Place]) -> frozenset[Place]:
    return frozenset(reached(places, without=(_OFFERED, *_WATCHING)))


@cache
def _called(place: Place) -> frozenset[Place]:
    """What is offered to programs, and named in the strings of a definition."""
    programs = source(_PROGRAMS)
    imports = programs.imports if programs else {}
    words = {word for text in _strings(place) for word in re.findall(r"\w+", text)}
    return frozenset(found for word, found in imports.items() if word in words)


@cache
def _names(place: Place) -> frozenset[str]:
    nodes = () if place in _WATCHING else (node for one in _code(place) for node in _acting(one))
    found = {name for node in nodes for name in _named(node, _writers(place))}
    return frozenset(meant for name in found for filled in _filled(name, place) for meant in _also(filled))


def _also(name: str) -> Iterator[str]:
    """The names under which Flax offers the same."""
    yield name
    for start, other in _ALSO.items():
        if name.startswith(start):
            yield from _also(other + name.removeprefix(start))


def _filled(name: str, place: Place) -> Iterator[str]:
    """A name; where it has a hole, with each word there that the module writes, or the definition for an object."""
    if _HOLE not in name:
        yield name
        return
    places = [place] if name.startswith(_OF_OBJECTS) else whole(place.module)
    yield from (name.replace(_HOLE, text) for one in places for text in _strings(one) if text.isidentifier())


@cache
def _strings(place: Place) -> tuple[str, ...]:
    """The strings in the code of a definition, those in the holes of others included."""
    nodes = (node for one in _code(place) for node in _walked(one))
    return tuple(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _walked(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in _children(node):
        yield from _walked(child)


def _code(place: Place) -> Sequence[ast.AST]:
    module = source(place.module)
    return module.code(place.name) if module else ()


def _acting(statement: ast.AST) -> Sequence[ast.AST]:
    """What acts of a statement at the top of a module: the keys of a table only name things."""
    value = getattr(statement, "value", None)
    return value.values if isinstance(value, ast.Dict) else (statement,)


def _writers(place: Place) -> str:
    return next((cls for start, cls in _WRITERS.items() if place.module.startswith(start)), "")


def _named(node: ast.AST, cls: str) -> Iterator[str]:
    """The names of Flax in code, where ``self`` is an instance of this class."""
    if isinstance(node, ast.ClassDef):
        cls = next((base for base in map(ast.unparse, node.bases) if base in _CLASSES), cls)
    if chain := dotted(node):
        yield from _meant(chain, cls)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _named_in_text(node.value, cls)
    elif isinstance(node, ast.JoinedStr):
        yield from _named_in_text("".join(_part(one) for one in node.values), cls)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
        of, name, *_ = node.args
        if dotted(of):
            yield from _meant([*dotted(of), _part(name)], cls)
    for child in _children(node):
        yield from _named(child, cls)


def _part(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else _HOLE


def _named_in_text(text: str, cls: str) -> Iterator[str]:
    if _is_prose(text):
        return
    text = _EXPECTED.sub("", text)
    for match in _CHAIN.finditer(text):
        around = _HEAD.findall(text, 0, match.start())
        yield from _meant(match[0].split("."), around[-1] if around else cls)


def _is_prose(text: str) -> bool:
    """Whether a text is a sentence about things of Flax."""
    return "`" in text or (" " in text and not re.search(r"[(@\n=]", text))


def _meant(chain: list[str], cls: str) -> Iterator[str]:
    """The names in Flax that ``a.b.c`` may stand for, those of what it is part of included."""
    word, *rest = chain
    if word in _MODULES:
        yield from (".".join([_MODULES[word], *rest[:end]]) for end in range(1, len(rest) + 1))
        return
    owners = (cls,) if word == "self" or (word == "model" and cls == "bridge.Module") else _OBJECTS.get(word, ())
    yield from (f"{owner}.{rest[0]}" for owner in owners if owner and rest)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is done with the bridge of a node: no annotation, no docstring, no question to a release, no expectation."""
    called = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    if called in _ASKING or (isinstance(node, ast.Assign) and _EXPECTED.match(ast.unparse(node))):
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        values = value if isinstance(value, list) else [value]
        for child in values[:1] + values[2:] if called == _BOTH and field == "args" else values:
            is_asked = isinstance(child, ast.keyword) and child.arg == "needs"
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_asked and not is_docstring:
                yield child
