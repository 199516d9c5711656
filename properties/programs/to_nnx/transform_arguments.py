"""Whole programs: arguments of NNX's transforms and tools, with a layer among what they are for."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program
from properties.programs.to_nnx.model_tools import both

_LAYER = """
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = nn.Dense(4, bias_init=nn.initializers.normal())
    layer = bridge.ToNNX(linen).lazy_init(x, rngs=nnx.Rngs(0))
    variables = jax.tree.map(jnp.copy, linen_variables(layer))
"""
_UNCHANGED = "assert_same(linen_variables(layer), variables)"


# Excused: Older releases refuse some of this for NNX layers as well, with `ValueError`.
def _as_in_nnx(builder: LinenProgramBuilder, made: str, expected: str) -> None:
    """What is made of a model that holds a layer is as expected, or raises `ValueError` as with an NNX layer."""
    both(
        builder,
        f"""
        xs = jnp.linspace(-1.0, 1.0, 30).reshape(2, 5, 3)
        make = lambda each: {made}
        refused = raised(lambda: make(plain_model))
        assert refused in (None, ValueError) and raised(lambda: make(model)) is refused
        if refused is None:
            for each in (model, plain_model):
                assert_same(make(each), {expected})
        """,
    )


@program()
def scan_over_another_axis(builder: LinenProgramBuilder) -> None:
    """`nnx.scan` of a model that holds a layer over another axis than the first, of the input and of the output."""
    _as_in_nnx(
        builder,
        "nnx.scan(lambda model, count, x: (count + 1, model(x)), in_axes=(None, nnx.Carry, 1), "
        "out_axes=(nnx.Carry, 1))(each, 0, xs)[1]",
        "jnp.stack([each(xs[:, n]) for n in range(5)], axis=1)",
    )


@program()
def static_argument_with_in_shardings(builder: LinenProgramBuilder) -> None:
    """`nnx.jit` of a function of a model that holds a layer, with `in_shardings` and a static argument."""
    static = builder.draw(st.sampled_from(["static_argnums=2", "static_argnums=(2,)", 'static_argnames="times"']))
    _as_in_nnx(
        builder,
        f"nnx.jit(lambda model, x, times: times * model(x), in_shardings=(None, None), {static})(each, x, 3)",
        "3 * each(x)",
    )


@program(needs="nnx.jit(graph_updates)")
def donated_by_name(builder: LinenProgramBuilder) -> None:
    """`nnx.jit` with `donate_argnames` of a function of a layer, in tree mode and without graph updates."""
    names, mode = (
        builder.draw(st.sampled_from(options))
        for options in (['"layer"', '("layer",)', '("layer", "y")'], ["graph=False", "graph=True, graph_updates=False"])
    )
    builder.write_program(
        _LAYER,
        f"""
        held, y = layer.kernel.value, jnp.ones((2, 4))
        call = nnx.jit(lambda layer, x, y: layer(x) + y, donate_argnames={names}, {mode})
        for _ in range(2):
            given = jnp.copy(y)
            assert_same(call(layer=layer, x=x, y=given), linen.apply(variables, x) + y)
            assert given.is_deleted() is {'"y"' in names}, "what is named and what is donated differ"
        assert held.is_deleted(), "the layer is not donated"
        """,
        _UNCHANGED,
    )


# Excused: Up to 0.10.0 NNX refuses such gradients of NNX layers as well, with `ValueError`.
@program(needs="nnx.custom_vjp")
def custom_vjp_with_nondiff_argnums(builder: LinenProgramBuilder) -> None:
    """`nnx.custom_vjp` of a function of a layer with `nondiff_argnums`, which its forward and backward function get."""
    builder.write_program(
        _LAYER,
        """
        def forward(layer, x, times):
            return times * layer(x), times

        def backward(times, held, cotangents):
            (layer_cotangents, *_), _ = cotangents
            of_layer = jax.tree.map(lambda leaf: jnp.full_like(leaf, 100 * times * held), layer_cotangents)
            return of_layer, jnp.full_like(x, times)

        call = nnx.custom_vjp(lambda layer, x, times: times * layer(x), nondiff_argnums=(2,))
        call.defvjp(forward, backward)
        assert_same(call(layer, x, 3), 3 * linen.apply(variables, x))
        gradients = lambda layer: nnx.grad(lambda layer, x: call(layer, x, 3).sum(), argnums=(0, 1))(layer, x)
        refused = raised(lambda: gradients(nnx.Linear(3, 4, rngs=nnx.Rngs(0))))
        assert refused in (None, ValueError) and raised(lambda: gradients(layer)) is refused
        if refused is None:
            of_layer, of_x = gradients(layer)
            assert [leaf.shape for leaf in jax.tree.leaves(of_layer)] == [(4,), (3, 4)]
            for leaf in jax.tree.leaves(of_layer):
                assert_same(leaf, jnp.full_like(leaf, 900))
            assert_same(of_x, jnp.full_like(x, 3))
        """,
        _UNCHANGED,
    )


@program(needs="nnx.grad(graph_updates)")
def grad_without_graph_updates(builder: LinenProgramBuilder) -> None:
    """`nnx.grad` of a layer with `graph_updates=False`: a layer that holds the gradients."""
    builder.write_program(
        _LAYER,
        """
        grads = nnx.grad(lambda layer: (layer(x) ** 2).sum(), graph_updates=False)(layer)
        expected = jax.grad(lambda variables: (linen.apply(variables, x) ** 2).sum())(variables)
        assert type(grads) is bridge.ToNNX
        assert_same(linen_variables(grads), expected)
        """,
        _UNCHANGED,
    )


@program(needs="nnx.jvp(graph)")
def jvp_that_returns_a_layer(builder: LinenProgramBuilder) -> None:
    """`nnx.jvp` in tree mode of a function that returns a layer."""
    builder.write_program(
        _LAYER,
        """
        squares = lambda layer: jax.tree.map(lambda leaf: leaf * leaf, layer)
        layers = nnx.jvp(squares, (layer,), (nnx.clone(layer),), graph=False)
        for found, times in zip(layers, (1, 2)):
            assert type(found) is bridge.ToNNX
            assert_same(linen_variables(found), jax.tree.map(lambda leaf: times * leaf * leaf, variables))
        """,
        _UNCHANGED,
    )


@program(needs="nnx.recursive_map")
def recursive_map_of_a_cycle(builder: LinenProgramBuilder) -> None:
    """`nnx.recursive_map` of a model that holds a layer and itself, which raises."""
    both(
        builder,
        """
        for each in (model, plain_model):
            each.own = each
            assert raised(lambda: nnx.recursive_map(lambda path, node: node, each)) is ValueError
            del each.own
        """,
    )


# Excused: Older releases refuse to split a variable or an array, whose ever it is.
@program(needs="nnx.bridge.variables.NNXMeta")
def variable_split_and_merged(builder: LinenProgramBuilder) -> None:
    """`nnx.split` and `nnx.merge` of a variable of a layer and of its array, which older releases refuse for any."""
    builder.write_program(
        _LAYER,
        """
        for held, plain_held in ((layer.kernel, nnx.Param(x)), (layer.kernel.value, x)):
            refused = raised(lambda: nnx.split(plain_held))
            assert refused in (None, RuntimeError) and raised(lambda: nnx.split(held)) is refused
            if refused is None:
                merged = nnx.merge(*nnx.split(held))
                assert type(merged) is type(held)
                assert_same(jnp.asarray(jax.tree.leaves(merged)[0]), variables["params"]["kernel"])
        """,
        _UNCHANGED,
    )


@program()
def model_that_holds_itself(builder: LinenProgramBuilder) -> None:
    """`nnx.split` and `nnx.merge` of a model that holds a layer and, under its first name, itself."""
    both(
        builder,
        """
        for each in (model, plain_model):
            each.again = each
        copy, plain_copy = (nnx.merge(*nnx.split(each)) for each in (model, plain_model))
        assert copy.again is copy and plain_copy.again is plain_copy
        assert_same(copy(x), plain_copy(x))
        for each in (model, plain_model):
            del each.again
        """,
    )


# Excused: The exception is caught because what counts is its message; without one the program fails.
@program(needs="nnx.compat")
def layer_passed_twice_in_tree_mode(builder: LinenProgramBuilder) -> None:
    """A transform in tree mode that gets a layer twice: it raises and names the one of `nnx.compat` that takes it."""
    name, call = builder.draw(
        st.sampled_from(
            [
                ("jit", "nnx.jit(both, graph=False)(layer, layer)"),
                ("grad", "nnx.grad(both, graph=False)(layer, layer)"),
                ("jvp", "nnx.jvp(both, (layer, layer), (layer, layer), graph=False)"),
            ]
        )
    )
    builder.write_program(
        _LAYER,
        f"""
        both = lambda first, second: (first(x) + second(x)).sum()
        try:
            {call}
        except ValueError as error:
            assert "nnx.compat.{name}(" in str(error), error
        else:
            raise AssertionError("no exception")
        """,
        _UNCHANGED,
    )


@program(needs="nnx.replace_by_pure_dict")
def pure_dict_with_numbers_as_text(builder: LinenProgramBuilder) -> None:
    """`nnx.replace_by_pure_dict` with "0", "1" and so on as keys, for a list of layers."""
    builder.write_program("""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        container = nnx.List if hasattr(nnx, "List") else list
        make = lambda seed: container([
            bridge.ToNNX(nn.Dense(2)).lazy_init(x, rngs=nnx.Rngs(seed + n)) for n in range(3)
        ])
        model, other = make(0), make(20)
        state = nnx.state(other)
        nnx.replace_by_pure_dict(state, {str(n): one for n, one in nnx.to_pure_dict(nnx.state(model)).items()})
        nnx.update(other, state)
        for one, another in zip(model, other):
            assert_same(linen_variables(another), linen_variables(one))
            assert_same(another(x), nn.Dense(2).apply(linen_variables(one), x))
    """)


@program(needs="nnx.bridge.variables.NNXMeta")
def repr_without_defaults(builder: LinenProgramBuilder) -> None:
    """`repr` of a variable of a layer, which names no option that has its default."""
    builder.write_program(
        _LAYER,
        """
        text = repr(layer.kernel)
        assert "Param" in text and "value=" in text
        assert not any(f"{name}=" in text for name in ("hijax", "ref", "eager_sharding")), text
        assert_same(layer(x), linen.apply(variables, x))
        """,
    )
