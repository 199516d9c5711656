"""Whole programs: `nn.partitioning`, whose parameters and variables have axes."""

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

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
