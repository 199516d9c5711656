"""Whole programs: axis names under lifted transforms, and the tools for variables and their metadata."""

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

_INNER = """
    class Inner(nn.Module):
        @nn.compact
        def __call__(self, x, _=None):
            kernel_init = nn.{box}(nn.initializers.lecun_normal(), (None, "data"))
            x = nn.Dense(3, kernel_init=kernel_init)(x)
            init = nn.{box}(jnp.zeros, ("data",))
            count = self.variable("counter", "count", init, (3,))
            if self.is_mutable_collection("counter"):
                count.value = count.value + 1
            return {result}
"""
_LIFTED = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            kinds = {{"params": {axis}, "counter": {axis}}}
            layers = nn.{lift}(
                Inner, variable_axes=kinds, split_rngs={{"params": True}}, {options},
                metadata_params={{nn.meta.PARTITION_NAME: "layers"}},
            )
            return layers()({arguments}){output}
"""
_STEPS = """
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen, layer = Block(), bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
    with mesh(["layers", "data"]):
        with capture_linen_rngs() as keys:
            layer.lazy_init(x)
        variables = linen.init(keys, x)
        assert_same(linen_variables(layer), variables)
        for _ in range(2):
            y = layer(x, mutable=["counter"])
            expected, updates = linen.apply(variables, x, mutable=["counter"])
            variables = {**variables, **updates}
            assert_same(y, expected)
            assert_same(linen_variables(layer), variables)
"""
_NAMES = """
    boxes = jax.tree.leaves(linen_variables(layer), is_leaf=nn.meta.is_axis_metadata)
    names = [box.names for box in boxes if nn.meta.is_axis_metadata(box)]
    assert len(names) == 2 and all(one[{axis}] == "layers" for one in names), f"axis names {{names}}"
"""


def _lifted(builder: LinenProgramBuilder, lift: str, options: str, arguments: str, result: str, output: str) -> None:
    axis = builder.draw(st.sampled_from([0, 1]))
    box = builder.draw(st.sampled_from(["with_partitioning", "with_logical_partitioning"]))
    steps = _STEPS if box == "with_partitioning" else _STEPS.replace('"data"]):', '"data"]), rules:')
    rules = '[("data", "data"), ("layers", "layers")]'
    builder.write_program(
        _INNER.format(box=box, result=result),
        _LIFTED.format(lift=lift, options=options, arguments=arguments, output=output, axis=axis),
        steps.replace(", rules:", f", nn.logical_axis_rules({rules}):"),
        _NAMES.format(axis=axis),
    )


@with_boxes
def axis_name_of_lifted_vmap(builder: LinenProgramBuilder) -> None:
    """Axis names of parameters and counters under `nn.vmap` with `metadata_params`, after mutable calls."""
    _lifted(builder, "vmap", "in_axes=None, axis_size=2", "x", "x + count.value", "")


@with_boxes
def axis_name_of_lifted_scan(builder: LinenProgramBuilder) -> None:
    """Axis names of parameters and counters under `nn.scan` with `metadata_params`, after mutable calls."""
    _lifted(builder, "scan", "length=2", "x, None", "x + count.value, None", "[0]")


@program()
def add_metadata_axis(builder: LinenProgramBuilder) -> None:
    """`nn.add_metadata_axis` around an `nn.map_variables` that adds the axis."""
    builder.write_program(
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))
                less, more = (lambda tree: jax.tree.map(lambda leaf: leaf[0], tree)), (
                    lambda tree: jax.tree.map(lambda leaf: leaf[None], tree)
                )
                mapped = nn.map_variables(nn.Dense, "params", less, more, init=self.is_initializing())
                named = nn.add_metadata_axis(mapped, {"params": 0}, {nn.meta.PARTITION_NAME: "layers"})
                return named(3, kernel_init=kernel_init)(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen, layer = Block(), bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
        with mesh(["layers", "data"]):
            with capture_linen_rngs() as keys:
                layer.lazy_init(x)
            variables = linen.init(keys, x)
            assert_same(linen_variables(layer), variables)
            assert_same(layer(x), linen.apply(variables, x))
            names = nn.get_partition_spec(layer(x, method=lambda module, x: module.variables))
            assert names == nn.get_partition_spec(variables), f"axis names {names}"
            assert "layers" in str(names), f"axis names {names}"
        """
    )


# Integers have the same sums in any order, which depends on the transform.
_COUNTED = """
    def integers(key, shape, dtype):
        return jax.random.randint(key, shape, -3, 4).astype(dtype)

    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            kernel_init = nn.with_partitioning(integers, (None, "data"))
            x = nn.Dense(3, kernel_init=kernel_init, name="dense")(x)
            count = self.variable("counter", "count", nn.with_partitioning(jnp.zeros, ("data",)), (3,))
            if self.is_mutable_collection("counter"):
                count.value = count.value + 1
            return x + count.value

    def names_of(layer):
        boxes = linen_variables(layer)
        return boxes["params"]["dense"]["kernel"].names, boxes["counter"]["count"].names

    x = jnp.arange(6.0).reshape(2, 3)
    linen = Block()
    axes = nnx.StateAxes({{nnx.RngState: 0, ...: {axis}}})
    one, all = ((None, "data"), ("data",)), {all}
"""
_AROUND = """
    with mesh(["layers", "data"]):
        @nnx.vmap(in_axes=0, out_axes=axes{named})
        {decorated}def make(key):
            return bridge.ToNNX(linen, rngs=nnx.Rngs(key)).lazy_init(x)

        layers = make(jax.random.split(jax.random.key(0), 2))
        variables = linen_variables(layers)
        assert names_of(layers) == all, f"axis names {{names_of(layers)}}"
        inside = []

        {transform}
        def call({arguments}):
            inside.append(names_of(layer))
            {result}

        y = call({given})
        assert set(inside) == {{one}}, f"axis names inside {{inside}}"
        assert names_of(layers) == all, f"axis names {{names_of(layers)}}"

        expected, counts = {start}, []
        for n in range(2):
            part = jax.tree.map(lambda leaf: jnp.take(leaf, n, {axis}), nn.meta.unbox(variables))
            output, updates = linen.apply(part, {applied}{changed})
            expected = {collected}
            counts.append({count})
        assert_same(y, expected)
        assert_same(linen_variables(layers)["counter"]["count"].value, jnp.stack(counts, {axis}))
"""
_NAMED = ', transform_metadata={nnx.PARTITION_NAME: "layers"}'


def _around(
    builder: LinenProgramBuilder, transform: str, scans: bool = False, by_decorator: bool = False, mutable: bool = True
) -> None:
    axis = builder.draw(st.sampled_from([0, 1]))
    named = "" if by_decorator else _NAMED
    decorated = '@nnx.transform_metadata(in_axes={axes}, out_axes={out}, partition="layers")\n        '
    transform = transform.replace("NAMED", named)
    if by_decorator:
        transform += "\n        " + decorated.format(axes=f"({axis}, None)", out=0).rstrip()
    values = {
        "arguments": "x, layer" if scans else "layer, x",
        "given": "x, layers" if scans else "layers, x",
        "result": 'return layer(x, mutable=["counter"])' if mutable else "return layer(x)",
        "changed": ', mutable=["counter"]' if mutable else ", mutable=[]",
        "count": 'updates["counter"]["count"]' if mutable else 'part["counter"]["count"]',
        "start": "x" if scans else "[]",
        "applied": "expected" if scans else "x",
        "collected": "output" if scans else "[*expected, output]",
    }
    builder.write_program(
        _COUNTED.format(
            axis=axis, all=tuple((*one[:axis], "layers", *one[axis:]) for one in ((None, "data"), ("data",)))
        ),
        _AROUND.format(
            axis=axis,
            named=named,
            transform=transform,
            decorated=decorated.format(axes=0, out=axis) if by_decorator else "",
            **values,
        ).replace(
            "assert_same(y, expected)", "assert_same(y, expected)" if scans else "assert_same(list(y), expected)"
        ),
    )


@with_boxes
def axis_name_of_nnx_vmap(builder: LinenProgramBuilder) -> None:
    """Axis names of `ToNNX` layers in and after an `nnx.vmap` with `transform_metadata` whose calls are mutable."""
    _around(builder, "@nnx.vmap(in_axes=(axes, None), out_axes=0NAMED)")


@with_boxes
def axis_name_of_nnx_scan(builder: LinenProgramBuilder) -> None:
    """Axis names of `ToNNX` layers in and after an `nnx.scan` with `transform_metadata` whose calls are mutable."""
    _around(builder, "@nnx.scan(in_axes=(nnx.Carry, axes), out_axes=nnx.CarryNAMED)", scans=True)


@program(needs="nnx.transform_metadata")
def transform_metadata(builder: LinenProgramBuilder) -> None:
    """`nnx.transform_metadata` around functions that make and call `ToNNX` layers, in `nnx.vmap`."""
    _around(builder, "@nnx.vmap(in_axes=(axes, None), out_axes=0)", by_decorator=True, mutable=False)


@program(needs="nnx.transform_metadata")
def transform_metadata_of_a_mutable_call(builder: LinenProgramBuilder) -> None:
    """`nnx.transform_metadata` around a mutable call of `ToNNX` layers, in `nnx.vmap`."""
    _around(builder, "@nnx.vmap(in_axes=(axes, None), out_axes=0)", by_decorator=True)


_WITH_AXES = """
    import flax.linen.partitioning

    class Inner(nn.Module):
        @nn.compact
        def __call__(self, x, _=None):
            w = nn.partitioning.param_with_axes("w", nn.initializers.normal(), (3, 3), axes=("embed", "mlp"))
            count = nn.partitioning.variable_with_axes("counter", "count", jnp.zeros, (3,), axes=("mlp",))
            if self.is_mutable_collection("counter"):
                count.value = count.value + 1
            return {result}
"""
_STEPS_WITH_AXES = """
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen, layer = {module}, bridge.ToNNX({module}, rngs=nnx.Rngs(0))
    with mesh(["data", "model"]), nn.logical_axis_rules([("embed", "data"), ("mlp", "model")]):
        with capture_linen_rngs() as keys:
            layer.lazy_init(x)
        variables = linen.init(keys, x)
        assert_same(linen_variables(layer), variables)
        for _ in range(2):
            assert_same(layer(x), linen.apply(variables, x))
            y = layer(x, mutable=["counter"])
            expected, updates = linen.apply(variables, x, mutable=["counter"])
            variables = {{**variables, **updates}}
            assert_same(y, expected)
            assert_same(linen_variables(layer), variables)
        for collection in ("params_axes", "counter_axes"):
            seen = layer(x, method=lambda module, x: module.variables[collection])
            names = nn.partitioning.get_axis_names(seen)
            assert names == nn.partitioning.get_axis_names(variables[collection]), f"axis names {{names}}"
            assert "mlp" in str(names){more}, f"axis names {{names}}"
"""


def _with_axes(builder: LinenProgramBuilder, lifted: str = "", result: str = "x @ w + count.value") -> None:
    module = "Block()" if lifted else "Inner()"
    builder.write_program(
        _WITH_AXES.format(result=result),
        *([lifted] if lifted else []),
        _STEPS_WITH_AXES.format(module=module, more=' and "layers" in str(names)' if "layers" in lifted else ""),
    )


@program()
def param_with_axes(builder: LinenProgramBuilder) -> None:
    """`nn.partitioning.param_with_axes` and `variable_with_axes`, whose names `get_axis_names` finds."""
    _with_axes(builder)


@program()
def partitioning_remat(builder: LinenProgramBuilder) -> None:
    """`nn.partitioning.remat` of a module that uses `param_with_axes`."""
    _with_axes(
        builder,
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.partitioning.remat(Inner)(name="inner")(x)
        """,
    )


@program()
def vmap_with_axes(builder: LinenProgramBuilder) -> None:
    """`nn.partitioning.vmap_with_axes` of a module that uses `param_with_axes`."""
    _with_axes(
        builder,
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                layers = nn.partitioning.vmap_with_axes(
                    Inner, variable_axes={"params": 0, "counter": 0}, split_rngs={"params": True}, in_axes=None,
                    axis_size=2, partitioning_axis_names={"params": "layers", "counter": "layers"},
                )
                return layers(name="inner")(x)
        """,
    )


@program()
def scan_with_axes(builder: LinenProgramBuilder) -> None:
    """`nn.partitioning.scan_with_axes` of a module that uses `param_with_axes`."""
    _with_axes(
        builder,
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                layers = nn.partitioning.scan_with_axes(
                    Inner, variable_axes={"params": 0, "counter": 0}, split_rngs={"params": True}, length=2,
                    axis_name="layers", axes_collections=("params", "counter"),
                )
                return layers(name="inner")(x, None)[0]
        """,
        "x @ w + count.value, None",
    )


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
