"""A reproducer has the steps on which its failure depends, and no other."""

import ast

import pytest

from reports.plugin.reproducers.shortened_program import SourcePosition, short, short_body
from reports.plugin.reproducers.slicing import ScriptStep, needed

LAYER = "rngs = nnx.Rngs(0)\nlinen, layer = Block(), bridge.ToNNX(Block(), rngs=rngs)\nlayer.lazy_init(x)\n"


@pytest.mark.parametrize(
    ("before", "last", "left_out"),
    [
        ("variables = linen.init(keys, x)\n", "layer(x)", "variables = linen.init(keys, x)\n"),
        ("layer.note = 2.0\n", "layer(x)", ""),
        ("layer.note = 2.0\n", "linen.init(key, x)", "layer.lazy_init(x)\nlayer.note = 2.0\n"),
        ("other = layer\nother.note = 2.0\n", "layer(x)", ""),
        ("graph, state = nnx.split(layer)\nnnx.update(state, new)\n", "layer(x)", ""),
        ("rngs.params()\n", "layer(x)", ""),
        ("with mesh as keys:\n    use(keys)\n", "layer(keys)", ""),
        ("import copy\n", "copy.copy(layer)", ""),
        ("import copy\n", "layer(x)", "import copy\n"),
        ("n = 1\nn += 1\n", "layer(n)", ""),
        ("found = {}\nfound['a'] = x\n", "print(found)", LAYER),
        ("found = {}\nclass A:\n    y = found\nA()\n", "layer(x)", ""),
        ("def double(x):\n    return 2 * x\n", "layer(x)", "def double(x):\n    return 2 * x\n"),
        ("key = jax.random.key(0)\nlinen.init(key, y)\n", "layer(key)", "linen.init(key, y)\n"),
        ("held = [layer]\nlinen.init(held, y)\n", "layer(x)", ""),
        ("call(y, layer)\n", "layer(x)", ""),
        ("layers = {}\nlayers.update(a=layer)\nlayers['a'].note = 2.0\n", "layer(x)", ""),
        ("nnx.register_variable_name('a', A)\n", "layer(x)", ""),
        ("@nnx.register_variable_name('a')\nclass A(nnx.Variable):\n    pass\n", "layer(x)", ""),
        ("Block.note = 2.0\n", "layer(x)", ""),
        ("call = lambda: layer(n)\nn = y\n", "call()", ""),
        ("for call in calls:\n    def add(x):\n        found.append(x)\nfound = []\nadd(x)\n", "print(found)", ""),
    ],
)
def test_what_the_last_step_needs_is_kept(before: str, last: str, left_out: str) -> None:
    """A step is needed where it binds what a later one reads, or may change an object that a later one reads."""
    text = LAYER + before + last
    kept = "\n".join(ast.unparse(step.statement) for step in needed([ScriptStep(one) for one in ast.parse(text).body]))
    expected = text
    for part in left_out.splitlines(keepends=True):
        expected = expected.replace(part, "", 1)
    assert ast.unparse(ast.parse(kept)) == ast.unparse(ast.parse(expected))


def test_heads_of_blocks_are_read() -> None:
    """What the head of a block reads is needed, where what is needed stands in the block."""
    program = "axes = ('data',)\nwith mesh(axes):\n    layer.lazy_init(x)\nlayer(x)\n"
    assert short(program, SourcePosition(4, 0), "") == program


PROGRAM = """
linen, layer = Block(), bridge.ToNNX(Block())
with bridged(), capture_linen_rngs() as keys:
    layer.lazy_init(x)
with plain():
    variables = linen.init(keys, x)
assert_same(linen_variables(layer), variables)
assert_same(layer(x), linen.apply(variables, x))
assert_same(layer(x), 1)
"""


PROPERTY = """
for kind in kinds:
    found.append(kind)
    assert_same(1, nnx.pop(layer, kind))
    assert_same(linen_variables(layer), 1)
layer(x)
layer(y)
"""
NESTED = """
def check(expected):
    assert_same(linen_variables(layer), expected)
check(1)
"""
LINEN, BRIDGED = "linen, layer = Block(), bridge.ToNNX(Block())", "layer.lazy_init(x)"
WITH_KEYS = f"with capture_linen_rngs() as keys:\n    {BRIDGED}\nvariables = linen.init(keys, x)"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (SourcePosition(4, 4), BRIDGED),
        (SourcePosition(7, 0), f"{WITH_KEYS}\nassert_same(linen_variables(layer), variables)"),
        (SourcePosition(8, 12), f"{BRIDGED}\nlayer(x)"),
        (SourcePosition(8, 22), f"{WITH_KEYS}\nlinen.apply(variables, x)"),
    ],
)
def test_program_ends_with_what_failed(place: SourcePosition, expected: str) -> None:
    """Of two sides the one that raised is left, and comparisons that passed are not."""
    assert short(PROGRAM, place, "").strip() == f"{LINEN}\n{expected}"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (SourcePosition(4, 20), ["for kind in kinds:\n    found.append(kind)\n    nnx.pop(layer, kind)"]),
        (SourcePosition(6, 0), ["layer(x)"]),
    ],
)
def test_property_ends_with_what_failed(place: SourcePosition, expected: list[str]) -> None:
    """A block is one step, in which comparisons are left out too."""
    assert [ast.unparse(one) for one in short_body(ast.parse(PROPERTY).body, place, frozenset())] == expected


def test_comparison_in_a_function_is_kept() -> None:
    """It may be what failed: the place is where the property calls the function."""
    body = ast.parse(NESTED).body
    assert short_body(body, SourcePosition(4, 0), frozenset()) == body


def test_calls_of_an_argument_are_kept() -> None:
    """What a property is given may remember earlier calls."""
    body = ast.parse("before = impl.entry(call)\nafter = impl.entry(call)\nassert after.any()").body
    assert short_body(body, SourcePosition(3, 0), frozenset({"impl"})) == body


def test_side_that_another_changes_is_not_alone() -> None:
    """Both sides are left where the one that did not raise may have changed what the other reads."""
    assert short("layer = Block()\nassert_same(layer(x), layer(y))\n", SourcePosition(2, 22), "").endswith(
        "assert_same(layer(x), layer(y))\n"
    )


def test_program_is_whole_where_it_is_unknown_what_failed() -> None:
    """Nothing that is compared is left out then."""
    assert short(PROGRAM, None, "").count("assert_same") == 3
