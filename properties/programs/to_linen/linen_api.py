"""What Linen does with a `ToLinen` module: it copies, names, tabulates, initializes and intercepts it."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import OUTPUT, STATE, NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

step = feature(NnxFeatureKind.STEP)
deterministic = feature(NnxFeatureKind.STEP, "random")
program = feature(NnxFeatureKind.PROGRAM)

_X = "x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)"
_SCALE = """
    class Scale(nnx.Module):
        def __init__(self, size, *, rngs):
            self.w = nnx.Param(jax.random.normal(rngs.params(), (size,)))
            self.calls = nnx.BatchStat(jnp.zeros(()))

        def __call__(self, x):
            self.calls.value = self.calls[...] + 1
            return x * self.w[...]

        def twice(self, x):
            return 2 * self(x)
"""


@deterministic
def module_lazy_init(builder: NnxProgramBuilder) -> None:
    """`nn.Module.lazy_init` of a `ToLinen` module, from the shape of the input."""
    builder.both(
        f"variables = linen.lazy_init({builder.keys(5)}, jax.ShapeDtypeStruct(x.shape, x.dtype))",
        f"block = {builder.made('nnx.Rngs(**keys)')}",
        STATE,
        keys=True,
    )
    builder.call()


@deterministic
def module_unbind(builder: NnxProgramBuilder) -> None:
    """`nn.Module.unbind` of a bound `ToLinen` module: the same module and the same variables."""
    builder.both(
        """
        linen = linen.bind(variables)
        linen, held = linen.unbind()
        y = linen.apply(held, x)
        """,
        "expected = block(x)",
        "assert_same(unboxed(held), unboxed(variables))",
        "assert linen.scope is None and linen.parent is None",
        OUTPUT,
        *_forgotten(builder),
    )


@deterministic
def module_copy(builder: NnxProgramBuilder) -> None:
    """`nn.Module.copy` of a `ToLinen` module, with a name."""
    builder.both(
        """
        linen = linen.copy(name="copied")
        y = linen.apply(variables, x)
        """,
        "expected = block(x)",
        'assert linen.name == "copied"',
        OUTPUT,
        *_forgotten(builder),
    )


@deterministic
def function_with_nn_apply(builder: NnxProgramBuilder) -> None:
    """`nn.init_with_output`, `nn.init` and `nn.apply` of a function of a `ToLinen` module."""
    builder.both(
        f"""
        called = lambda module, x: 2 * module(x)
        made, variables = nn.init_with_output(called, linen)({builder.keys(3)}, x)
        again = nn.init(called, linen)({builder.keys(3)}, x)
        y = nn.apply(called, linen)(variables, x)
        """,
        f"""
        block = {builder.made("nnx.Rngs(**keys)")}
        begun = variables_of(block)
        first = 2 * block(x)
        set_variables(block, variables)
        expected = 2 * block(x)
        """,
        "assert_same(unboxed(variables), begun)",
        "assert_same(unboxed(again), begun)",
        "assert_same(made, first)",
        OUTPUT,
        "set_variables(block, variables)",
        keys=True,
    )


@feature(NnxFeatureKind.STEP, "random", tried_with="counter")
def mutable_nn_apply(builder: NnxProgramBuilder) -> None:
    """`nn.apply` with `mutable` of a function that calls a `ToLinen` module twice."""
    mutable = f"{builder.mutable or ['params']}".replace("'", '"')
    collections = "".join(f', "{name}"' for name in builder.mutable)
    checks = f"assert_same(unboxed(updates), variables_of(block{collections}))" if builder.mutable else ""
    builder.both(
        f"y, updates = nn.apply(lambda module, x: module(x), linen, mutable={mutable})(variables, x)",
        "expected = block(x)",
        OUTPUT,
        *filter(None, [checks]),
        "variables = {**variables, **updates}",
    )


@deterministic
def intercept_methods(builder: NnxProgramBuilder) -> None:
    """`nn.intercept_methods` around a call of a `ToLinen` module, with an interceptor that changes the output."""
    builder.define(
        """def changing(log):
    def interceptor(call, args, kwargs, context):
        if context.method_name != "__call__":
            return call(*args, **kwargs)
        log.append((context.module.nnx_class, args))
        return jax.tree.map(lambda leaf: leaf + 1, call(*args, **kwargs))
    return interceptor"""
    )
    builder.both(
        """
        seen = []
        with nn.intercept_methods(changing(seen)):
            y = linen.apply(variables, x)
        """,
        "expected = jax.tree.map(lambda leaf: leaf + 1, block(x))",
        "assert_same(seen, [(linen.nnx_class, (x,))])",
        OUTPUT,
        *_forgotten(builder),
    )


@deterministic
def capture_intermediates(builder: NnxProgramBuilder) -> None:
    """`capture_intermediates=True` of a `ToLinen` module, or with a filter of methods."""
    calls = ["True", 'lambda module, method: method == "__call__"']
    chosen = builder.draw(st.sampled_from([*calls, 'lambda module, method: method == "unknown"']))
    _capture(builder, chosen, '{"intermediates": {"__call__": (y,)}}' if chosen in calls else "{}")


@deterministic
def capture_intermediates_of_all_methods(builder: NnxProgramBuilder) -> None:
    """`capture_intermediates` of all methods of a `ToLinen` module: what `__call__` returns, and nothing else."""
    chosen = builder.draw(
        st.sampled_from(["lambda *_: True", "lambda module, method: isinstance(module, bridge.ToLinen)"])
    )
    _capture(builder, chosen, '{"intermediates": {"__call__": (y,)}}')


def _capture(builder: NnxProgramBuilder, chosen: str, captured: str) -> None:
    builder.both(
        f"""
        asked = {{"capture_intermediates": {chosen}, "mutable": ["intermediates"]}}
        y, updates = linen.apply(variables, x, **asked)
        """,
        "expected = block(x)",
        f"assert_same(unboxed(updates), {captured})",
        OUTPUT,
        *_forgotten(builder),
    )


def _forgotten(builder: NnxProgramBuilder) -> list[str]:
    """What undoes in the NNX module what an immutable call changed."""
    return ["set_variables(block, variables)"] if builder.mutable else []


@program
def names_of_to_linen_modules(builder: NnxProgramBuilder) -> None:
    """`nn.compact`: automatic, given and attribute names of `ToLinen` modules, at any depth."""
    builder.write_program(
        _SCALE,
        f"""
        class Inner(nn.Module):
            @nn.compact
            def __call__(self, x):
                return bridge.to_linen(Scale, 3)(nn.Dense(3)(x))

        class Outer(nn.Module):
            def setup(self):
                self.one = bridge.to_linen(Scale, 3)
                self.many = [bridge.to_linen(Scale, 3), bridge.ToLinen(Scale, args=(3,), name="given")]
                self.inner = Inner()

            def __call__(self, x):
                for layer in (self.one, *self.many, self.inner):
                    x = layer(x)
                return x

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                x = bridge.to_linen(Scale, 3)(bridge.to_linen(Scale, 3)(x))
                return Outer()(bridge.to_linen(Scale, 3, name="last")(x))

        {_X}
        variables = Block().init(jax.random.key(0), x)
        of_dense = unboxed(variables)["params"]["Outer_0"]["inner"]["Dense_0"]
        params = flax.traverse_util.flatten_dict(unboxed(variables)["params"], sep="/")
        outer = ["one/w", "many_0/w", "given/w", "inner/Dense_0/kernel", "inner/Dense_0/bias", "inner/ToLinen_0/w"]
        names = {{"ToLinen_0/w", "ToLinen_1/w", "last/w", *(f"Outer_0/{{name}}" for name in outer)}}
        assert params.keys() == names, params.keys()
        scales = {{tuple(map(float, leaf)) for name, leaf in params.items() if name.endswith("/w")}}
        assert len(scales) == 7, "the same key twice"

        y, updates = Block().apply(variables, x, mutable=["batch_stats"])
        x = x * params["ToLinen_1/w"] * params["ToLinen_0/w"] * params["last/w"]
        x = x * params["Outer_0/one/w"] * params["Outer_0/many_0/w"] * params["Outer_0/given/w"]
        dense = nn.Dense(3).apply({{"params": of_dense}}, x)
        assert_same(y, dense * params["Outer_0/inner/ToLinen_0/w"])
        assert set(jax.tree.leaves(jax.tree.map(float, unboxed(updates)))) == {{1.0}}, updates
        """,
    )


@program
def module_paths(builder: NnxProgramBuilder) -> None:
    """`nn.Module.module_paths` and `nn.Module.path` of `ToLinen` modules in a Linen module."""
    builder.write_program(
        _SCALE,
        f"""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                layers = [bridge.to_linen(Scale, 3), bridge.to_linen(Scale, 3, name="named")]
                for layer in layers:
                    x = layer(x)
                paths.append([layer.path for layer in layers])
                return nn.Dense(4)(x)

        paths = []
        {_X}
        linen = Block()
        found = linen.module_paths(jax.random.key(0), x)
        assert {{path: type(module) for path, module in found.items()}} == {{
            "": Block, "ToLinen_0": bridge.ToLinen, "named": bridge.ToLinen, "Dense_0": nn.Dense,
        }}
        assert [found[path].nnx_class for path in ("ToLinen_0", "named")] == [Scale, Scale]
        assert paths == [[("ToLinen_0",), ("named",)]]
        assert bridge.to_linen(Scale, 3).module_paths(jax.random.key(0), x).keys() == {{""}}
        """,
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.ToLinen.__init__(metadata_fn)")
def linen_tabulate(builder: NnxProgramBuilder) -> None:
    """`nn.Module.tabulate` and `nn.tabulate` of a `ToLinen` module: rows, shapes and the number of parameters."""
    table = builder.draw(
        st.sampled_from(["linen.tabulate(jax.random.key(0), x)", "nn.tabulate(linen, jax.random.key(0))(x)"])
    )
    builder.write_program(
        f"""
        class Block(nn.Module):
            make: type

            @nn.compact
            def __call__(self, x):
                return self.make(name="inner")(x) + nn.Dense(5)(x)

        class Layer(nn.Module):
            @nn.compact
            def __call__(self, x):
                x = x * self.param("w", nn.initializers.ones, (3,))
                return jnp.tile(x, 2)[:, :5]

        class Scale(nnx.Module):
            def __init__(self, *, rngs):
                self.w = nnx.Param(jnp.ones(3))

            def __call__(self, x):
                return jnp.tile(x * self.w[...], 2)[:, :5]

        import re

        {_X}
        linen = Block(lambda name: bridge.ToLinen(Scale, name=name, metadata_fn=None))
        table = {table}
        linen = Block(Layer)
        expected = {table}
        words = lambda table: re.findall(r"[\\w\\[\\],]+", table.replace("Layer", "ToLinen"))
        assert words(table) == words(expected), table
        assert "Total Parameters: 23" in table
        """,
    )


@program
def nowrap_around_to_linen(builder: NnxProgramBuilder) -> None:
    """`nn.nowrap`: a helper of a Linen module that makes `ToLinen` modules."""
    builder.write_program(
        _SCALE,
        f"""
        class Block(nn.Module):
            @nn.nowrap
            def scale(self, **options):
                return bridge.to_linen(Scale, 3, **options)

            @nn.compact
            def __call__(self, x):
                return self.scale()(self.scale(name="first")(x))

        {_X}
        variables = Block().init(jax.random.key(0), x)
        params = unboxed(variables)["params"]
        assert params.keys() == {{"first", "ToLinen_0"}}
        assert_same(Block().apply(variables, x), x * params["first"]["w"] * params["ToLinen_0"]["w"])
        scale, of_first = Block().scale(), {{name: tree["first"] for name, tree in variables.items()}}
        assert_same(scale.apply(of_first, x), x * params["first"]["w"])
        """,
    )


@program
def share_scope(builder: NnxProgramBuilder) -> None:
    """`nn.share_scope` of a Linen module and its `ToLinen` submodule: the variables of both next to one another."""
    builder.write_program(
        _SCALE,
        f"""
        class Block(nn.Module):
            def setup(self):
                self.scale = bridge.to_linen(Scale, 3)
                nn.share_scope(self, self.scale)
                self.bias = self.param("bias", nn.initializers.normal(), (3,))

            def __call__(self, x):
                return self.scale(x) + self.bias

        {_X}
        variables = Block().init(jax.random.key(0), x)
        names = {{name: set(tree) for name, tree in unboxed(variables).items()}}
        assert names == {{"params": {{"w", "bias"}}, "batch_stats": {{"calls"}}}}
        y, updates = Block().apply(variables, x, mutable=["batch_stats"])
        params = unboxed(variables)["params"]
        assert_same(y, x * params["w"] + params["bias"])
        assert_same(unboxed(updates), {{"batch_stats": {{"calls": jnp.ones(())}}}})
        """,
    )


@program
def interceptor_in_a_linen_module(builder: NnxProgramBuilder) -> None:
    """`nn.intercept_methods` around `init` and `apply` of a Linen module: what it sees of `ToLinen` modules inside."""
    builder.write_program(
        _SCALE,
        f"""
        class Block(nn.Module):
            def setup(self):
                self.scale = bridge.to_linen(Scale, 3)

            def __call__(self, x):
                return self.scale(x)

        def interceptor(call, args, kwargs, context):
            y = call(*args, **kwargs)
            if context.method_name != "__call__":
                return y
            seen.append((type(context.module), context.module.path))
            return 3 * y if isinstance(context.module, bridge.ToLinen) else y

        {_X}
        calls = [(bridge.ToLinen, ("scale",)), (Block, ())]
        for run in (
            lambda: Block().init_with_output(jax.random.key(0), x)[0],
            lambda: Block().apply(variables, x),
            lambda: Block().bind(variables)(x),
        ):
            seen = []
            variables = Block().init(jax.random.key(0), x)
            with nn.intercept_methods(interceptor):
                y = run()
            assert_same(y, 3 * (x * unboxed(variables)["params"]["scale"]["w"]))
            assert seen == calls, seen
        """,
    )


@program
def methods_seen_by_an_interceptor(builder: NnxProgramBuilder) -> None:
    """`nn.intercept_methods` around a `ToLinen` module, which sees the calls of the user and no others."""
    builder.write_program(
        _SCALE,
        f"""
        def interceptor(call, args, kwargs, context):
            seen.append(context.method_name)
            return call(*args, **kwargs)

        {_X}
        linen = bridge.to_linen(Scale, 3)
        seen = []
        with nn.intercept_methods(interceptor):
            variables = linen.init(jax.random.key(0), x)
            linen.apply(variables, x)
        assert seen == ["__call__", "__call__"], seen
        """,
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.wrappers.current_linen_module")
def current_linen_module(builder: NnxProgramBuilder) -> None:
    """`bridge.wrappers.current_linen_module` in the constructor and in a call of an NNX module in `ToLinen`."""
    builder.write_program(
        f"""
        class Scale(nnx.Module):
            def __init__(self, *, rngs):
                seen.append(bridge.wrappers.current_linen_module())
                self.w = nnx.Param(jnp.ones(3))

            def __call__(self, x):
                seen.append(bridge.wrappers.current_linen_module())
                return x * self.w[...]

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                seen.append(bridge.wrappers.current_linen_module())
                return bridge.to_linen(Scale, name="inner")(x)

        seen = []
        {_X}
        variables = Block().init(jax.random.key(0), x)
        Block().apply(variables, x)
        kinds = [Block, bridge.ToLinen, bridge.ToLinen] * 2
        assert [type(module) for module in seen] == kinds, seen
        assert [module.path for module in seen] == [(), ("inner",), ("inner",)] * 2
        assert bridge.wrappers.current_linen_module() is None
        """,
    )
