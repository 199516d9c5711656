"""Steps of a script: functions of NNX on the graph of a layer."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program, step
from properties.programs.to_nnx.steps import OUTPUT, STATE, call, mutable_call

_INCREMENTED = 'variables = {**variables, "params": jax.tree.map(lambda leaf: leaf + 1, variables["params"])}'


@step()
def graphdef(builder: LinenProgramBuilder) -> None:
    """`nnx.graphdef` of a layer, merged with its state."""
    builder.step(f"""
        graphdef = nnx.graphdef(layer)
        assert graphdef == nnx.split(layer)[0] == nnx.graphdef(nnx.clone(layer))
        layer = nnx.merge(graphdef, nnx.state(layer))
        {STATE}
    """)
    call(builder)
    builder.step('assert nnx.graphdef(layer) == graphdef, "a call changes the definition"')


@step(needs="nnx.flatten")
def flatten_and_unflatten(builder: LinenProgramBuilder) -> None:
    """`nnx.flatten` and `nnx.unflatten` of a layer."""
    paths = builder.draw(st.booleans())
    builder.step(f"""
        graphdef, flat = nnx.flatten(layer, with_paths={paths})
        assert len(list(flat)) == len(list(nnx.to_flat_state(nnx.state(layer))))
        layer = nnx.unflatten(graphdef, flat)
        {STATE}
    """)
    call(builder)


@step()
def tree(builder: LinenProgramBuilder) -> None:
    """`nnx.to_tree` and `nnx.from_tree` of a layer that two places share."""
    builder.step(f"""
        made = nnx.from_tree(nnx.to_tree([layer, {{"again": layer}}, 3]))
        assert made[0] is made[1]["again"] and made[0] is not layer and made[2] == 3
        layer = made[0]
        {STATE}
    """)
    call(builder)


@step()
def split_and_merge_context(builder: LinenProgramBuilder) -> None:
    """`nnx.split_context` and `nnx.merge_context` of a layer that two places share."""
    builder.step(f"""
        with nnx.split_context() as splitting:
            first, second = splitting.split(layer), splitting.split(layer)
        assert not jax.tree.leaves(second[1]), "the second split repeats the state"
        with nnx.merge_context() as merging:
            layer, again = merging.merge(*first), merging.merge(*second)
        assert layer is again
        {STATE}
    """)
    call(builder)


# `jax.jit` converts a number to an array.
@step("random", "no array", tried_with="counter")
def update_context(builder: LinenProgramBuilder) -> None:
    """A call inside `jax.jit` that updates the layer through `nnx.update_context`."""
    mutable = repr(builder.mutable or ["cache"]).replace("'", '"')
    builder.both(
        f"""
        @jax.jit
        def called(graphdef, state, x):
            with merge_context("call", inner=True) as merging:
                layer = merging.merge(graphdef, state)
            y = layer(x, mutable={mutable})
            with nnx.split_context("call") as splitting:
                return y, splitting.split(layer)

        @nnx.update_context("call")
        def outside(layer):
            with nnx.split_context("call") as splitting:
                split = splitting.split(layer)
            assert nnx.current_update_context("call").tag == "call"
            y, split = called(*split, x)
            with merge_context("call", inner=False) as merging:
                return y, merging.merge(*split)

        y, same = outside(layer)
        assert same is layer, "another layer is updated"
        assert raised(lambda: nnx.current_update_context("call")) is ValueError
        """,
        f"""
        expected, updates = jax.jit(lambda variables, x: linen.apply(variables, x, mutable={mutable}))(variables, x)
        variables = {{**variables, **updates}}
        """,
        OUTPUT,
        STATE,
    )


@step("container", needs="nnx.map")
def nnx_map(builder: LinenProgramBuilder) -> None:
    """`nnx.map` of a layer: a new layer with other parameters."""
    call(builder)
    builder.both(
        """
        before = nnx.clone(layer)
        added = lambda path, leaf: leaf.replace(leaf.get_value() + 1) if isinstance(leaf, nnx.Param) else leaf
        mapped = nnx.map(added, layer)
        assert_same(linen_variables(layer), linen_variables(before))
        layer = mapped
        """,
        _INCREMENTED,
        STATE,
    )
    call(builder)


@step("container", needs="nnx.recursive_map")
def recursive_map(builder: LinenProgramBuilder) -> None:
    """`nnx.recursive_map` of a layer: every node once, and other parameters."""
    builder.both(
        """
        seen = []
        def added(path, node):
            seen.append(path)
            return node.replace(node.get_value() + 1) if isinstance(node, nnx.Param) else node
        layer = nnx.recursive_map(added, layer)
        assert len(seen) == len(set(seen)) and seen[-1] == ()
        assert {path for path, _ in nnx.iter_graph(layer)} == set(seen)
        """,
        _INCREMENTED,
        STATE,
    )
    call(builder)


@step("random", "no array", needs="nnx.unpack")
def unpack(builder: LinenProgramBuilder) -> None:
    """`nnx.unpack` of a layer by type, merged inside `jax.jit`."""
    builder.both(
        """
        params, rest = nnx.unpack(layer, nnx.Param, ...)
        y = jax.jit(lambda params, rest: nnx.merge(params, rest)(x))(params, rest)
        layer = nnx.merge(nnx.unpack(layer))
        """,
        "expected = jax.jit(lambda variables: linen.apply(variables, x))(variables)",
        OUTPUT,
        STATE,
    )
    call(builder)


@step(needs="nnx.check_pytree")
def check_pytree(builder: LinenProgramBuilder) -> None:
    """`nnx.check_pytree` of a layer after a mutable call, whose leaves are those of its state."""
    mutable_call(builder)
    builder.step("""
        for each in (layer, nnx.clone(layer)):
            nnx.check_pytree(each)
            assert_same(jax.tree.leaves(each), jax.tree.leaves(nnx.state(layer)))
    """)
    call(builder)


@step(needs="nnx.find_duplicates")
def find_duplicates(builder: LinenProgramBuilder) -> None:
    """`nnx.find_duplicates` of a layer: none alone, and both names in a dict."""
    builder.step("""
        assert nnx.find_duplicates(layer) == []
        assert nnx.find_duplicates({"a": layer, "b": [layer]}) == [[("a",), ("b", 0)]]
        assert nnx.find_duplicates([layer, nnx.clone(layer)]) == []
    """)


@program(needs="nnx.prefix")
def prefix(builder: LinenProgramBuilder) -> None:
    """`nnx.prefix` for `nnx.vmap` over the parameters of a layer, but not over its constants."""
    graph = builder.draw(st.booleans())
    builder.write_program(f"""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                shift = self.variable("constants", "shift", lambda: jnp.arange(4.0))
                return nn.Dense(4)(x) + shift.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block()).lazy_init(x, rngs=nnx.Rngs(0))
        variables = linen_variables(layer)
        stacked = jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf]), variables["params"])
        nnx.update(layer, jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf]), nnx.state(layer, nnx.Param)))
        axes = nnx.prefix(layer, {{nnx.Param: 0, ...: None}}, graph={graph})
        mapped = nnx.vmap(lambda layer, x: layer(x), in_axes=(axes, None), graph={graph}, graph_updates=False)
        y = mapped(layer, x)
        of_one = lambda params: Block().apply({{**variables, "params": params}}, x)
        assert_same(y, jax.vmap(of_one)(stacked))
        assert_same(linen_variables(layer), {{**variables, "params": stacked}})
    """)


@program(needs="nnx.restore_int_paths")
def restore_int_paths(builder: LinenProgramBuilder) -> None:
    """`nnx.restore_int_paths` of the state of an `nnx.List` of layers, restored from msgpack."""
    builder.write_program("""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        make = lambda seed: nnx.List([
            bridge.ToNNX(nn.Dense(2)).lazy_init(x, rngs=nnx.Rngs(seed + n)) for n in range(11)
        ])
        model, other = make(0), make(20)
        data = flax.serialization.msgpack_serialize(
            {str(n): jax.tree.map(np.asarray, one) for n, one in nnx.to_pure_dict(nnx.state(model)).items()}
        )
        pure = nnx.restore_int_paths(flax.serialization.msgpack_restore(data))
        assert_same(pure, {n: linen_variables(layer)["params"] for n, layer in enumerate(model)})
        state = nnx.state(other)
        nnx.replace_by_pure_dict(state, jax.tree.map(jnp.asarray, pure))
        nnx.update(other, state)
        for one, another in zip(model, other):
            assert_same(linen_variables(another), linen_variables(one))
            assert_same(another(x), nn.Dense(2).apply(linen_variables(one), x))
    """)
