"""Whole programs: what a ``bridge.Module`` knows of itself while it is called, and where its variables are."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

# The first releases have the class, and little in it.
in_bridge_module = feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.current_module")


_INITIALIZING = """
    def of_bridge():
        seen = []

        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                seen.append(("inner", self.is_initializing()))
                return x * self.param("w", nn.initializers.normal(), (3,))

        class Block(bridge.Module):
            def setup(self):
                self.inner = Inner()

            def __call__(self, x):
                seen.append(("outer", self.is_initializing()))
                return self.inner(x[:, :3]).reshape(2, 3)

        return Block(), seen
"""


@in_bridge_module
def is_initializing_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """`bridge.Module.is_initializing` in nested modules, in `init`, `apply` and after an exception."""
    builder.write_program(
        _INITIALIZING,
        _in_linen(_INITIALIZING),
        """
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        given = []
        for model, seen in (of_bridge(), of_linen()):
            variables = model.init(jax.random.key(0), x)
            model.apply(variables, x)
            assert raised(lambda: model.init(jax.random.key(0), x[:1])) is TypeError
            model.apply(variables, x)
            given.append(seen)
        assert given[0] == given[1], f"{given[0]}, expected {given[1]}"
        """,
    )


_VARIABLES = """
    def of_bridge():
        seen = []

        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                count = self.variable("counter", "count", jnp.zeros, ())
                count.value = count.value + 1
                seen.append(self.variables)
                return x * self.param("w", nn.initializers.normal(), (3,)) + count.value

        class Block(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                y = Inner(name="inner")(x) + self.param("b", nn.initializers.normal(), (3,))
                self.make_rng("params")
                seen.append(self.variables)
                return y

        return Block(), seen
"""


@in_bridge_module
def variables_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """`bridge.Module.variables` at the end of `init` and of a mutable call, in nested modules."""
    builder.write_program(
        _VARIABLES,
        _in_linen(_VARIABLES),
        """
        def flat(tree):
            return dict(sorted(flax.traverse_util.flatten_dict(unboxed(tree), sep="/").items()))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        (model, seen), (linen, expected) = of_bridge(), of_linen()
        w, b = jax.random.normal(jax.random.key(1), (2, 3))
        variables = {"params": {"inner": {"w": w}, "b": b}, "counter": {"inner": {"count": jnp.ones(())}}}
        for one in (model, linen):
            one.apply(variables, x, mutable=["counter"], rngs={"params": jax.random.key(0)})
        assert_same([unboxed(tree)["counter"] for tree in seen], [tree["counter"] for tree in expected])
        assert_same(flat(seen[-1]), flat(variables | {"counter": {"inner": {"count": jnp.full((), 2.0)}}}))
        made_by_init = model.init(jax.random.key(0), x)
        assert_same(flat(seen[-1]), flat(made_by_init))
        """,
    )


def _in_linen(text: str) -> str:
    """The same in plain Linen."""
    return text.replace("bridge.", "nn.").replace("of_bridge", "of_linen")


@in_bridge_module
def current_module(builder: NnxProgramBuilder) -> None:
    """`bridge.current_module` in `setup`, in calls of nested modules and outside of them."""
    builder.write_program(
        """
        seen = []

        def see(place, module):
            seen.append((place, bridge.current_module() is module))

        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                see("compact", self)
                return x * self.param("w", nn.initializers.normal(), (3,))

        class Block(bridge.Module):
            def setup(self):
                see("setup", self)
                self.inner = Inner()

            def __call__(self, x):
                see("call", self)
                y = self.inner(x)
                see("after the inner call", self)
                return y

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        variables = Block().init(jax.random.key(0), x)
        see("after init", None)
        assert raised(lambda: Block().apply(variables, x[:, :2])) is not None
        see("after an exception", None)
        y = Block().apply(variables, x)
        assert_same(y, x * unboxed(variables)["params"]["inner"]["w"])
        assert {place for place, _ in seen if place in ("setup", "call", "compact")} == {"setup", "call", "compact"}
        assert all(is_current for _, is_current in seen), f"{seen}"
        """
    )


@in_bridge_module
def parameter_of_the_current_module(builder: NnxProgramBuilder) -> None:
    """A parameter that a function creates in `bridge.current_module()`, next to one of the module."""
    builder.write_program(
        """
        def scaled(x):
            return x * bridge.current_module().param("w", nn.initializers.normal(), (3,))

        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return scaled(x) + self.param("b", nn.initializers.normal(), (3,))

        class Block(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return scaled(Inner(name="inner")(x))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        variables = Block().init(jax.random.key(0), x)
        params = unboxed(variables)["params"]
        assert jax.tree.map(jnp.shape, params) == {"w": (3,), "inner": {"w": (3,), "b": (3,)}}
        expected = (x * params["inner"]["w"] + params["inner"]["b"]) * params["w"]
        assert_same(Block().apply(variables, x), expected)
        """
    )


@in_bridge_module
def current_context(builder: NnxProgramBuilder) -> None:
    """`bridge.current_context`, which tells a compact call from `setup` and from another method."""
    builder.write_program(
        """
        seen = []

        def see(module, in_compact):
            context = bridge.current_context()
            seen.append(context.module is module and context.in_compact is in_compact)

        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                see(self, True)
                y = self.helper(x) * self.param("w", nn.initializers.normal(), (3,))
                Scale()(x)
                see(self, True)
                assert bridge.current_context().type_counter == {Scale: 1}
                return y

            def helper(self, x):
                see(self, True)
                return 2 * x

        class Scale(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                assert bridge.current_context().type_counter == {}
                return x * self.param("w", nn.initializers.normal(), (3,))

        class Block(bridge.Module):
            def setup(self):
                see(self, False)
                self.inner = Inner()

            def __call__(self, x):
                see(self, False)
                y = self.inner(x)
                see(self, False)
                return y

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        assert bridge.current_context() is None
        variables = Block().init(jax.random.key(0), x)
        params = unboxed(variables)["params"]["inner"]
        assert params.keys() == {"w", "Scale_0"}
        assert_same(Block().apply(variables, x), 2 * x * params["w"])
        assert bridge.current_context() is None
        assert len(seen) == 12 and all(seen), f"{seen}"
        """
    )


@in_bridge_module
def attr_priority(builder: NnxProgramBuilder) -> None:
    """`bridge.Module.set_attr_priority` of a module under two names, which decides where its variables are."""
    name, priority, found = builder.draw(
        st.sampled_from(
            [
                ("b", "HIGH", "b"),
                ("b", "INIT_PARENT", "b"),
                ("b", "DEFAULT", "a"),
                ("b", "LOW", "a"),
                ("a", "LOW", "b"),
                ("a", "HIGH", "a"),
            ]
        )
    )
    builder.write_program(
        f"""
        class Scale(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.normal(), (3,))

        class Block(bridge.Module):
            def setup(self):
                self.a = Scale()
                self.b = self.a
                self.set_attr_priority("{name}", bridge.AttrPriority.{priority})

            def __call__(self, x):
                return self.b(self.a(x))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        variables = Block().init(jax.random.key(0), x)
        params = unboxed(variables)["params"]
        assert params.keys() == {{"{found}"}}, f"{{params.keys()}}"
        w = params["{found}"]["w"]
        assert_same(Block().apply(variables, x), x * w * w)
        """
    )
