"""Whole programs: which modules and variables a call reaches, and what it leaves as it was."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature
from properties.programs.to_linen.module_api import of_bridge_module
from properties.programs.to_linen.sublayers import compact
from properties.programs.to_linen.templates import LAYER

# A module that takes another one, and what a test says of both.
_IN_A_FIELD = """
    def of_bridge(seen):
        class Scale(bridge.Module):
            def setup(self):
                seen.append("scale")

            {compact}
            def __call__(self, x):
                return {scaled}

        class Inner(bridge.Module):
            scale: Scale

            def setup(self):
                seen.append("inner")

            def __call__(self, x):
                return self.scale(x)

        class Block(bridge.Module):
            def setup(self):
                seen.append("outer")
                self.inner = Inner(Scale())

            def __call__(self, x):
                return self.inner(x)

        return Block()
"""


def _in_a_field(scaled: str) -> tuple[str, str]:
    """The modules, in `bridge.Module` and in plain Linen."""
    text = _IN_A_FIELD.replace("{scaled}", scaled).replace("{compact}", "@bridge.compact")
    return text, text.replace("bridge.", "nn.").replace("of_bridge", "of_linen")


@of_bridge_module
def setup_of_a_module_in_a_field(builder: NnxProgramBuilder) -> None:
    """The order in which `setup` of a `bridge.Module` and of the one in its field run."""
    builder.write_program(
        *_in_a_field("2 * x"),
        """
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        seen, expected = [], []
        y, _ = of_bridge(seen).init_with_output(jax.random.key(0), x)
        assert_same(y, of_linen(expected).init_with_output(jax.random.key(0), x)[0])
        assert seen == expected, f"{seen}, expected {expected}"
        """,
    )


@of_bridge_module
def module_in_a_field(builder: NnxProgramBuilder) -> None:
    """A `bridge.Module` that the `setup` of another one passes to a third one."""
    builder.write_program(
        *_in_a_field('x * self.param("w", nn.initializers.normal(), (3,))'),
        """
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model, linen = of_bridge([]), of_linen([])
        variables = unboxed(model.init(jax.random.key(0), x))
        assert jax.tree.map(jnp.shape, variables) == {"params": {"inner": {"scale": {"w": (3,)}}}}
        assert_same(model.apply(variables, x), linen.apply(variables, x))
        """,
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.set_graph_mode")
def bridge_module_in_tree_mode(builder: NnxProgramBuilder) -> None:
    """A `bridge.Module` with submodules or with a layer, under `nnx.set_graph_mode(False)`."""
    setup = builder.draw(
        st.sampled_from(
            [
                "self.layers = [Scale(), Scale()]",
                "self.a = Scale(); self.layers = [self.a, self.a]",
                'self.named = {"a": Scale(), "b": Scale()}; self.layers = list(self.named.values())',
                "self.a = bridge.linen_in_bridge_mdl(nn.Dense(3)); self.layers = [self.a]",
                "self.a = bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(3, 3, rngs=rngs)); self.layers = [self.a]",
            ]
        )
    )
    builder.write_program(
        f"""
        class Scale(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                count = self.variable("counter", "count", jnp.zeros, ())
                count.value = count.value + 1
                return x * self.param("w", nn.initializers.normal(), (3,)) + count.value

        class Block(bridge.Module):
            def setup(self):
                {setup.replace("; ", chr(10) + " " * 16)}

            def __call__(self, x):
                for layer in self.layers:
                    x = layer(x)
                return Scale(name="last")(x)
        """,
        """
        def results():
            y, variables = Block().init_with_output(jax.random.key(0), x)
            return unboxed(variables), y, Block().apply(variables, x, mutable=["counter"])[0]

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        expected = results()
        with nnx.set_graph_mode(False):
            assert_same(results(), expected)
        """,
    )


# Excused: Any exception counts. Plain Linen raises `CallCompactUnboundModuleError`, which says that a compact method
# needs a scope; a compact `bridge.Module` needs one for what it creates.
@of_bridge_module
def call_of_an_unbound_bridge_module_raises(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` outside `apply` that creates a submodule, a variable or a key."""
    body = builder.draw(
        st.sampled_from(
            [
                "Double()(x)",
                'Double(name="inner")(x)',
                'x * self.param("w", nn.initializers.normal(), (3,))',
                'x + self.variable("counter", "count", jnp.zeros, ()).value',
                'x + jax.random.normal(self.make_rng("params"), (3,))',
            ]
        )
    )
    builder.write_program(
        f"""
        def of_bridge():
            class Double(bridge.Module):
                def __call__(self, x):
                    return 2 * x

            class Block(bridge.Module):
                @bridge.compact
                def __call__(self, x):
                    return {body}

            return Block
        """,
        f"""
        def of_linen():
            class Double(nn.Module):
                def __call__(self, x):
                    return 2 * x

            class Block(nn.Module):
                @nn.compact
                def __call__(self, x):
                    return {body}

            return Block
        """,
        """
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        for made in (of_bridge(), of_linen()):
            model = made()
            fresh = model.init_with_output(jax.random.key(0), x)
            assert raised(lambda: model(x)) is not None, "no exception"
            assert_same(model.init_with_output(jax.random.key(0), x), fresh)
        """,
    )


@of_bridge_module
def variables_of_the_caller(builder: NnxProgramBuilder) -> None:
    """The variables passed to a call of a `bridge.Module`, in a dict or a `FrozenDict`, unchanged by the call."""
    frozen = builder.draw(
        st.sampled_from(["variables", "flax.core.freeze(variables)", "jax.tree.map(lambda leaf: leaf, variables)"])
    )
    mutable = builder.draw(st.sampled_from(["True", '["counter"]']))
    builder.write_program(
        """
        class Scale(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                count = self.variable("counter", "count", jnp.zeros, ())
                count.value = count.value + 1
                return x * self.param("w", nn.initializers.normal(), (3,)) + count.value
        """,
        compact('x = Scale()(x) + self.param("b", nn.initializers.normal(), (3,))'),
        f"""
        expected = model.apply(unboxed(variables), x, mutable={mutable})
        given = {frozen}
        before = jax.tree.map(lambda leaf: leaf, given)
        y, updates = model.apply(given, x, mutable={mutable})
        assert_same(y, expected[0])
        assert_same(unboxed(updates), unboxed(expected[1]))
        assert type(given) is type(before)
        assert_same(given, before)
        """,
    )


_METHODS = """
    class Named:
        def method(self, module):
            return module.size

        def __call__(self, module):
            return module.size + 1

    def of_bridge():
        class Block(bridge.Module):
            size: int = 3

            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.ones, (self.size,))

            def sizes(self):
                return self.size

            @bridge.compact
            def initial(self):
                return 2 * self.param("w", nn.initializers.ones, (self.size,))

        return Block()
"""


@of_bridge_module
def method_of_a_bridge_module_without_arguments(builder: NnxProgramBuilder) -> None:
    """A `method` of a `bridge.Module` that takes the module alone: a name, a function or a bound method."""
    method = builder.draw(
        st.sampled_from(
            [
                '"sizes"',
                "type(model).sizes",
                "model.sizes",
                "type(model)().sizes",
                "lambda module: module.size",
                '"initial"',
                "type(model).initial",
                "model.initial",
                "Named().method",
                "Named()",
            ]
        )
    )
    builder.write_program(
        *_methods(),
        f"""
        def results(model):
            variables = {{"params": {{"w": jnp.linspace(1.0, 2.0, 3)}}}}
            made = model.init(jax.random.key(0), method={method})
            y = model.apply(variables, method={method})
            return unboxed(made), y, model.init_with_output(jax.random.key(0), method={method})[0]

        assert_same(results(of_bridge()), results(of_linen()))
        """,
    )


@of_bridge_module
def wrong_method_of_a_bridge_module_raises(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` whose `method` takes no module, cannot be called or does not exist."""
    method = builder.draw(st.sampled_from(["lambda: 3", "3", "[]", '"size"', '"nothing"', "object()"]))
    builder.write_program(
        *_methods(),
        f"""
        def results(model):
            variables = {{"params": {{"w": jnp.ones(3)}}}}
            calls = (
                lambda: model.apply(variables, method={method}),
                lambda: model.init(jax.random.key(0), method={method}),
            )
            return [raised(call) for call in calls]

        given, expected = results(of_bridge()), results(of_linen())
        assert given == expected and None not in given, f"{{given}}, expected {{expected}}"
        """,
    )


def _methods() -> tuple[str, str]:
    of_linen = (
        _METHODS[_METHODS.index("    def of_bridge") :].replace("bridge.", "nn.").replace("of_bridge", "of_linen")
    )
    return _METHODS, of_linen


@feature(NnxFeatureKind.PROGRAM)
def copy_of_a_dict_in_a_variable(builder: NnxProgramBuilder) -> None:
    """A call with variables in a `FrozenDict` that changes a copy of the dict in an `nnx.Param`."""
    builder.write_program(
        """
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.w = nnx.Param({"a": jnp.ones(3), "b": jnp.full(3, 2.0)})

            def __call__(self, x):
                doubled = jax.tree.map(lambda leaf: 2 * leaf, self.w.value)
                doubled["a"] = doubled["a"] + 1
                return x * doubled["a"] + doubled["b"]

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        variables = linen.init(jax.random.key(0), x)
        assert_same(linen.apply(flax.core.freeze(variables), x), Block(rngs=nnx.Rngs(0))(x))
        """
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.wrappers.to_linen_class")
def paths_of_unknown_variables(builder: NnxProgramBuilder) -> None:
    """The warning about variables that a `ToLinen` module does not have, which names each of them and no other."""
    unknown = builder.draw(
        st.lists(
            st.sampled_from([("params", "a"), ("params", "layer", "b"), ("batch_stats", "norm", "c"), ("other", "d")]),
            unique=True,
        )
    )
    given = builder.draw(st.sampled_from(["variables", "flax.core.freeze(variables)"]))
    builder.write_program(
        f"""
        import warnings

        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.layer = nnx.Linear(3, 3, rngs=rngs)
                self.norm = nnx.BatchNorm(3, rngs=rngs)

            def __call__(self, x):
                return self.norm(self.layer(x))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Block)
        variables = linen.init(jax.random.key(0), x)
        expected = linen.apply(variables, x, mutable=["batch_stats"])
        flat = flax.traverse_util.flatten_dict(variables)
        flat |= {{path: jnp.ones(3) for path in {unknown}}}
        variables = flax.traverse_util.unflatten_dict(flat)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            y, _ = linen.apply({given}, x, mutable=["batch_stats"])
        warned = [line[4:] for one in caught for line in str(one.message).split("\\n") if line.startswith("  - ")]
        assert_same(y, expected[0])
        assert sorted(warned) == {sorted("/".join(path[1:]) for path in unknown)}, f"{{warned}}"
        assert {bool(unknown)} or not [one for one in caught if "unknown" in str(one.message)], "a warning"
        """
    )


@feature(NnxFeatureKind.PROGRAM)
def variables_of_an_unknown_submodule(builder: NnxProgramBuilder) -> None:
    """A call with the variables of a submodule that the NNX module does not have."""
    place = builder.draw(st.sampled_from(['["params"]', '["params"]["layer"]']))
    builder.write_program(
        LAYER,
        f"""
        expected = linen.apply(variables, x)
        variables{place}["old"] = {{"kernel": jnp.ones(3)}}
        assert_same(linen.apply(variables, x), expected)
        """,
    )
