"""Whole programs: which keys arrive at Linen, wherever they are passed, and the functions of NNX that change keys."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

_BLOCK = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dropout(0.5, deterministic=False)(nn.Dense(4)(x))

    x = jnp.linspace(-1.0, 1.0, 24).reshape(8, 3)
"""
# The layer, and an NNX module that draws the same keys and calls plain Linen with them.
_REFERENCE = """
    class Reference(nnx.Module):
        def __init__(self, rngs):
            self.rngs = rngs

        def __call__(self, x):
            return Block().apply(variables, x, rngs={name: stream() for name, stream in self.rngs.items()})

    layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(params=0, dropout=1, noise=2)).lazy_init(x)
    variables = linen_variables(layer)
    reference = Reference(nnx.clone(next(one for one in vars(layer).values() if isinstance(one, nnx.Rngs))))
"""

_STREAMS = ["nnx.Rngs(params=3, dropout=4)", "nnx.Rngs(params=3, dropout=4, noise=5)"]
_KEYS = ["jax.random.key(3)", "jax.random.PRNGKey(3)"]


def _at_each_place(builder: LinenProgramBuilder, made: str, at_init: str, at_call: str) -> None:
    """Keys at construction, at lazy init and at the call: "" where none are passed."""
    constructed = f", rngs={made}" if made else ""
    initialized = f", rngs={at_init}" if at_init else ""
    called = f", rngs={at_call}" if at_call else ""
    streams = _streams_of(at_call or made)
    builder.write_program(
        _BLOCK,
        f"""
        layer = bridge.ToNNX(Block(){constructed})
        with bridged(), capture_linen_rngs() as keys:
            layer.lazy_init(x{initialized})
        with plain():
            variables = Block().init(keys, x)
        assert_same(linen_variables(layer), variables)
        assert keys.keys() == {_streams_of(at_init or made)!r}, f"keys of {{sorted(keys)}}"

        masks = []
        for call in range(2):
            with bridged(), capture_linen_rngs() as keys:
                y = layer(x{called})
            with plain():
                expected = Block().apply(variables, x, rngs=keys)
            assert_same(y, expected)
            assert_same(linen_variables(layer), variables)
            assert keys.keys() == {streams!r}, f"keys of {{sorted(keys)}}"
            masks.append(y == 0)
        assert (masks[0] == masks[1]).all() == {bool(at_call)}, "keys of the two calls"
        """,
    )


def _streams_of(rngs: str) -> set[str]:
    """The RNG streams that Linen gets: the default stream as `params`."""
    named = {name for name in ("params", "dropout", "noise") if f"{name}=" in rngs}
    return named if "params" in named else named | {"params"}


@program()
def rngs_at_each_place(builder: LinenProgramBuilder) -> None:
    """An `nnx.Rngs` of several streams at construction, at `lazy_init` and at the call, or at some of these places."""
    made = builder.draw(st.sampled_from(["", *_STREAMS]))
    at_init = builder.draw(st.sampled_from(_STREAMS if not made else ["", "nnx.Rngs(params=5, dropout=6)"]))
    at_call = builder.draw(st.sampled_from(["nnx.Rngs(params=7, dropout=8)"] + ([""] if made else [])))
    _at_each_place(builder, made, at_init, at_call)


@program(needs="nnx.bridge.ToNNX.__call__(rngs: Array)")
def default_stream_or_key_at_each_place(builder: LinenProgramBuilder) -> None:
    """A key or an `nnx.Rngs` with only the default stream, at construction, at `lazy_init` and at the call."""
    few = ["nnx.Rngs(3)", "nnx.Rngs(3, dropout=4)", "nnx.Rngs(default=3)", *_KEYS]
    made = builder.draw(st.sampled_from(["", *few]))
    at_init = builder.draw(st.sampled_from([*([""] if made else []), *few]))
    at_call = builder.draw(st.sampled_from([*([""] if made else []), *few]))
    _at_each_place(builder, made, at_init, at_call)


@program()
def without_keys_raises(builder: LinenProgramBuilder) -> None:
    """A layer without keys, at `lazy_init` and at a call, which raise as plain Linen does and keep the state."""
    made = builder.draw(st.sampled_from(["", ", rngs=None"]))
    builder.write_program(
        _BLOCK,
        f"""
        layer = bridge.ToNNX(Block(){made})
        expected = raised(lambda: Block().init({{}}, x))
        assert raised(lambda: layer.lazy_init(x)) is expected is not None
        layer.lazy_init(x, rngs=nnx.Rngs(params=0, dropout=1))
        variables = linen_variables(layer)
        expected = raised(lambda: Block().apply(variables, x))
        assert raised(lambda: layer(x)) is expected is not None
        assert_same(linen_variables(layer), variables)
        with bridged(), capture_linen_rngs() as keys:
            y = layer(x, rngs=nnx.Rngs(params=0, dropout=1))
        with plain():
            expected = Block().apply(variables, x, rngs=keys)
        assert_same(y, expected)
        """,
    )


_LOOPS = {
    "scan": "jax.lax.scan(lambda x, key: (call(x, key), x.sum()), x, keys)",
    "map": "jax.lax.map(lambda key: call(x, key), keys)",
    "vmap": "jax.vmap(call, (None, 0))(x, keys)",
    "fori_loop": "jax.lax.fori_loop(0, 3, lambda n, x: call(x, keys[n]), x)",
    "cond": "jax.lax.cond(x.sum() < 9, call, lambda x, key: x, x, keys[0])",
    "grad": "jax.grad(lambda x: (call(x, keys[0]) ** 2).sum())(x)",
    "checkpoint": "jax.checkpoint(call)(x, keys[0])",
    "jit": "jax.jit(call)(x, keys[0])",
}


def _closed_over(builder: LinenProgramBuilder, rngs: str) -> None:
    loop = builder.draw(st.sampled_from(sorted(_LOOPS)))
    builder.write_program(
        _BLOCK.replace("nn.Dense(4)", "nn.Dense(3)"),
        f"""
        layer = bridge.ToNNX(Block()).lazy_init(x, rngs=nnx.Rngs(params=0, dropout=1))
        variables = linen_variables(layer)
        keys = jax.random.split(jax.random.key(0), 3)

        def transformed(call):
            return {_LOOPS[loop]}

        with bridged():
            y = transformed(lambda x, key: layer(x, rngs={rngs}))
        with plain():
            expected = transformed(lambda x, key: Block().apply(variables, x, rngs=arriving(key)))
        assert_same(y, expected)
        assert_same(linen_variables(layer), variables)
        """.replace("arriving(key)", "key" if rngs == "key" else "{'dropout': nnx.Rngs(dropout=key).dropout()}"),
    )


@program()
def closed_over_by_control_flow_with_an_rngs(builder: LinenProgramBuilder) -> None:
    """A layer built without `rngs`, closed over by raw JAX control flow that passes it an `nnx.Rngs`."""
    _closed_over(builder, "nnx.Rngs(dropout=key)")


@program(needs="nnx.bridge.ToNNX.__call__(rngs: Array)")
def closed_over_by_control_flow_with_a_key(builder: LinenProgramBuilder) -> None:
    """A layer built without `rngs`, closed over by raw JAX control flow that passes it a key."""
    _closed_over(builder, "key")


_THREE_CALLS = """
        for _ in range(3):
            assert_same(layer(x), reference(x))
        assert_same(linen_variables(layer), variables)
"""


@program()
def nnx_reseed(builder: LinenProgramBuilder) -> None:
    """`nnx.reseed` of one stream or of two, which restarts these streams alone."""
    seeds = builder.draw(st.sampled_from(["dropout=5", "dropout=jax.random.key(5)", "params=6, dropout=5", "noise=7"]))
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        f"""
        assert_same(layer(x), reference(x))
        for _ in range(2):
            nnx.reseed(layer, {seeds})
            nnx.reseed(reference, {seeds})
            for _ in range(2):
                assert_same(layer(x), reference(x))
        """,
    )


@program()
def rng_key_and_rng_count(builder: LinenProgramBuilder) -> None:
    """The `nnx.RngKey` and `nnx.RngCount` variables of a layer, which are all that decides which keys it draws."""
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        """
        layer(x)
        given = jax.tree.map(lambda leaf: leaf, nnx.state(layer, (nnx.RngKey, nnx.RngCount)))
        counts = [int(leaf) for leaf in jax.tree.leaves(nnx.state(layer, nnx.RngCount))]
        calls = [layer(x) for _ in range(2)]
        assert not jnp.array_equal(*calls)
        now = [int(leaf) for leaf in jax.tree.leaves(nnx.state(layer, nnx.RngCount))]
        assert now == [count + 2 for count in counts], f"counts {now}, after {counts}"
        other = bridge.ToNNX(Block(), rngs=nnx.Rngs(params=7, dropout=8, noise=9)).lazy_init(x)
        nnx.update(other, nnx.state(layer, nnx.Param))
        nnx.update(other, given)
        for y in calls:
            assert_same(other(x), y)
        """,
    )


@program()
def tags_of_streams(builder: LinenProgramBuilder) -> None:
    """The name of an RNG stream as a filter of `nnx.state` and `nnx.split`."""
    name = builder.draw(st.sampled_from(["dropout", "params", "noise"]))
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        f"""
        assert_same(layer(x), reference(x))
        of_layer, of_reference = (nnx.state(one, "{name}") for one in (layer, reference))
        assert_same(jax.tree.leaves(of_layer), jax.tree.leaves(of_reference))
        assert len(jax.tree.leaves(of_layer)) == 2
        graphdef, stream, params, rest = nnx.split(layer, "{name}", nnx.Param, ...)
        assert_same(jax.tree.leaves(stream), jax.tree.leaves(of_layer))
        layer = nnx.merge(graphdef, stream, params, rest)
        """,
        _THREE_CALLS,
    )


@program()
def split_rngs(builder: LinenProgramBuilder) -> None:
    """`nnx.split_rngs` of a stream with `nnx.vmap`, after which `nnx.restore_rngs` gives the layer its streams back."""
    only = builder.draw(st.sampled_from(['"dropout"', "...", 'lambda path, _: "dropout" in path']))
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        f"""
        def masks(module):
            backups = nnx.split_rngs(module, splits=4, only={only})
            axes = nnx.StateAxes({{{"nnx.RngState" if only == "..." else only}: 0, ...: None}})
            y = nnx.vmap(lambda module, x: module(x), in_axes=(axes, None))(module, x)
            nnx.restore_rngs(backups)
            return y

        assert_same(layer(x), reference(x))
        y = masks(layer)
        assert_same(y, masks(reference))
        assert len({{one.tobytes() for one in np.asarray(y)}}) == 4, "masks of rows"
        """,
        _THREE_CALLS,
    )


@program()
def split_rngs_decorator(builder: LinenProgramBuilder) -> None:
    """`nnx.split_rngs` as a decorator, and as a context."""
    way = builder.draw(
        st.sampled_from(
            [
                'y = nnx.split_rngs(splits=3, only="dropout")(called)(module)',
                'with nnx.split_rngs(module, splits=3, only="dropout"):\n                y = called(module)',
            ]
        )
    )
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        f"""
        def called(module):
            axes = nnx.StateAxes({{"dropout": 0, ...: None}})
            return nnx.vmap(lambda module, x: module(x), in_axes=(axes, None))(module, x)

        def masks(module):
            {way}
            return y

        assert_same(masks(layer), masks(reference))
        """,
        _THREE_CALLS,
    )


@program(needs="nnx.fork_rngs")
def fork_rngs(builder: LinenProgramBuilder) -> None:
    """`nnx.fork_rngs` of a layer, whose streams are its own again afterwards."""
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        f"""
        def forked(module):
            with nnx.fork_rngs(module):
                return [module(x) for _ in range(2)]

        def split_in_two(module):
            with nnx.fork_rngs(module, split={{"dropout": 2}}):
                axes = nnx.StateAxes({{"dropout": 0, ...: None}})
                return nnx.vmap(lambda module, x: module(x), in_axes=(axes, None))(module, x)

        before = layer(x)
        assert_same(before, reference(x))
        inside = {builder.draw(st.sampled_from(["forked", "split_in_two"]))}
        y = inside(layer)
        assert_same(y, inside(reference))
        assert not jnp.array_equal(y[0], before)
        """,
        _THREE_CALLS,
    )


@program(needs="nnx.with_rngs")
def with_rngs(builder: LinenProgramBuilder) -> None:
    """`nnx.with_rngs` of a layer: a copy with other streams, and a layer that goes on as before."""
    way = builder.draw(
        st.sampled_from(['split={"dropout": 2}', 'fork="dropout"', "fork=...", 'broadcast={"dropout": 2}'])
    )
    axis = "0" if "2" in way else "None"
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        f"""
        def outputs(module):
            module = nnx.with_rngs(module, {way}, graph=True, graph_updates=False)
            if {axis} is None:
                return [module(x) for _ in range(2)]
            axes = nnx.StateAxes({{"dropout": {axis}, ...: None}})
            return nnx.vmap(lambda module, x: module(x), in_axes=(axes, None), graph=True)(module, x)

        assert_same(layer(x), reference(x))
        assert_same(outputs(layer), outputs(reference))
        """,
        _THREE_CALLS,
    )


@program()
def nnx_call(builder: LinenProgramBuilder) -> None:
    """`nnx.call` of a split layer, eagerly and under `jax.jit`, in three successive calls."""
    wrap = builder.draw(st.sampled_from(["", "jax.jit"]))
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        f"""
        call = {wrap}(lambda pair, x: nnx.call(pair)(x))
        pairs = [nnx.split(nnx.clone(one)) for one in (layer, reference)]
        for _ in range(3):
            (y, pairs[0]), (expected, pairs[1]) = (call(pair, x) for pair in pairs)
            assert_same(y, expected)
        layer, reference = (nnx.merge(*pair) for pair in pairs)
        """,
        _THREE_CALLS,
    )


@program(needs="nnx.checkify")
def nnx_checkify(builder: LinenProgramBuilder) -> None:
    """`nnx.checkify` of a Linen module that checks its input: errors, outputs and keys."""
    wrap = builder.draw(st.sampled_from(["", "nnx.jit"]))
    builder.write_program(
        """
        from jax.experimental import checkify

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                checkify.check(x[0, 0] < 5, "too large")
                return nn.Dropout(0.5, deterministic=False)(nn.Dense(4)(x))

        x = jnp.linspace(-1.0, 1.0, 24).reshape(8, 3)
        """,
        _REFERENCE,
        f"""
        call = {wrap}(nnx.checkify(lambda module, x: module(x)))
        for given, message in ((x, None), (x + 9, "too large"), (x, None)):
            (error, y), (expected_error, expected) = (call(one, given) for one in (layer, reference))
            assert_same(y, expected)
            assert (message or "") in str(error.get()) and str(error.get()) == str(expected_error.get())
            assert (error.get() is None) == (message is None)
        """,
        _THREE_CALLS,
    )


@program(needs="nnx.make_jaxpr")
def nnx_make_jaxpr(builder: LinenProgramBuilder) -> None:
    """`nnx.make_jaxpr` of a call, which draws no key of the layer."""
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        """
        def traced(module):
            return nnx.make_jaxpr(lambda module, x: module(x), graph=True, graph_updates=False)(module, x)

        def drawn(jaxpr):
            return str(jaxpr).count("random_bits"), str(jaxpr).count("random_fold_in"), str(jaxpr.out_avals)

        jaxprs = [traced(one) for one in (layer, reference)]
        assert drawn(jaxprs[0]) == drawn(jaxprs[1]), f"{drawn(jaxprs[0])}, expected {drawn(jaxprs[1])}"
        assert drawn(jaxprs[0])[0] == 1
        """,
        _THREE_CALLS,
    )


@program(needs="nnx.capture")
def nnx_capture(builder: LinenProgramBuilder) -> None:
    """`nnx.capture` of a model that sows next to its layer: what it captures, outputs and keys."""
    builder.write_program(
        _BLOCK,
        _REFERENCE,
        """
        class Model(nnx.Module):
            def __init__(self, layer):
                self.layer = layer

            def __call__(self, x):
                y = self.layer(x)
                self.sow(nnx.Intermediate, "h", y)
                return y

        for _ in range(2):
            y, captured = nnx.capture(Model(layer), nnx.Intermediate)(x)
            expected, sown = nnx.capture(Model(reference), nnx.Intermediate)(x)
            assert_same(y, expected)
            assert_same(jax.tree.leaves(captured), jax.tree.leaves(sown))
        """,
        _THREE_CALLS,
    )
