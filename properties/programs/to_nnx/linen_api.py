"""Features of programs: what Linen modules ask of themselves, and the contexts in which they are called."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, state, steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import Style, part, program, step

_X = "x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)"


@part()
def has_variable(builder: LinenProgramBuilder) -> None:
    """`nn.Module.has_variable` of a variable that the module writes, of a missing one, and of another collection."""
    name = builder.block.fresh("seen")
    builder.changes("cache")
    builder.block.write(f"""
        x = x + self.has_variable("cache", "{name}") + 2 * self.has_variable("params", "{name}")
        if self.is_mutable_collection("cache"):
            self.put_variable("cache", "{name}", x.sum())
        x = x + 4 * self.has_variable("cache", "{name}") + 8 * self.has_variable("cache", "missing")
    """)


@part()
def module_variables(builder: LinenProgramBuilder) -> None:
    """`nn.Module.variables`: all collections of the module, with their names and values."""
    name = builder.block.fresh("a")
    value = builder.block.define(name, f'self.param("{name}", nn.initializers.normal(), (1,))')
    builder.block.write(f"""
        x = x + {value} + self.variables["params"]["{name}"]
        x = x + sum(len(name) * len(jax.tree.leaves(tree)) for name, tree in self.variables.items())
    """)


@part()
def module_path(builder: LinenProgramBuilder) -> None:
    """`nn.Module.path`: the names of the modules around a submodule, without the layer itself."""
    builder.block.write("x = x + sum(n * len(name) for n, name in enumerate(self.path, 1))")


@part(Style.COMPACT)
def module_copy(builder: LinenProgramBuilder) -> None:
    """`nn.Module.copy` of a submodule, with parameters and a name of its own."""
    options = builder.draw(st.sampled_from(["", "use_bias=False", f'name="{builder.block.fresh("copied")}"']))
    builder.block.write(f"""
        original = nn.Dense(3)
        x = original.copy({options})(original(x))
    """)


@part()
def nowrap(builder: LinenProgramBuilder) -> None:
    """`nn.nowrap`: a helper that makes a submodule."""
    builder.block.add_method("@nn.nowrap\ndef make_dense(self, features):\n    return nn.Dense(features)")
    layer = builder.block.submodule("self.make_dense(3)", "made")
    builder.block.write(f"x = {layer}(x)")


@program()
def has_rng(builder: LinenProgramBuilder) -> None:
    """`nn.Module.has_rng` in `lazy_init`, in a call, and in a call with other RNG streams."""
    has_submodule = builder.draw(st.booleans())
    called = "Inner()()" if has_submodule else "self.streams()"
    builder.write_program(
        f"""
        class Inner(nn.Module):
            def __call__(self):
                return [self.has_rng(name) for name in ("params", "noise", "other")]

        class Block(nn.Module):
            @nn.compact
            def __call__(self):
                seen.append({called})
                return len(seen)

            def streams(self):
                return [self.has_rng(name) for name in ("params", "noise", "other")]

        seen = []
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(params=0, noise=1)).lazy_init()
        layer()
        layer(rngs=nnx.Rngs(other=2))
        keyless = bridge.ToNNX(Block())
        bridge.lazy_init(keyless, rngs=nnx.Rngs(params=0, other=1))
        keyless()
        assert seen == [
            [True, True, False],
            [True, True, False],
            [False, False, True],
            [True, False, True],
            [False, False, False],
        ], seen
        """
    )


@step()
def nowrap_method(builder: LinenProgramBuilder) -> None:
    """`nn.nowrap`: a method without Linen's wrapper, called by `method`."""
    builder.blocks[-1].add_method("@nn.nowrap\ndef tripled(self, x):\n    return 3 * self(x)")
    method = builder.draw(st.sampled_from(['"tripled"', "Block.tripled"]))
    steps.call_with(builder, f"x, method={method}")


@step("random")
def intercept_methods(builder: LinenProgramBuilder) -> None:
    """`nn.intercept_methods` around a call, with an interceptor that sees arguments and changes outputs."""
    builder.use(
        """def seeing(log):
    def interceptor(call, args, kwargs, context):
        module, shapes = context.module, [jnp.shape(arg) for arg in args]
        log.append((type(module).__name__, module.path, context.method_name, shapes))
        return jax.tree.map(lambda leaf: leaf + 1, call(*args, **kwargs))
    return interceptor"""
    )
    builder.both(
        """
        seen = []
        with nn.intercept_methods(seeing(seen)):
            y = layer(x)
        """,
        """
        others = []
        with nn.intercept_methods(seeing(others)):
            expected = linen.apply(variables, x)
        """,
        "assert_same(seen, others)",
        steps.OUTPUT,
        steps.STATE,
    )


@program()
def intercepted_lazy_init(builder: LinenProgramBuilder) -> None:
    """`nn.intercept_methods` around `lazy_init`, with an interceptor that changes what submodules return."""
    builder.open(has_setup=builder.draw(st.booleans()))
    builder.draw(st.sampled_from([layers.dense, layers.param, layers.sequential]))(builder)
    state.put_variable(builder)
    builder.open(has_setup=builder.draw(st.booleans()))
    builder.use(
        """def doubling(log):
    def interceptor(call, args, kwargs, context):
        log.append((context.module.path, context.method_name))
        return call(*args, **kwargs) * 2 if context.method_name == "__call__" else call(*args, **kwargs)
    return interceptor"""
    )
    builder.both(
        """
        seen = []
        with nn.intercept_methods(doubling(seen)):
            layer.lazy_init(x)
        """,
        """
        others = []
        with nn.intercept_methods(doubling(others)):
            variables = linen.init(keys, x)
        """,
        "assert len(seen) > 1",
        "assert_same(seen, others)",
        steps.STATE,
        keys=True,
    )
    steps.mutable_call(builder)
    steps.call(builder)


@step("random")
def capture_intermediates_with_a_filter(builder: LinenProgramBuilder) -> None:
    """A call with a filter of modules and methods for `capture_intermediates`, and a plain call."""
    builder.has("sown")
    steps.with_double(builder)
    chosen = builder.draw(
        st.sampled_from(
            [
                "lambda module, method: isinstance(module, nn.Dense)",
                "lambda module, method: not module.path and method == '__call__'",
                "lambda module, method: False",
            ]
        )
    )
    steps.mutable_call_with(builder, '["intermediates"]', f", capture_intermediates={chosen}")
    steps.call(builder)


@program()
def bound_module(builder: LinenProgramBuilder) -> None:
    """`nn.Module.bind` and `nn.Module.unbind`: a bound module in `ToNNX`, and an unbound submodule."""
    features = builder.draw(st.integers(2, 4))
    builder.write_program(
        f"""
        class Block(nn.Module):
            def setup(self):
                self.inner = nn.Dense({features})

            def __call__(self, x):
                return 2 * self.inner(x)

        {_X}
        linen = Block()
        variables = linen.init(jax.random.key(3), x)
        with capture_linen_rngs() as keys:
            layer = bridge.ToNNX(linen.bind(variables), rngs=nnx.Rngs(0)).lazy_init(x)
        expected = linen.init(keys, x)
        assert_same(linen_variables(layer), expected)
        assert_same(layer(x), linen.apply(expected, x))

        inner, of_inner = linen.bind(variables).inner.unbind()
        layer = bridge.ToNNX(inner, rngs=nnx.Rngs(0)).lazy_init(x)
        nnx.update(layer, jax.tree.map(lambda leaf: 2 * leaf, nnx.state(layer, nnx.Param)))
        expected = jax.tree.map(lambda leaf: 2 * leaf, nn.Dense({features}).init(keys, x))
        assert linen_variables(layer)["params"].keys() == of_inner["params"].keys() == {{"kernel", "bias"}}
        assert_same(layer(x), nn.Dense({features}).apply(linen_variables(layer), x))
        """
    )


# The layer has no Rngs: a table is made of what is traced.
@program()
def linen_tabulate(builder: LinenProgramBuilder) -> None:
    """`nn.tabulate` and `nn.Module.tabulate` of a Linen module that calls a `ToNNX` layer."""
    table = builder.draw(
        st.sampled_from(["model.tabulate(jax.random.key(0), x)", "nn.tabulate(model, jax.random.key(0))(x)"])
    )
    builder.write_program(
        f"""
        from typing import Any

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(3)(x) + self.param("a", nn.initializers.ones, (3,))

        class Outer(nn.Module):
            inner: Any

            @nn.compact
            def __call__(self, x):
                return self.inner(nn.Dense(3)(x), mutable=False)

        {_X}
        layer = bridge.ToNNX(Block())
        bridge.lazy_init(layer, x, rngs=nnx.Rngs(0))
        of_inner = Block().init(jax.random.key(0), x)
        with bridged():
            model = Outer(layer)
            table = {table}
        with plain():
            model = Outer(lambda x, mutable: Block().apply(of_inner, x, mutable=mutable))
            expected = {table}
        assert table == expected, table
        assert "Total Parameters: 12" in table
        """
    )


# The module of the layer changes nothing, so plain NNX layers that change nothing work here too.
def _traced(builder: LinenProgramBuilder, results: list[str]) -> None:
    result = builder.draw(st.sampled_from(results))
    builder.write_program(
        f"""
        from typing import Any

        class Outer(nn.Module):
            inner: Any

            @nn.compact
            def __call__(self, x):
                return self.inner(nn.Dense(3)(x))

        {_X}
        layer = bridge.ToNNX(nn.Dense(3))
        bridge.lazy_init(layer, x, rngs=nnx.Rngs(0))
        of_inner = linen_variables(layer)
        with bridged():
            model = Outer(layer)
            found = {result}
        with plain():
            model = Outer(lambda x: nn.Dense(3).apply(of_inner, x))
            expected = {result}
        assert jax.tree.map(str, found) == jax.tree.map(str, expected), found
        assert_same(linen_variables(layer), of_inner)
        """
    )


@program()
def linen_tabulate_without_mutable(builder: LinenProgramBuilder) -> None:
    """`nn.tabulate` and `nn.Module.tabulate` of a Linen module that calls a `ToNNX` layer without `mutable`."""
    _traced(builder, ["model.tabulate(jax.random.key(0), x)", "nn.tabulate(model, jax.random.key(0))(x)"])


@program()
def traced_linen_init(builder: LinenProgramBuilder) -> None:
    """`init` under `jax.jit` or `jax.eval_shape`, of a Linen module that calls a `ToNNX` layer without `mutable`."""
    _traced(builder, ["jax.jit(model.init)(jax.random.key(0), x)", "jax.eval_shape(model.init, jax.random.key(0), x)"])


@program(needs="nnx.bridge.wrappers.current_linen_module")
def current_linen_module(builder: LinenProgramBuilder) -> None:
    """`bridge.wrappers.current_linen_module` in a Linen module in `ToNNX`, in its submodule, and outside of both."""
    builder.write_program(
        f"""
        class Inner(nn.Module):
            def __call__(self, x):
                seen.append(bridge.wrappers.current_linen_module() is self)
                return x

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                x = Inner()(x)
                seen.append(bridge.wrappers.current_linen_module() is self)
                return x * self.param("a", nn.initializers.ones, ())

        seen = []
        {_X}
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        layer(x)
        assert seen == [True] * 4, seen
        assert bridge.wrappers.current_linen_module() is None
        """
    )
