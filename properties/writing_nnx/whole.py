"""Programs that are written down whole: lifted transforms, calls that Linen refuses, and round trips."""

from hypothesis import strategies as st

from properties.writing_nnx.draft import Draft
from properties.writing_nnx.features import Kind, feature

program = feature(Kind.PROGRAM)

_SCALED = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.w = nnx.Param(jax.random.normal(rngs.params(), (3,)))
            self.mean = nnx.BatchStat(jnp.zeros(()))

        def __call__(self, x):
            self.mean.value = 0.5 * self.mean[...] + x.max()
            return x * self.w[...] + self.mean[...]

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
"""
_LAYER = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.layer = nnx.Linear(3, 4, rngs=rngs)

        def __call__(self, x):
            return self.layer(x)

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = bridge.to_linen(Block)
    variables = linen.init(jax.random.key(0), x)
"""


# Lifted transforms, with parameters of their own for each element or step.


@program
def lifted_vmap(draft: Draft) -> None:
    """The lifted nn.vmap over it, with parameters and statistics of its own for each element of the batch."""
    draft.write(
        _SCALED,
        """
        axes = {"params": 0, "batch_stats": 0, "nnx": None}
        linen = nn.vmap(bridge.ToLinen, variable_axes=axes, split_rngs={"params": True})(Block)
        variables = linen.init(jax.random.key(0), x)
        y, updates = linen.apply(variables, x, mutable=["batch_stats"])

        block = Block(rngs=nnx.Rngs(0))
        assert not jnp.array_equal(*unboxed(variables)["params"]["w"])
        for n in range(2):
            set_variables(block, jax.tree.map(lambda leaf: leaf[n], unboxed(variables)))
            assert_same(y[n], block(x[n]))
            assert_same(jax.tree.map(lambda leaf: leaf[n], unboxed(updates)), variables_of(block, "batch_stats"))
        """,
    )


@program
def lifted_scan(draft: Draft) -> None:
    """The lifted nn.scan over it, with parameters and statistics of its own for each step."""
    draft.write(
        _SCALED,
        """
        class Step(nn.Module):
            @nn.compact
            def __call__(self, x, _):
                return bridge.to_linen(Block, name="inner")(x), None

        kinds = {"variable_axes": {"params": 0, "batch_stats": 0}, "variable_broadcast": "nnx"}
        linen = nn.scan(Step, **kinds, split_rngs={"params": True}, length=2)()
        variables = linen.init(jax.random.key(0), x, None)
        (y, _), updates = linen.apply(variables, x, None, mutable=["batch_stats"])

        block = Block(rngs=nnx.Rngs(0))
        expected = x
        for n in range(2):
            step = jax.tree.map(lambda leaf: leaf[n], unboxed(variables))
            set_variables(block, {name: tree["inner"] for name, tree in step.items()})
            expected = nnx.jit(lambda block, x: block(x))(block, expected)
        np.testing.assert_allclose(y, expected, rtol=1e-6)
        assert jax.tree.map(jnp.shape, unboxed(updates)) == {"batch_stats": {"inner": {"mean": (2,)}}}
        """,
    )


@program
def lifted_grad(draft: Draft) -> None:
    """nn.vjp inside a Linen module, by the parameters of it and by the input."""
    draft.write(
        _LAYER,
        """
        class Linen(nn.Module):
            @nn.compact
            def __call__(self, x):
                inner = bridge.to_linen(Block, name="inner")
                value, gradients = nn.vjp(lambda inner, x: (inner(x) ** 2).sum(), inner, x)
                return value, gradients(jnp.ones(()))

        linen = Linen()
        variables = linen.init(jax.random.key(0), x)
        value, (of_variables, of_x) = linen.apply(variables, x)

        block = Block(rngs=nnx.Rngs(0))
        set_variables(block, {"params": unboxed(variables)["params"]["inner"]})
        expected, gradients = nnx.value_and_grad(lambda block: (block(x) ** 2).sum())(block)
        assert_same(value, expected)
        assert_same(unboxed({"params": of_variables["params"]}), variables_of(gradients))
        assert_same(of_x, jax.grad(lambda x: (block(x) ** 2).sum())(x))
        """,
    )


@program
def copied(draft: Draft) -> None:
    """The Linen module copied, deeply or not, or pickled, is a Linen module as it was."""
    copied = draft.draw(
        st.sampled_from(["copy.copy(linen)", "copy.deepcopy(linen)", "pickle.loads(pickle.dumps(linen))"])
    )
    draft.write(
        f"""
        import copy
        import pickle

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(nnx.Linear, 3, 4)
        variables = linen.init(jax.random.key(0), x)
        assert_same({copied}.apply(variables, x), linen.apply(variables, x))
        """,
    )


@program
def variables_of_numpy_are_left_alone(draft: Draft) -> None:
    """A call with variables that are arrays of NumPy, as restored ones are, does not write into the caller's arrays."""
    mutable = draft.draw(st.sampled_from(["", ', mutable=["batch_stats"]']))
    draft.write(
        f"""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(nnx.BatchNorm, 3)
        variables = jax.tree.map(np.array, linen.init(jax.random.key(0), x))
        before = jax.tree.map(np.array, variables)
        linen.apply(variables, x{mutable})
        assert_same(variables, before)
        """,
    )


@program
def sow(draft: Draft) -> None:
    """A value that the module sows, which a mutable call gives back among the intermediates, and any other does not."""
    mutable = draft.draw(st.sampled_from(['["intermediates"]', "True"]))
    draft.write(
        f"""
        class Block(nnx.Module):
            def __call__(self, x):
                self.sow(nnx.Intermediate, "h", x)
                return 2 * x

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.ToLinen(Block, skip_rng=True)
        variables = linen.init(jax.random.key(0), x)
        y, updates = linen.apply(variables, x, mutable={mutable})
        assert_same(y, 2 * x)
        assert_same(unboxed(updates), {{"intermediates": {{"h": (x,)}}}})
        assert_same(linen.apply(variables, x), 2 * x)
        """
    )


@program
def sown_values_handed_back(draft: Draft) -> None:
    """A call with what an earlier one sowed among its variables, to which it appends, as plain Linen and NNX do."""
    draft.write(
        """
        class Block(nnx.Module):
            def __call__(self, x):
                self.sow(nnx.Intermediate, "h", x)
                return x

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.ToLinen(Block, skip_rng=True)
        variables = linen.init(jax.random.key(0), x)
        for calls in (1, 2):
            y, updates = linen.apply(variables, x, mutable=["intermediates"])
            variables = {**variables, **updates}
            assert_same(y, x)
            assert_same(unboxed(updates), {"intermediates": {"h": (x,) * calls}})
        """
    )


# What Linen refuses.


@program
def missing_parameter_is_refused(draft: Draft) -> None:
    """A call without one of the parameters, which plain Linen refuses."""
    draft.write(
        _LAYER,
        f"""
        del variables["params"]["layer"]{draft.draw(st.sampled_from(['["bias"]', '["kernel"]', ""]))}
        assert raised(lambda: linen.apply(variables, x)) is not None, "it is not refused"
        """,
    )


@program
def missing_collection_is_refused(draft: Draft) -> None:
    """A call without the collection of the parameters, which plain Linen refuses."""
    draft.write(
        _LAYER,
        """
        del variables["params"]
        assert raised(lambda: linen.apply(variables, x)) is not None, "it is not refused"
        """,
    )


@program
def misshapen_parameter_is_refused(draft: Draft) -> None:
    """A call with a parameter of another shape, which plain Linen refuses."""
    draft.write(
        _LAYER,
        f"""
        kernel = jnp.ones({draft.draw(st.sampled_from(["(3, 5)", "(3, 1)", "(2, 4)"]))})
        variables["params"]["layer"]["kernel"] = jax.tree.map(lambda _: kernel, variables["params"]["layer"]["kernel"])
        assert raised(lambda: linen.apply(variables, x)) is not None, "it is not refused"
        """,
    )


@feature(Kind.PROGRAM, needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def unknown_method_is_refused(draft: Draft) -> None:
    """A call by the name of a method that there is not, or of an attribute that is no method."""
    method = draft.draw(st.sampled_from(["nothing", "size"]))
    draft.write(
        _LAYER,
        f"""
        Block.size = 3
        assert raised(lambda: linen.apply(variables, x, nnx_method="{method}")) in (AttributeError, TypeError)
        """,
    )


@program
def wrong_width_is_refused(draft: Draft) -> None:
    """A call with an input of another width, which NNX refuses."""
    draft.write(
        _LAYER,
        """
        assert raised(lambda: linen.apply(variables, x[:, :2])) is not None, "it is not refused"
        """,
    )


@program
def missing_stream_is_refused(draft: Draft) -> None:
    """A call without keys for what draws random numbers, which plain Linen refuses."""
    given = draft.draw(st.sampled_from(["", ', rngs={"noise": jax.random.key(2)}']))
    draft.write(
        f"""
        x = jnp.ones((2, 3))
        linen = bridge.to_linen(nnx.Dropout, 0.5, deterministic=False)
        variables = linen.init({{"params": jax.random.key(0), "dropout": jax.random.key(1)}}, x)
        assert raised(lambda: linen.apply(variables, x{given})) is not None, "it is not refused"
        """,
    )


@program
def type_that_is_defined_twice(draft: Draft) -> None:
    """A type of variables that is defined anew with the module, as a cell of a notebook does when it is run again."""
    draft.write(
        """
        def defined():
            class Tally(nnx.Variable):
                pass

            class Block(nnx.Module):
                def __init__(self, *, rngs):
                    self.tally = Tally(jnp.ones(3))

                def __call__(self, x):
                    return x * self.tally.value

            return Block

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        for _ in range(2):
            linen = bridge.to_linen(defined())
            variables = linen.init(jax.random.key(0), x)
            assert_same(linen.apply(variables, x), x)
        """
    )


# There and back.


@program
def linen_to_nnx_to_linen(draft: Draft) -> None:
    """A Linen module in ToNNX in ToLinen is the Linen module: its variables, and its outputs."""
    draft.write(
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(4)(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        """,
        _BETWEEN,
        """
        assert_same(linen.apply(variables, x), Block().apply(expected, x))
        """,
    )


@program
def counter_there_and_back(draft: Draft) -> None:
    """A Linen module in ToNNX in ToLinen changes the collections that the outermost call says are mutable."""
    draft.write(
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                calls = self.variable("counter", "calls", jnp.zeros, ())
                calls.value += 1
                return x + calls.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        """,
        _BETWEEN,
        """
        for _ in range(2):
            y, updates = linen.apply(variables, x, mutable=["counter"])
            wanted, changed = Block().apply(expected, x, mutable=["counter"])
            assert_same(y, wanted)
            assert_same({name: tree["layer"] for name, tree in unboxed(updates).items()}, changed)
            variables, expected = {**variables, **updates}, {**expected, **changed}
        """,
    )


_BETWEEN = """
    class Between(nnx.Module):
        def __init__(self, *, rngs):
            self.layer = bridge.ToNNX(Block(), rngs=rngs)
            with keys_handed_to_linen() as keys:
                bridge.lazy_init(self.layer, x)
            handed.update(keys)

        def __call__(self, x):
            return self.layer(x)

    handed = {}
    linen = bridge.to_linen(Between)
    variables = linen.init(jax.random.key(0), x)
    expected = Block().init(handed, x)
    assert_same({name: tree["layer"] for name, tree in unboxed(variables).items()}, expected)
"""


@program
def nnx_to_linen_to_nnx(draft: Draft) -> None:
    """An NNX module in ToLinen in ToNNX is the NNX module: its variables, and its outputs."""
    draft.write(
        _LAYER,
        """
        layer = bridge.ToNNX(bridge.to_linen(Block), rngs=nnx.Rngs(0))
        with keys_handed_to_nnx() as keys:
            bridge.lazy_init(layer, x)

        block = Block(rngs=nnx.Rngs(**keys))
        assert_same(unboxed(linen_variables(layer)), variables_of(block))
        assert_same(layer(x), block(x))
        """,
    )


@program
def statistics_there_and_back(draft: Draft) -> None:
    """An NNX module in ToLinen in ToNNX changes its statistics as the NNX module does."""
    draft.write(
        _SCALED,
        """
        layer = bridge.ToNNX(bridge.to_linen(Block), rngs=nnx.Rngs(0))
        with keys_handed_to_nnx() as keys:
            bridge.lazy_init(layer, x)

        block = Block(rngs=nnx.Rngs(**keys))
        set_variables(block, linen_variables(layer))
        for _ in range(2):
            assert_same(layer(x, mutable=["batch_stats"]), block(x))
            assert_same(unboxed(linen_variables(layer)), variables_of(block))
        """,
    )
