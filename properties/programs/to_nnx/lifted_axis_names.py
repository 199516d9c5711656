"""Whole programs: axis names under transforms of Linen and of NNX."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program
from properties.programs.to_nnx.variable_tools import with_boxes

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
