"""Whole programs: axis names under lifted transforms, and the tools for variables and their metadata."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

# On 0.9.0 boxes are values of variables.
with_boxes = program(needs="nnx.bridge.variables.NNXMeta")

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


_COUNTED = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))
            x = nn.Dense(3, kernel_init=kernel_init, name="dense")(x)
            count = self.variable("counter", "count", nn.with_partitioning(jnp.zeros, ("data",)), (3,))
            if self.is_mutable_collection("counter"):
                count.value = count.value + 1
            return x + count.value

    def names_of(layer):
        boxes = linen_variables(layer)
        return boxes["params"]["dense"]["kernel"].names, boxes["counter"]["count"].names

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = Block()
"""
_MAKE = """
    with mesh(["layers", "data"]):
        named = {{"transform_metadata": {{nnx.PARTITION_NAME: "layers"}}}}

        @nnx.vmap(in_axes=0, out_axes={axis}, **named)
        def make(key):
            return bridge.ToNNX(linen, rngs=nnx.Rngs(key)).lazy_init(x)

        layers = make(jax.random.split(jax.random.key(0), 2))
        variables = linen_variables(layers)
        wanted = ((None, "data"), ("data",))
        wanted = tuple((*one[:{axis}], "layers", *one[{axis}:]) for one in wanted)
        assert names_of(layers) == wanted, f"axis names {{names_of(layers)}}"
        inside = []
"""
_AFTER = """
        parts = [
            jax.tree.map(lambda leaf: jnp.take(leaf, n, {axis}), nn.meta.unbox(variables)) for n in range(2)
        ]
        {expected}
        assert inside == [((None, "data"), ("data",))], f"axis names inside {{inside}}"
        assert names_of(layers) == wanted, f"axis names {{names_of(layers)}}"
        assert_same(y, expected)
        counts = jax.tree.leaves(nn.meta.unbox(linen_variables(layers)["counter"]))
        assert_same(counts, [jnp.ones((2, 3) if {axis} == 0 else (3, 2))])
"""


def _around(builder: LinenProgramBuilder, call: str, expected: str) -> None:
    axis = builder.draw(st.sampled_from([0, 1]))
    builder.write_program(
        _COUNTED,
        _MAKE.format(axis=axis).rstrip() + "\n" + call.format(axis=axis).rstrip() + "\n"
        # One level deeper, in the context of the mesh.
        + _AFTER.format(axis=axis, expected=expected),
    )


@program(needs="nnx.bridge.variables.NNXMeta")
def axis_name_of_nnx_vmap(builder: LinenProgramBuilder) -> None:
    """Axis names of `ToNNX` layers in and after an `nnx.vmap` with `transform_metadata` whose calls are mutable."""
    _around(
        builder,
        """
        @nnx.vmap(in_axes=({axis}, None), out_axes=0, **named)
        def call(layer, x):
            inside.append(names_of(layer))
            return layer(x, mutable=["counter"])

        y = call(layers, x)
        """,
        'expected = jnp.stack([linen.apply(one, x, mutable=["counter"])[0] for one in parts])',
    )
