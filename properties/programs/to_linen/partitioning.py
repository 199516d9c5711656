"""Whole programs: `ToLinen` modules on meshes of several devices, and their axis names under lifted transforms."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

with_boxes = feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.variables.NNXMeta")
with_linen_boxes = feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.with_partitioning")

# Excused: `nn.vmap` and `nn.scan` compile what they lift, which may sum in another order: outputs agree to 1e-5.
_LIFTED = """
    INIT = {kernel_init}(nnx.initializers.lecun_normal(), (None, "data"))

    class Step(nn.Module):
        @nn.compact
        def __call__(self, x, _=None):
            return bridge.to_linen(nnx.Linear, 3, 3, kernel_init=INIT, name="inner")(x), None

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = nn.{lift}(
        Step, variable_axes={{"params": {axis}}}, split_rngs={{"params": True}}, {options},
        metadata_params={{nn.meta.PARTITION_NAME: "layers"}},
    )()
    with mesh(["layers", "data"]):
        variables = linen.init(jax.random.key(0), x, None)
        spec = nn.get_partition_spec(variables)["params"]["inner"]["kernel"]
        assert spec == jax.sharding.PartitionSpec(*{names}), f"partition spec {{tuple(spec)}}"
        y, _ = linen.apply(variables, x, None)
        steps = [jax.tree.map(lambda leaf: jnp.take(leaf, n, {axis}), unboxed(variables)) for n in range(2)]
        expected = {expected}
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
"""
_APPLY = 'nn.Dense(3).apply({{"params": {step}["params"]["inner"]}}, {x})'
_LIFTS = {
    "vmap": (
        "in_axes=None, axis_size=2",
        f"jnp.stack([{_APPLY.format(step='step', x='x')} for step in steps])",
    ),
    # Up to 0.10.5 the definition of the NNX module is a variable.
    "scan": (
        'length=2, variable_broadcast="nnx"',
        _APPLY.format(step="steps[1]", x=_APPLY.format(step="steps[0]", x="x")),
    ),
}


def _lifted(builder: NnxProgramBuilder, kernel_init: str) -> None:
    lift, axis = builder.draw(st.sampled_from(sorted(_LIFTS))), builder.draw(st.sampled_from([0, 1]))
    options, expected = _LIFTS[lift]
    names = (None, "data")
    text = _LIFTED.format(
        kernel_init=kernel_init,
        lift=lift,
        axis=axis,
        options=options,
        expected=expected.replace("{{", "{").replace("}}", "}"),
        names=(*names[:axis], "layers", *names[axis:]),
    )
    builder.write_program(
        text.replace(f'{{"params": {axis}}}', f'{{"params": {axis}, "nnx": None}}') if lift == "vmap" else text
    )


@with_boxes
def axis_name_of_lifted_to_linen(builder: NnxProgramBuilder) -> None:
    """`nnx.with_partitioning` kernels of a `ToLinen` module under `nn.vmap` or `nn.scan` with `metadata_params`."""
    _lifted(builder, "nnx.with_partitioning")


@with_linen_boxes
def axis_name_of_lifted_linen_box(builder: NnxProgramBuilder) -> None:
    """`bridge.with_partitioning` kernels of a `ToLinen` module under `nn.vmap` or `nn.scan` with `metadata_params`."""
    _lifted(builder, "bridge.with_partitioning")


_BOXED = """
    kernel_init = {kernel_init}
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = bridge.to_linen(nnx.Linear, 3, 3, kernel_init=kernel_init)
    with mesh(["layers", "data"]):
        variables = linen.init(jax.random.key(0), x)
"""


@with_boxes
def axis_added_to_an_nnx_box(builder: NnxProgramBuilder) -> None:
    """`nn.meta.add_axis` and `nn.meta.remove_axis` of the variables of a `ToLinen` module."""
    axis = builder.draw(st.sampled_from([0, 1]))
    names = (None, "data")
    wanted = (*names[:axis], "layers", *names[axis:])
    builder.write_program(
        _BOXED.format(kernel_init='nnx.with_partitioning(nnx.initializers.lecun_normal(), (None, "data"))').rstrip()
        + f"""
        params = {{nn.meta.PARTITION_NAME: "layers"}}
        before = nn.get_partition_spec(variables)
        stacked = jax.tree.map(lambda leaf: jnp.expand_dims(leaf, {axis}), variables)
        more = nn.meta.add_axis(stacked, {axis}, params)
        spec = nn.get_partition_spec(more)["params"]["kernel"]
        assert spec == jax.sharding.PartitionSpec(*{wanted}), f"partition spec {{tuple(spec)}}"
        less = jax.tree.map(lambda leaf: leaf.squeeze({axis}), nn.meta.remove_axis(more, {axis}, params))
        assert nn.get_partition_spec(less) == before
        assert_same(linen.apply(less, x), linen.apply(variables, x))
"""
    )


@with_boxes
def axis_hook_of_an_nnx_box(builder: NnxProgramBuilder) -> None:
    """The hook `on_add_axis` of a variable of a `ToLinen` module under `nn.vmap` with `metadata_params`."""
    builder.write_program(
        """
        added = []

        class Block(nnx.Module):
            def __init__(self, *, rngs):
                hook = lambda variable, index, name: added.append((index, name))
                self.w = nnx.Param(jnp.full(3, 2.0), on_add_axis=hook)

            def __call__(self, x):
                return x * self.w.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = nn.vmap(
            bridge.ToLinen, variable_axes={"params": 0, "nnx": None}, split_rngs={"params": True}, in_axes=None,
            axis_size=2, metadata_params={nn.meta.PARTITION_NAME: "layers"},
        )(Block)
        variables = linen.init(jax.random.key(0), x)
        assert_same(linen.apply(variables, x), jnp.stack([2 * x, 2 * x]))
        assert (0, "layers") in added, f"axes {added}"
        """
    )


@with_boxes
def with_metadata(builder: NnxProgramBuilder) -> None:
    """`nnx.with_metadata` around the initializer of a kernel, whose metadata the box and the module have."""
    given = builder.draw(st.sampled_from(["note='mine'", "note='mine', power=2"]))
    builder.write_program(
        f"""
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                kernel_init = nnx.with_metadata(nnx.initializers.lecun_normal(), {given})
                self.layer = nnx.Linear(3, 3, kernel_init=kernel_init, rngs=rngs)

            def __call__(self, x):
                SEEN.append(self.layer.kernel.get_metadata().get("note"))
                return self.layer(x)

        SEEN = []
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        with capture_nnx_rngs() as keys:
            variables = linen.init(jax.random.key(0), x)
        block = Block(rngs=nnx.Rngs(**keys))
        assert_same(unboxed(variables), variables_of(block))
        assert_same(linen.apply(variables, x), block(x))
        assert set(SEEN) == {{"mine"}}, f"notes {{SEEN}}"
        box = variables["params"]["layer"]["kernel"]
        metadata = block.layer.kernel.get_metadata()
        for name, value in dict({given}).items():
            assert box.metadata[name] == metadata[name] == value, f"metadata {{box.metadata}}"
        other = box.to_nnx_variable()
        assert other.get_metadata() == metadata, f"metadata {{other.get_metadata()}}"
        """
    )


_ON_A_MESH = """
    def integers(key, shape, dtype=jnp.float32):
        return jnp.arange(np.prod(shape)).reshape(shape).astype(dtype) % 7 - 3

    x = jnp.arange(16.0).reshape(2, 8)
    devices = device_mesh({shape}, ("data", "model"){explicit})
    init = {kernel_init}(integers, ("data", "model"))
    linen = bridge.to_linen(nnx.Linear, 8, 8, kernel_init=init)
    with in_mesh(devices):
        variables = linen.init(jax.random.key(0), x)
        block = nnx.Linear(8, 8, kernel_init=init, rngs=nnx.Rngs(0))
        wanted = nn.get_sharding(variables, devices)
        kernel = jax.sharding.NamedSharding(devices, jax.sharding.PartitionSpec("data", "model"))
        assert wanted["params"]["kernel"] == kernel, f"{{wanted}}"
"""


def _on_a_mesh(builder: NnxProgramBuilder, script: str, explicit: bool = False) -> None:
    shape = builder.draw(st.sampled_from([(1, 8), (2, 4), (8, 1)]))
    start = _ON_A_MESH.format(
        shape=shape, kernel_init="nnx.with_partitioning", explicit=", explicit=True" if explicit else ""
    )
    builder.write_program(start.rstrip() + script)


_PLACED = """
        for name, array in unboxed(variables)["params"].items():
            other = variables_of(block)["params"][name].sharding
            assert array.sharding.is_equivalent_to(other, array.ndim), f"{name}: {array.sharding}, expected {other}"
        assert_same(unboxed(variables), variables_of(block))
        y, expected = linen.apply(variables, x), block(x)
        assert_same(y, expected)
        assert y.sharding.is_equivalent_to(expected.sharding, 2), f"{y.sharding}, expected {expected.sharding}"
"""


@with_boxes
def placed_as_in_nnx(builder: NnxProgramBuilder) -> None:
    """`nnx.with_partitioning` kernels of a `ToLinen` module on a mesh of several devices, placed as in plain NNX."""
    _on_a_mesh(builder, _PLACED)


@feature(NnxFeatureKind.PROGRAM, needs="nnx.use_eager_sharding")
def placed_on_explicit_axes(builder: NnxProgramBuilder) -> None:
    """`nnx.with_partitioning` kernels of a `ToLinen` module on a mesh of Explicit axes, placed as in plain NNX."""
    _on_a_mesh(builder, _PLACED, explicit=True)


@with_boxes
def sharding_of_abstract_variables(builder: NnxProgramBuilder) -> None:
    """`nn.get_sharding` of what `jax.eval_shape` makes of `init` of a `ToLinen` module on a mesh."""
    _on_a_mesh(
        builder,
        """
        shapes = jax.eval_shape(linen.init, jax.random.key(0), x)
        found = nn.get_sharding(shapes, devices)
        assert found == wanted, f"{found}, expected {wanted}"
        made = jax.jit(linen.init, out_shardings=found)(jax.random.key(0), x)
        assert unboxed(made)["params"]["kernel"].sharding == kernel
        assert_same(linen.apply(made, x), block(x))
""",
    )


@with_boxes
def donated_step_by_get_sharding(builder: NnxProgramBuilder) -> None:
    """Two donated steps of a `ToLinen` module on a mesh, with the `out_shardings` that `nn.get_sharding` returns."""
    _on_a_mesh(
        builder,
        """
        variables = jax.jit(linen.init, out_shardings=wanted)(jax.random.key(0), x)

        def step(variables, x):
            loss = lambda params: linen.apply({**variables, "params": params}, x).sum()
            gradients = jax.grad(loss)(variables["params"])
            return {**variables, "params": jax.tree.map(jnp.subtract, variables["params"], gradients)}

        step = jax.jit(step, out_shardings=wanted, donate_argnums=0)
        for _ in range(2):
            variables = step(variables, x)
            gradients = nnx.grad(lambda block: block(x).sum())(block)
            nnx.update(block, jax.tree.map(jnp.subtract, nnx.state(block, nnx.Param), gradients))
            for name, array in unboxed(variables)["params"].items():
                assert array.sharding == wanted["params"][name], f"{name}: {array.sharding}"
            assert_same(unboxed(variables), variables_of(block))
        assert_same(linen.apply(variables, x), block(x))
""",
    )
