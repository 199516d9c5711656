"""What the expressions of a file stand for, and which a pattern is for."""

import ast

import pytest

from reports.code.expressions import Expressions
from reports.code.patterns import found

_IMPORTS = "from flax import nnx, linen as nn\nfrom flax.nnx import bridge\n"
_LAYER = "layer = bridge.ToNNX(nn.Dense(3), rngs=nnx.Rngs(0))\n"
_MODULE = "bridge.ToNNX(...).module"


def _hits(pattern: str, text: str) -> list[str]:
    """The expressions of a text that a pattern is for."""
    return [ast.unparse(node) for node in found(pattern, Expressions(text.encode()))]


@pytest.mark.parametrize(
    "text",
    [
        "import flax\nflax.nnx.fork(1)",
        "import flax.nnx\nflax.nnx.fork(1)",
        "import flax.nnx as x\nx.fork(1)",
        "from flax import nnx\nnnx.fork(1)",
        "from flax import nnx as x\ny = x\ny.fork(1)",
        "def f():\n    from flax import nnx\n    nnx.fork(1)",
        "try:\n    from flax import nnx\nexcept ImportError:\n    nnx = None\nnnx.fork(1)",
        "from flax import nnx\nclass A:\n    nnx = 1\n    def f(self):\n        nnx.fork(1)",
        "from flax import nnx\n@nnx.fork(1)\ndef f(): ...",
    ],
)
def test_name_is_found_however_it_is_imported(text: str) -> None:
    """An alias, a module, a function's own import."""
    assert len(_hits("nnx.fork(...)", text)) == 1


def test_import_of_a_name_is_found() -> None:
    """It fails where the name is missing; each use is found, too."""
    assert _hits("nnx.fork", "from flax.nnx import fork as f\nf(1)") == ["f", "f"]


@pytest.mark.parametrize(
    "text",
    [
        "import nnx\nnnx.fork(1)",
        "from mine import nnx\nnnx.fork(1)",
        "from .flax import nnx\nnnx.fork(1)",
        "nnx.fork(1)",
        "from flax import nnx\n'nnx.fork(1)'  # nnx.fork(1)",
        "from flax import nnx\ndef f(nnx):\n    nnx.fork(1)",
        "from flax import nnx\nf = lambda nnx: nnx.fork(1)",
        "from flax import nnx\n[nnx.fork(1) for nnx in things]",
        "from flax import nnx\nfor nnx in things:\n    nnx.fork(1)",
        "from flax import nnx\nnnx = mine()\nnnx.fork(1)",
        "from flax import nnx\nnnx, b = mine()\nnnx.fork(1)",
        "from flax import nnx\nwith mine() as nnx:\n    nnx.fork(1)",
        "from flax import nnx\ndef f():\n    class nnx: ...\n    nnx.fork(1)",
        "from flax import nnx\nmine.nnx.fork(1)",
    ],
)
def test_name_of_something_else_is_not_found(text: str) -> None:
    """Other modules, other objects, local names, strings and comments."""
    assert _hits("nnx.fork(...)", text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{_LAYER}layer.module",
        f"{_LAYER}other = layer\nother.module",
        "layer = bridge.ToNNX(m).lazy_init(x)\nlayer.module",
        "layer = bridge.lazy_init(bridge.ToNNX(m), x)\nlayer.module",
        "a, layer = 1, nnx.clone(bridge.ToNNX(m))\nlayer.module",
        "def make():\n    return bridge.ToNNX(m)\nmake().module",
        "def f(layer: bridge.ToNNX): layer.module",
        "def f(layer: 'bridge.ToNNX | None' = None): layer.module",
        "from typing import Optional\ndef f(layer: Optional[bridge.ToNNX]): layer.module",
        f"def f(layer): return layer.module\n{_LAYER}f(layer)",
        f"def f(x, *, layer): return layer.module\n{_LAYER}nnx.grad(f)(1, layer=layer)",
        "class A(nnx.Module):\n    def __init__(self): self.a = bridge.ToNNX(m)\n    def f(self): self.a.module",
        "class A(nnx.Module):\n    a: bridge.ToNNX\nA(1).a.module",
        "class A:\n    def __init__(self): self.a = bridge.ToNNX(m)\nclass B(A): ...\nB().a.module",
        "class Mine(bridge.ToNNX): ...\nMine(m).module",
        "layer = bridge.ToNNX(m) if x else None\nlayer.module",
        "(layer := bridge.ToNNX(m)).module",
    ],
)
def test_attribute_of_a_layer_is_found(text: str) -> None:
    """Where the file says that the object is one."""
    assert len(_hits(_MODULE, _IMPORTS + text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def f(layer): layer.module",
        f"{_LAYER}layer = Mine(layer)\nlayer.module",
        f"{_LAYER}layer.other.module",
        f"{_LAYER}layer(x).module",
        "x.module\nx = y\ny = x",
        "def f(a): return f(a)\nf(f(1)).module",
        "class A(B): ...\nclass B(A): ...\nA().a.module",
        "class A:\n    def f(self):\n        self.a = self.a.b\n        self.a.module",
    ],
)
def test_attribute_of_another_object_is_not_found(text: str) -> None:
    """Nothing is guessed, and circles end."""
    assert _hits(_MODULE, _IMPORTS + text) == []


@pytest.mark.parametrize(
    ("pattern", "text", "hits"),
    [
        ("nnx.jit(graph=...)", "nnx.jit(f, graph=False); nnx.jit(f)", ["nnx.jit(f, graph=False)"]),
        ("nnx.jit(graph=False)", "nnx.jit(f, graph=True); nnx.jit(graph=0)", []),
        ("nnx.Rngs()", "nnx.Rngs(); nnx.Rngs(0); nnx.Rngs(a=1)", ["nnx.Rngs()"]),
        ("nnx.f(1, ...)", "nnx.f(1); nnx.f(2, 1); nnx.f()", ["nnx.f(1)"]),
        ("nnx.f(..., 'a*', ...)", "nnx.f(0, 'ab', 1); nnx.f('ab')", ["nnx.f(0, 'ab', 1)"]),
        ("nnx._(a=_)", "nnx.f(a=b); nnx.f(a=b())", ["nnx.f(a=b)"]),
        ("nnx.f(a=not False)", "nnx.f(a=[1]); nnx.f(a=False); nnx.f()", ["nnx.f(a=[1])"]),
        ("nnx.f(a=not False)", "off = False; nnx.f(a=off); b = 1 if c else False; nnx.f(a=b)", ["nnx.f(a=b)"]),
        ("nnx.f(not nnx.clone(...))", "a = nnx.clone(b); nnx.f(a); nnx.f(b)", ["nnx.f(b)"]),
        ("nnx.f(...) and not nnx.f(a=1)", "nnx.f(1); nnx.f(a=1)", ["nnx.f(1)"]),
        ("(nnx.f or nnx.g)(...)", "nnx.f(1); nnx.g(1); nnx.h(1)", ["nnx.f(1)", "nnx.g(1)"]),
        ("nnx.f({...: ...})", "nnx.f({'a': 1}); nnx.f([1])", ["nnx.f({'a': 1})"]),
        ("nnx.f(*nnx.g(...))", "nnx.f(*nnx.g(1)); nnx.f(nnx.g(1))", ["nnx.f(*nnx.g(1))"]),
        ("nnx.a[0].value", "nnx.a[0].value; nnx.a[1].value", ["nnx.a[0].value"]),
        ("(...).b() == ...", "a.b() == c; a.b() != c; c == d", ["a.b() == c"]),
        ("nnx.jit(a=1)", "import functools; functools.partial(nnx.jit, a=1)", ["functools.partial(nnx.jit, a=1)"]),
        ("nnx.Module(...).__enter__()", "a = nnx.Module()\nwith a as b, c: ...", ["a.__enter__()"]),
        ("setattr(nnx.Module(...), 'a', nn._(...))", "m = nnx.Module(); m.a = nn.Dense(1); m.b = m.a", None),
        ("setattr(nn.Module(...), 'a', ...)", "class A(nn.Module):\n    a: int = 1\n    b: int", None),
        ("iter((...).a())", "for x in y.a(): ...\n[x for x in y.a()]\ny.a()", ["iter(y.a())", "iter(y.a())"]),
        ("(...).a()", "class A:\n    def a(self): ...\nA().a(); b.a()", ["b.a()"]),
    ],
)
def test_pattern_is_for_what_it_says(pattern: str, text: str, hits: list[str] | None) -> None:
    """Each form of a pattern, with what it leaves out; an assignment is named as the call that it is."""
    found_ones = _hits(pattern, _IMPORTS + text)
    assert len(found_ones) == 1 if hits is None else found_ones == hits


def test_long_chains_end() -> None:
    """Of thousands of assignments as many are followed as Python can."""
    text = _IMPORTS + _LAYER + "layer = nnx.clone(layer)\n" * 3000
    assert _hits("nnx.fork", text) == []
    assert _hits(_MODULE, f"{text}layer.module\n") == []
