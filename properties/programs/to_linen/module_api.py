"""Whole programs: parameters, variables and keys of a ``bridge.Module`` itself, and its calls."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature
from properties.programs.to_linen.sublayers import compact

# 0.10.4 has the class, and little in it.
of_bridge_module = feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.with_partitioning")


@of_bridge_module
def param_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A parameter and a counter of a `bridge.Module`, in two mutable calls."""
    builder.write_program(
        compact(
            """x = x + self.param("w", nn.initializers.normal(), (3,))
            count = self.variable("counter", "count", jnp.zeros, ())
            count.value = count.value + 1
            x = x + count.value""",
        ),
        """
        params, count = unboxed(variables)["params"], unboxed(variables)["counter"]["count"]
        for _ in range(2):
            y, updates = model.apply(variables, x, mutable=["counter"])
            count = count + 1
            assert_same(y, x + params["w"] + count)
            assert_same(unboxed(updates)["counter"], {"count": count})
            variables = {**variables, **updates}
        """,
    )


@of_bridge_module
def sow_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A value that a `bridge.Module` sows."""
    builder.write_program(
        compact('self.sow("intermediates", "h", x)'),
        """
        y, updates = model.apply({}, x, mutable=["intermediates"])
        assert_same(y, x)
        assert_same(unboxed(updates)["intermediates"], {"h": (x,)})
        """,
    )


@of_bridge_module
def sown_values_passed_back_to_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` with the values that a previous call sowed."""
    builder.write_program(
        compact('self.sow("intermediates", "h", x)'),
        """
        _, sown = model.apply({}, x, mutable=["intermediates"])
        y, updates = model.apply(sown, x, mutable=["intermediates"])
        assert_same(y, x)
        assert_same(unboxed(updates)["intermediates"], {"h": (x, x)})
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@of_bridge_module
def change_of_an_immutable_collection_in_a_bridge_module_raises(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` that changes a collection that is not mutable."""
    builder.write_program(
        compact(
            """count = self.variable("counter", "count", jnp.zeros, ())
            count.value = count.value + 1""",
        ),
        """
        assert raised(lambda: model.apply(variables, x)) is not None, "no exception"
        """,
    )


@of_bridge_module
def names_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """Modules with given names in a list of a `bridge.Module`."""
    names = builder.draw(st.sampled_from([("first", "second"), ("layers_0", "layers_1"), ("b", "a")]))
    builder.write_program(
        f"""
        class Scale(bridge.Module):
            size: int

            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.normal(), (self.size,))

        class Block(bridge.Module):
            def setup(self):
                self.layers = [Scale(3, name=name) for name in {names}]

            def __call__(self, x):
                for layer in self.layers:
                    x = layer(x)
                return x

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model = Block()
        params = unboxed(model.init(jax.random.key(0), x))["params"]
        """,
        f"""
        assert sorted(params) == {sorted(names)}
        first, second = (params[name]["w"] for name in {names})
        assert_same(model.apply({{"params": params}}, x), x * first * second)
        """,
    )


@of_bridge_module
def make_rng_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A key that a `bridge.Module` draws by `self.make_rng`."""
    builder.write_program(
        compact('x = x + jax.random.normal(self.make_rng("noise"), x.shape)'),
        """
        one, again, other = (model.apply({}, x, rngs={"noise": jax.random.key(seed)}) for seed in (1, 1, 2))
        assert_same(one, again)
        assert not jnp.array_equal(one, other)
        """,
    )


@of_bridge_module
def method_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """Another method of a `bridge.Module`, called by name or by function."""
    method = builder.draw(st.sampled_from(['"doubled"', "Block.doubled"]))
    builder.write_program(
        """
        class Block(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.normal(), (3,))

            def doubled(self, x):
                return 2 * self(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model = Block()
        y, variables = model.init_with_output(jax.random.key(0), x)
        """,
        f"""
        w = unboxed(variables)["params"]["w"]
        assert_same(y, x * w)
        assert_same(model.apply(variables, x, method={method}), 2 * (x * w))
        """,
    )


@of_bridge_module
def keyword_arguments_of_an_initializer(builder: NnxProgramBuilder) -> None:
    """A parameter of a `bridge.Module` whose initializer takes keyword arguments."""
    builder.write_program(
        compact('x = x + self.param("w", nn.initializers.constant(2.0), shape=(3,), dtype=jnp.float16)'),
        """
        w = unboxed(variables)["params"]["w"]
        assert_same(w, jnp.full((3,), 2.0, jnp.float16))
        assert_same(model.apply(variables, x), x + w)
        """,
    )


@of_bridge_module
def setup_value_replaces_a_parameter(builder: NnxProgramBuilder) -> None:
    """An array that `setup` of a `bridge.Module` assigns under the name of a parameter or variable."""
    made, collection = builder.draw(
        st.sampled_from(
            [
                ('self.param("w", nn.initializers.zeros, (3,))', "params"),
                ('self.variable("counter", "w", jnp.zeros, (3,)).value', "counter"),
            ]
        )
    )
    builder.write_program(
        f"""
        class Block(bridge.Module):
            def setup(self):
                self.w = jnp.full(3, 5.0)

            def __call__(self, x):
                return x + {made}

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        variables = Block().init(jax.random.key(0), x)
        assert_same(unboxed(variables), {{"{collection}": {{"w": jnp.full(3, 5.0)}}}})
        """
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@of_bridge_module
def setup_value_of_wrong_shape_raises(builder: NnxProgramBuilder) -> None:
    """An array of the wrong shape that `setup` of a `bridge.Module` assigns under the name of a parameter."""
    builder.write_program(
        """
        class Block(bridge.Module):
            def setup(self):
                self.w = jnp.full(4, 5.0)

            def __call__(self, x):
                return x + self.param("w", nn.initializers.zeros, (1,))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        assert raised(lambda: Block().init(jax.random.key(0), x[:, :1])) is not None, "no exception"
        """
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@of_bridge_module
def parameter_of_wrong_shape_in_a_bridge_module_raises(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` with a parameter of the wrong shape."""
    builder.write_program(
        compact('x = x + self.param("w", nn.initializers.ones, (3,))'),
        """
        assert raised(lambda: model.apply({"params": {"w": jnp.ones(1)}}, x)) is not None, "no exception"
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@of_bridge_module
def missing_parameter_of_a_bridge_module_raises(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` without the parameter that it creates, with and without keys."""
    given = builder.draw(st.sampled_from(["", ', rngs={"params": jax.random.key(1)}']))
    builder.write_program(
        compact('x = x + self.param("w", nn.initializers.normal(), (3,))'),
        f"""
        assert raised(lambda: model.apply({{"params": {{}}}}, x{given})) is not None, "no exception"
        """,
    )


@of_bridge_module
def names_of_compact_bridge_modules(builder: NnxProgramBuilder) -> None:
    """Numbered or named `bridge.Module` objects in a compact `bridge.Module`."""
    given, names = builder.draw(
        st.sampled_from([(("", ""), ("Scale_0", "Scale_1")), (('name="b"', 'name="a"'), ("b", "a"))])
    )
    builder.write_program(
        """
        class Scale(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.normal(), (3,))
        """,
        compact(f"x = Scale({given[0]})(x)\n            x = Scale({given[1]})(x)"),
        f"""
        params = unboxed(variables)["params"]
        assert sorted(params) == {sorted(names)}
        first, second = (params[name]["w"] for name in {names})
        assert_same(model.apply(variables, x), x * first * second)
        """,
    )


@of_bridge_module
def bridge_module_without_a_parent(builder: NnxProgramBuilder) -> None:
    """A `bridge.Module` with `parent=None` in another `bridge.Module`."""
    builder.write_program(
        """
        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.normal(), (3,))
        """,
        compact("inner = Inner(parent=None)\n            x = inner.apply(inner.init(jax.random.key(1), x), x)"),
        """
        inner = Inner()
        assert unboxed(variables) == {}
        assert_same(model.apply(variables, x), inner.apply(inner.init(jax.random.key(1), x), x))
        """,
    )


@of_bridge_module
def rngs_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """`init` of a `bridge.Module` with a number, a key, a dict of keys or an `nnx.Rngs`."""
    way = builder.draw(
        st.sampled_from(["seed", "jax.random.key(seed)", '{"params": jax.random.key(seed)}', "nnx.Rngs(seed)"])
    )
    builder.write_program(
        compact('x = x * self.param("w", nn.initializers.normal(), (3,))'),
        f"""
        one, other = (unboxed(model.init({way}, x))["params"]["w"] for seed in (1, 2))
        assert_same(one, unboxed(model.init(nnx.Rngs(params=1), x))["params"]["w"])
        assert (one != other).any(), "other keys give the same parameters"
        """,
    )


@of_bridge_module
def two_streams_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """Keys that a `bridge.Module` draws from two RNG streams."""
    draws = " + ".join(f'jax.random.normal(self.make_rng("{name}"), x.shape)' for name in ("noise", "sample"))
    builder.write_program(
        compact(f"x = x + {draws}").replace(
            "jax.random.key(0)", '{"noise": jax.random.key(0), "sample": jax.random.key(1)}'
        ),
        """
        def output(noise, sample):
            return model.apply({}, x, rngs={"noise": jax.random.key(noise), "sample": jax.random.key(sample)})

        assert_same(output(1, 2), output(1, 2))
        assert (output(1, 2) != output(3, 2)).any(), "the output does not depend on the stream noise"
        assert (output(1, 2) != output(1, 3)).any(), "the output does not depend on the stream sample"
        """,
    )


@of_bridge_module
def default_stream_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A key that a `bridge.Module` draws from the default RNG stream."""
    builder.write_program(
        compact("x = x + jax.random.normal(self.make_rng(), x.shape)"),
        """
        expected = x + jax.random.normal(nnx.Rngs(1).default(), x.shape)
        for rngs in (nnx.Rngs(1), nnx.Rngs(default=1, params=2), jax.random.key(1)):
            assert_same(model.apply({}, x, rngs=rngs), expected)
        """,
    )


@of_bridge_module
def init_of_a_bridge_module_by_method(builder: NnxProgramBuilder) -> None:
    """`init` and `init_with_output` of a `bridge.Module` with the argument `method`."""
    method = builder.draw(st.sampled_from(['"other"', "Block.other"]))
    builder.write_program(
        f"""
        class Block(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return x + self.param("b", nn.initializers.ones, (3,))

            @bridge.compact
            def other(self, x):
                return x * self.param("w", nn.initializers.normal(), (3,))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        variables = Block().init(jax.random.key(0), x, method={method})
        y, others = Block().init_with_output(jax.random.key(0), x, method={method})
        assert unboxed(variables)["params"].keys() == {{"w"}}
        assert_same(others, variables)
        assert_same(y, x * unboxed(variables)["params"]["w"])
        """
    )


@of_bridge_module
def mutable_empty_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` with `mutable=[]`."""
    builder.write_program(
        compact('x = x * self.param("w", nn.initializers.normal(), (3,))'),
        """
        y, updates = model.apply(variables, x, mutable=[])
        assert_same(y, model.apply(variables, x))
        """,
    )


@of_bridge_module
def bridge_module_after_an_error(builder: NnxProgramBuilder) -> None:
    """A `ToNNX` call after a mutable call of a `bridge.Module` that raises."""
    builder.write_program(
        """
        class Block(bridge.Module):
            def __call__(self, x):
                raise KeyError("expected")

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        assert raised(lambda: Block().apply({}, x, mutable=["batch_stats"])) is KeyError

        norm = nn.BatchNorm(use_running_average=False)
        layer = bridge.ToNNX(norm, rngs=nnx.Rngs(0)).lazy_init(x)
        variables = linen_variables(layer)
        assert raised(lambda: layer(x)) is raised(lambda: norm.apply(variables, x)) is not None
        assert_same(linen_variables(layer), variables)
        """
    )


@of_bridge_module
def hash_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A `bridge.Module` as a key of a dict and as a static argument of `jax.jit`."""
    builder.write_program(
        compact('x = x * self.param("w", nn.initializers.normal(), (3,))'),
        """
        apply = jax.jit(lambda model, variables: model.apply(variables, x), static_argnums=0)
        for each in (model, type(model)()):
            assert {each: 1}[each] == 1
            assert_same(apply(each, variables), x * unboxed(variables)["params"]["w"])
        """,
    )
