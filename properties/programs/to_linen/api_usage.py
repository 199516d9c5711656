"""Whole programs: other uses of a `ToLinen` module."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

program = feature(NnxFeatureKind.PROGRAM)


@program
def copy_and_pickle(builder: NnxProgramBuilder) -> None:
    """A `ToLinen` module copied by `copy.copy`, `copy.deepcopy` or `pickle`."""
    copied = builder.draw(
        st.sampled_from(["copy.copy(linen)", "copy.deepcopy(linen)", "pickle.loads(pickle.dumps(linen))"])
    )
    builder.write_program(
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
def numpy_variables_are_unchanged(builder: NnxProgramBuilder) -> None:
    """NumPy variables passed to a call of `nnx.BatchNorm`, unchanged by the call."""
    mutable = builder.draw(st.sampled_from(["", ', mutable=["batch_stats"]']))
    builder.write_program(
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
def numpy_variables_after_in_place_addition(builder: NnxProgramBuilder) -> None:
    """NumPy variables passed to a call that adds in place, unchanged by the call."""
    mutable = builder.draw(st.sampled_from(["", ', mutable=["batch_stats"]']))
    builder.write_program(
        f"""
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.calls = nnx.BatchStat(jnp.zeros(3))

            def __call__(self, x):
                self.calls.value += 1
                return x

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        variables = jax.tree.map(np.array, linen.init(jax.random.key(0), x))
        before = jax.tree.map(np.array, variables)
        linen.apply(variables, x{mutable})
        assert_same(variables, before)
        """,
    )


@program
def dict_type_in_a_call(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` that holds a dict, which is a dict in every call."""
    builder.write_program(
        """
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.w = nnx.Param({"a": jnp.ones(3)})

            def __call__(self, x):
                assert type(self.w.value) is dict, f"a {type(self.w.value).__name__}"
                return x * self.w.value["a"]

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        assert_same(linen.apply(linen.init(jax.random.key(0), x), x), x)
        """
    )


@program
def constructor_reads_values_under_jit(builder: NnxProgramBuilder) -> None:
    """A call under `jax.jit` of a module whose constructor reads the values that it draws."""
    builder.write_program(
        """
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                w = jax.random.normal(rngs.params(), (3,))
                self.w = nnx.Param(w / float(jnp.abs(w).max()))

            def __call__(self, x):
                return x * self.w.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        variables = linen.init(jax.random.key(0), x)
        block = Block(rngs=nnx.Rngs(0))
        set_variables(block, variables)
        assert_same(jax.jit(linen.apply)(variables, x), nnx.jit(lambda block, x: block(x))(block, x))
        """
    )


@program
def msgpack_of_sequential(builder: NnxProgramBuilder) -> None:
    """The variables of an `nnx.Sequential`, written and read as msgpack."""
    builder.write_program(
        """
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.layers = nnx.Sequential(nnx.Linear(3, 3, rngs=rngs), nnx.relu)

            def __call__(self, x):
                return self.layers(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        variables = linen.init(jax.random.key(0), x)
        written = flax.serialization.msgpack_serialize(unboxed(variables))
        restored = jax.tree.map(jnp.asarray, flax.serialization.msgpack_restore(written))
        assert_same(restored, unboxed(variables))
        assert_same(linen.apply({**variables, **restored}, x), linen.apply(variables, x))
        """
    )


@program
def sow(builder: NnxProgramBuilder) -> None:
    """A value sown into `nnx.Intermediate`, in mutable and immutable calls."""
    mutable = builder.draw(st.sampled_from(['["intermediates"]', "True"]))
    builder.write_program(
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
def sown_values_passed_back(builder: NnxProgramBuilder) -> None:
    """A call with the values that a previous call sowed."""
    builder.write_program(
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


@program
def redefined_variable_type(builder: NnxProgramBuilder) -> None:
    """An `nnx.Variable` type that is defined again under the same name, as in a notebook."""
    builder.write_program(
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


@program
def default_stream_at_the_call(builder: NnxProgramBuilder) -> None:
    """A call with a key for the default RNG stream."""
    builder.write_program(
        """
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.rngs = rngs

            def __call__(self, x):
                return x + jax.random.normal(self.rngs(), x.shape)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        variables = linen.init({"default": jax.random.key(0)}, x)
        one, again, other = (linen.apply(variables, x, rngs={"default": jax.random.key(n)}) for n in (1, 1, 2))
        assert_same(one, again)
        assert (one != other).any(), "another key gives the same output"
        """
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.wrappers.to_linen_class")
def named_to_linen_class_instance(builder: NnxProgramBuilder) -> None:
    """A named instance of a subclass of `to_linen_class` in a compact Linen module."""
    builder.write_program(
        """
        class Linear(bridge.wrappers.to_linen_class(nnx.Linear)):
            pass

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return Linear(in_features=3, out_features=4, name="first")(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        variables = Block().init(jax.random.key(0), x)
        assert variables["params"].keys() == {"first"}
        expected = nn.Dense(4).apply({"params": unboxed(variables)["params"]["first"]}, x)
        assert_same(Block().apply(variables, x), expected)
        """
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.functional")
def functional(builder: NnxProgramBuilder) -> None:
    """`bridge.functional`: `init` and `apply`."""
    given = builder.draw(st.sampled_from(["3, 4, use_bias=False", "in_features=3, out_features=4"]))
    builder.write_program(
        f"""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        made = bridge.functional(nnx.Linear)({given})
        state = made.init(rngs=nnx.Rngs(1))
        layer = nnx.Linear({given}, rngs=nnx.Rngs(1))
        assert_same(jax.tree.leaves(state), jax.tree.leaves(nnx.state(layer)))
        y, _ = made.apply(state)(x)
        assert_same(y, layer(x))
        """
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def method_of_a_bound_module(builder: NnxProgramBuilder) -> None:
    """`__self__` of a method of a bound `ToLinen` module, which is the module."""
    builder.write_program(
        """
        class Block(nnx.Linear):
            def doubled(self, x):
                return 2 * self(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block, 3, 4)
        bound = linen.bind(linen.init(jax.random.key(0), x))
        assert bound.doubled.__self__ is bound
        assert_same(bound.doubled(x), 2 * bound(x))
        """
    )
