"""Whole programs: the tools for variables and their metadata."""

from collections.abc import Sequence
from textwrap import dedent, indent

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

# On 0.9.0 boxes are values of variables.
with_boxes = program(needs="nnx.bridge.variables.NNXMeta")
with_registry = program(needs="nnx.variable_name_from_type")
# Up to 0.10.4 a layer keeps a separate list of its attributes.
with_attributes = program(needs="nnx.bridge.current_context")

_VARIABLES = """
    class Inner(nn.Module):
        @nn.compact
        def __call__(self, x):
            kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))
            x = nn.Dense(3, kernel_init=kernel_init)(x)
            count = self.variable("counter", "count", {init}, (3,))
            if self.is_mutable_collection("counter"):
                count.value = count.value + 1
            return x + count.value

    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            x = Inner(name="inner")(x)
            shift = nn.with_logical_partitioning(nn.initializers.normal(), ("data",))
            return x + self.param("shift", shift, (3,)) * self.param("scale", nn.initializers.normal(), (1,))

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = Block()
"""
_IN_LAYER = """
    copied = lambda tree: jax.tree.map(lambda leaf: leaf, tree)
    is_variable = lambda leaf: isinstance(leaf, nnx.Variable)
    name_of = lambda variable: nnx.variable_name_from_type(type(variable))

    def variables_in(layer):
        found = {name: getattr(layer, name) for name in ("inner", "scale", "shift")}
        return jax.tree.leaves(found, is_leaf=is_variable)
"""
_INITS = ["jnp.zeros", 'nn.with_partitioning(jnp.zeros, ("data",))']
_MADE = """
        with capture_linen_rngs() as keys:
            layer = bridge.ToNNX(linen, rngs=nnx.Rngs(0)).lazy_init(x)
        variables = linen.init(keys, x)
"""


def _tool(builder: LinenProgramBuilder, *scripts: str, start: str = _MADE, inits: Sequence[str] = _INITS) -> None:
    init = builder.draw(st.sampled_from(inits))
    body = indent("\n".join(dedent(one).strip("\n") for one in (start, *scripts) if one), "    ")
    builder.write_program(
        _VARIABLES.format(init=init),
        _IN_LAYER,
        'with mesh(["data"]), nn.logical_axis_rules([("data", "data")]):\n' + body,
    )


@with_attributes
def linen_vars_to_nnx_attrs(builder: LinenProgramBuilder) -> None:
    """`bridge.variables.linen_vars_to_nnx_attrs` of plain Linen's variables, which another layer gets as attributes."""
    _tool(
        builder,
        """
    attrs = bridge.variables.linen_vars_to_nnx_attrs(copied(variables))
    other = bridge.ToNNX(linen, rngs=nnx.Rngs(1))
    for name, value in attrs.items():
        setattr(other, name, getattr(nnx, "data", lambda value: value)(value))
    assert_same(linen_variables(other), variables)
    for one, same in zip(jax.tree.leaves(attrs, is_leaf=is_variable), variables_in(layer), strict=True):
        assert type(one) is type(same), f"a {type(one).__name__}, not a {type(same).__name__}"
        assert one.get_metadata() == same.get_metadata(), f"metadata {one.get_metadata()}"
    assert_same(other(x), linen.apply(variables, x))
    assert_same(bridge.variables.nnx_attrs_to_linen_vars(attrs), variables)
    y = other(x, mutable=["counter"])
    expected, updates = linen.apply(variables, x, mutable=["counter"])
    assert_same(y, expected)
    assert_same(linen_variables(other), {**variables, **updates})
""",
    )


@with_boxes
def nnx_attrs_to_linen_vars(builder: LinenProgramBuilder) -> None:
    """`bridge.variables.nnx_attrs_to_linen_vars` of the attributes of a layer, with which plain Linen is called."""
    _tool(
        builder,
        """
    layer(x, mutable=["counter"])
    variables = {**variables, **linen.apply(variables, x, mutable=["counter"])[1]}
    attrs = {name: getattr(layer, name) for name in ("inner", "shift", "scale")}
    found = bridge.variables.nnx_attrs_to_linen_vars(attrs)
    assert_same(found, variables)
    assert_same(linen.apply(found, x), layer(x))
""",
    )


@with_registry
def to_nnx_var(builder: LinenProgramBuilder) -> None:
    """`bridge.variables.to_nnx_var` and `to_linen_var` of each variable of a layer."""
    _tool(
        builder,
        """
    for collection, tree in variables.items():
        for leaf in jax.tree.leaves(tree, is_leaf=nn.meta.is_axis_metadata):
            variable = bridge.variables.to_nnx_var(collection, copied(leaf))
            kinds = {type(one) for one in variables_in(layer) if name_of(one) == collection}
            assert kinds == {type(variable)}, f"a {type(variable).__name__}"
            assert_same(bridge.variables.to_linen_var(variable.to_state()), leaf)
            is_vanilla = bridge.variables.is_vanilla_variable(variable.to_state())
            assert is_vanilla == (not nn.meta.is_axis_metadata(leaf)), f"vanilla: {is_vanilla}"
    for variable in variables_in(layer):
        assert nnx.variable_type_from_name(name_of(variable)) is type(variable)
""",
    )


@program(needs="nnx.set_metadata")
def set_metadata(builder: LinenProgramBuilder) -> None:
    """`nnx.set_metadata` of the parameters of a layer, which calls keep and boxes hide from Linen."""
    _tool(
        builder,
        """
    nnx.set_metadata(layer, note="mine", only=nnx.Param)
    assert_same(linen_variables(layer), variables)
    for _ in range(2):
        assert_same(layer(x), linen.apply(variables, x))
        y = layer(x, mutable=["counter"])
        expected, updates = linen.apply(variables, x, mutable=["counter"])
        variables = {**variables, **updates}
        assert_same(y, expected)
        assert_same(linen_variables(layer), variables)
    seen = layer(x, method=lambda module, x: module.variables)
    assert_same(nn.meta.unbox(seen), nn.meta.unbox(variables))
    assert seen["params"]["scale"].metadata["note"] == "mine"
    notes = {name_of(one): one.get_metadata().get("note") for one in variables_in(layer)}
    assert notes == {"params": "mine", "counter": None}, f"notes {notes}"
""",
    )


_NOTED = """
    nnx.set_metadata(layer, note="mine")
    for _ in range(2):
        layer(x, mutable=["counter"])
    note = layer.inner["count"].get_metadata().get("note")
    assert note == "mine", f"the note is {note}"
"""


@program(needs="nnx.set_metadata")
def metadata_after_mutable_calls(builder: LinenProgramBuilder) -> None:
    """Metadata of a counter that `nnx.set_metadata` gives to a layer, after mutable calls."""
    _tool(builder, _NOTED, inits=_INITS[:1])


@program(needs="nnx.set_metadata")
def metadata_of_a_box_after_mutable_calls(builder: LinenProgramBuilder) -> None:
    """Metadata of an `nn.Partitioned` counter that `nnx.set_metadata` gives to a layer, after mutable calls."""
    _tool(builder, _NOTED, inits=_INITS[1:])


_CALLED = """
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x), linen.apply(variables, x))
        assert_same(nnx.jit(lambda layer, x: layer(x))(layer, x), jax.jit(linen.apply)(variables, x))
        y = layer(x, mutable=["counter"])
        expected, updates = linen.apply(variables, x, mutable=["counter"])
        assert_same(y, expected)
        assert_same(linen_variables(layer), {**variables, **updates})
"""


def _with_defaults(builder: LinenProgramBuilder, defaults: str) -> None:
    name, _, value = defaults.partition("=")
    _tool(
        builder,
        f"""
    with nnx.var_defaults({defaults}):
        assert nnx.var_defaults()["{name}"] is {value}
        with capture_linen_rngs() as keys:
            layer = bridge.ToNNX(linen, rngs=nnx.Rngs(0)).lazy_init(x)
        variables = linen.init(keys, x)
        assert layer.shift.{name} is {value} and layer.inner["count"].{name} is {value}
"""
        + indent(dedent(_CALLED), "        "),
        start="",
    )


@program(needs="nnx.var_defaults")
def var_defaults(builder: LinenProgramBuilder) -> None:
    """`nnx.var_defaults` with `ref`, under which a layer is made and called."""
    _with_defaults(builder, builder.draw(st.sampled_from(["ref=True", "ref=False"])))


@program(needs="nnx.var_defaults")
def hijax_variables(builder: LinenProgramBuilder) -> None:
    """`nnx.var_defaults(hijax=True)`, under which a layer is made and called."""
    _with_defaults(builder, "hijax=True")


def _with_vars(builder: LinenProgramBuilder, name: str) -> None:
    _tool(
        builder,
        f"""
    whole = layer
    layer = nnx.{name}(whole, ref=True, only={builder.draw(st.sampled_from(["nnx.Param", "..."]))})
    assert layer is not whole and type(layer) is bridge.ToNNX
    assert layer.shift.ref and not whole.shift.ref, "the parameter is no reference"
    nnx.update(layer, jax.tree.map(lambda leaf: leaf + 1, nnx.state(whole, nnx.Param)))
    assert_same(linen_variables(whole), variables)
    more = jax.tree.map(lambda leaf: leaf + 1, variables["params"])
    variables = {{**variables, "params": more}}
""",
        _CALLED,
    )


@program(needs="nnx.with_vars")
def with_vars(builder: LinenProgramBuilder) -> None:
    """`nnx.with_vars` of a layer, whose copy has references for variables."""
    _with_vars(builder, "with_vars")


@program(needs="nnx.vars_as")
def vars_as(builder: LinenProgramBuilder) -> None:
    """`nnx.vars_as` of a layer, whose copy has references for variables."""
    _with_vars(builder, "vars_as")


@program(needs="nnx.bridge.variables.sort_variable_types")
def sort_variable_types(builder: LinenProgramBuilder) -> None:
    """`bridge.variables.sort_variable_types` of a layer's types, each before the classes that it inherits from."""
    _tool(
        builder,
        """
    class Special(nnx.Param):
        pass

    given = {nnx.Variable, nnx.Param, Special, *map(type, variables_in(layer))}
    types = bridge.variables.sort_variable_types(given)
    assert set(types) == given and len(types) == len(given)
    assert not any(issubclass(late, early) for n, early in enumerate(types) for late in types[n + 1 :]), types
""",
    )


def _unchanged_by_mutable_calls(builder: LinenProgramBuilder, hook: str, held: str) -> None:
    builder.write_program(
        f"""
        class Scaled(nnx.Variable):
            def {hook}(self, value):
                return 2 * value
        """,
        f"""
        register_collection("scaled", Scaled)

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return x * self.variable("scaled", "scale", jnp.ones, (3,)).value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        before = jax.tree.map(jnp.copy, {held})
        first, second = layer(x, mutable=["scaled"]), layer(x, mutable=["scaled"])
        assert_same({held}, before)
        assert_same(second, first)
        """,
    )


@with_boxes
def on_get_value_and_mutable_calls(builder: LinenProgramBuilder) -> None:
    """Mutable calls of a layer with a variable whose type has `on_get_value`, which they do not change."""
    _unchanged_by_mutable_calls(builder, "on_get_value", "layer.scale.value")


@program()
def on_create_value_and_mutable_calls(builder: LinenProgramBuilder) -> None:
    """Mutable calls of a layer with a variable whose type has `on_create_value`, which they do not change."""
    _unchanged_by_mutable_calls(builder, "on_create_value", "linen_variables(layer)")
