"""Steps of a script: functions of NNX on the state of a layer."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program, step
from properties.programs.to_nnx.steps import OUTPUT, STATE, call

_INCREMENTED = 'variables = {**variables, "params": jax.tree.map(lambda leaf: leaf + 1, variables["params"])}'


@step(needs="nnx.to_flat_state")
def flat_state(builder: LinenProgramBuilder) -> None:
    """`nnx.to_flat_state` and `nnx.from_flat_state` of a layer's state."""
    taken = builder.draw(st.sampled_from(["flat", "dict(flat)", "reversed(list(flat))"]))
    builder.step(f"""
        graphdef, state = nnx.split(layer)
        flat = nnx.to_flat_state(state)
        assert len(dict(flat)) == len(list(flat)), "two variables at one path"
        layer = nnx.merge(graphdef, nnx.from_flat_state({taken}))
        {STATE}
    """)
    call(builder)


@step(needs="nnx.split_state")
def split_state(builder: LinenProgramBuilder) -> None:
    """`nnx.split_state` and `nnx.merge_state` of a layer's state."""
    order = builder.draw(st.sampled_from(["params, rest", "rest, params"]))
    builder.step(f"""
        graphdef, state = nnx.split(layer)
        params, rest = nnx.split_state(state, nnx.Param, ...)
        nnx.update(layer, params)
        {STATE}
        layer = nnx.merge(graphdef, nnx.merge_state({order}))
        {STATE}
    """)
    call(builder)


@step("container", needs="nnx.filter_state")
def filter_state(builder: LinenProgramBuilder) -> None:
    """`nnx.filter_state` of a layer's state, by type and by path."""
    call(builder)
    which = builder.draw(st.sampled_from(["nnx.Param", "nnx.OfType(nnx.Param)", "lambda path, leaf: path in paths"]))
    builder.both(
        f"""
        params, rest = nnx.filter_state(nnx.state(layer), nnx.Param, ...)
        paths = {{path for path, _ in nnx.to_flat_state(params)}}
        assert paths.isdisjoint(path for path, _ in nnx.to_flat_state(rest))
        params = nnx.filter_state(nnx.state(layer), {which})
        nnx.update(layer, jax.tree.map(lambda leaf: leaf + 1, params))
        """,
        _INCREMENTED,
        """
        flat = flax.traverse_util.flatten_dict(flax.core.unfreeze(variables["params"]))
        assert paths == flat.keys(), f"parameters at {paths}"
        """,
        STATE,
    )
    call(builder)


@step("container", needs="nnx.map_state")
def map_state(builder: LinenProgramBuilder) -> None:
    """`nnx.map_state` of a layer's parameters, by a function of their paths."""
    call(builder)
    builder.both(
        """
        scaled = lambda path, leaf: jax.tree.map(lambda value: value * len(path), leaf)
        nnx.update(layer, nnx.map_state(scaled, nnx.state(layer, nnx.Param)))
        """,
        """
        flat = flax.traverse_util.flatten_dict(flax.core.unfreeze(variables["params"]))
        flat = {path: jax.tree.map(lambda value: value * len(path), leaf) for path, leaf in flat.items()}
        variables = {**variables, "params": flax.traverse_util.unflatten_dict(flat)}
        """,
        STATE,
    )
    call(builder)


@step("container", needs="nnx.variables")
def variables_of_a_layer(builder: LinenProgramBuilder) -> None:
    """`nnx.variables` of a layer: its parameters, and no other variable."""
    builder.both(
        "found = jax.tree.leaves(nnx.variables(layer, nnx.Param))",
        'expected = jax.tree.leaves(variables["params"])',
        "assert_same(*([jnp.asarray(leaf) for leaf in leaves] for leaves in (found, expected)))",
        STATE,
    )
    call(builder)


@step("container", "boxes", "custom box", needs="nnx.pure")
def pure_state(builder: LinenProgramBuilder) -> None:
    """`nnx.pure` of a layer's parameters: the arrays without their `nnx.Variable`."""
    _pure(builder, "pure")


@step("container", "boxes", "custom box", needs="nnx.as_pure")
def as_pure(builder: LinenProgramBuilder) -> None:
    """`nnx.as_pure` of a layer's parameters: the arrays without their `nnx.Variable`."""
    _pure(builder, "as_pure")


def _pure(builder: LinenProgramBuilder, name: str) -> None:
    call(builder)
    builder.both(
        f"values = nnx.{name}(nnx.state(layer, nnx.Param))",
        'expected = flax.traverse_util.flatten_dict(flax.core.unfreeze(variables["params"]))',
        "assert_same(dict(nnx.to_flat_state(values)), expected)",
    )
    builder.both("nnx.update(layer, jax.tree.map(lambda leaf: leaf + 1, values))", _INCREMENTED, STATE)
    call(builder)


_FILTERS = {
    "all_filter": ("nnx.All", "nnx.All(nnx.Param, nnx.Not(nnx.BatchStat), ...)"),
    "of_type_filter": ("nnx.OfType", "nnx.OfType(nnx.Param)"),
    "everything_and_nothing": ("nnx.Everything", "nnx.All(nnx.Everything(), nnx.Not(nnx.Nothing()), nnx.Param)"),
}


def _add(name: str) -> None:
    shown, text = _FILTERS[name]

    def write(builder: LinenProgramBuilder) -> None:
        builder.both(
            f"""
            graphdef, params, rest = nnx.split(layer, {text}, ...)
            y = jax.jit(lambda params, rest, x: nnx.merge(graphdef, params, rest)(x))(params, rest, x)
            nnx.update(layer, jax.tree.map(lambda leaf: leaf + 1, nnx.state(layer, {text})))
            """,
            f"""
            expected = jax.jit(linen.apply)(variables, x)
            {_INCREMENTED}
            """,
            OUTPUT,
            STATE,
            "assert not jax.tree.leaves(nnx.state(layer, nnx.Nothing()))",
        )

    write.__name__ = name
    write.__doc__ = f"`{shown}` as the filter of a layer's parameters."
    step("random", "no array")(write)


for _name in _FILTERS:
    _add(_name)


@program()
def path_contains(builder: LinenProgramBuilder) -> None:
    """`nnx.PathContains` as the filter of one submodule's parameters."""
    builder.write_program("""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(2, name="last")(nn.Dense(3, name="first")(x))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        params = linen_variables(layer)["params"]
        for name in ("first", "last"):
            chosen = nnx.state(layer, nnx.PathContains(name))
            assert_same(jax.tree.leaves(chosen), jax.tree.leaves(params[name]))
        kernels = nnx.state(layer, nnx.PathContains("kernel"))
        assert_same(jax.tree.leaves(kernels), [params["first"]["kernel"], params["last"]["kernel"]])
        nnx.update(layer, jax.tree.map(lambda leaf: leaf * 2, nnx.state(layer, nnx.PathContains("last"))))
        params = {**params, "last": jax.tree.map(lambda leaf: leaf * 2, params["last"])}
        assert_same(linen_variables(layer), {"params": params})
        assert_same(layer(x), Block().apply({"params": params}, x))
    """)


@program()
def with_tag(builder: LinenProgramBuilder) -> None:
    """`nnx.WithTag` as the filter of one RNG stream of a layer."""
    builder.write_program("""
        class Noise(nn.Module):
            @nn.compact
            def __call__(self, x):
                bias = self.param("bias", nn.initializers.ones, (3,))
                return x + bias + jax.random.normal(self.make_rng("noise"), x.shape)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Noise(), rngs=nnx.Rngs(params=0, noise=1)).lazy_init(x)
        stream, rest = jax.tree.map(jnp.copy, nnx.state(layer, nnx.WithTag("noise"), ...))
        first, second = layer(x), layer(x)
        assert (first != second).any(), "two calls draw one key"
        nnx.update(layer, stream)
        assert_same(layer(x), first)
        nnx.update(layer, rest)
        assert_same(layer(x), second)
        streams = nnx.state(layer, nnx.RngState)
        of_each = [nnx.state(layer, nnx.WithTag(name)) for name in ("noise", "params")]
        assert_same(jax.tree.leaves(streams), [leaf for one in of_each for leaf in jax.tree.leaves(one)])
    """)
