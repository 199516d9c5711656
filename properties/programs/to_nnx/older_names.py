"""Whole programs: names that Flax removed from NNX, on layers and on models that hold them."""

from textwrap import dedent, indent

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import LinenFeatureKind, add, program

# What lifts the class of a module, up to 0.10.5: how it is made of a class, and the same in plain Linen.
_HOLDER = """
    class Model(nnx.Module):
        def __init__(self, rngs):
            self.layer = bridge.ToNNX(nn.Dense({features}), rngs=rngs).lazy_init(x[0])
            self.shift = nnx.Param(jnp.arange({features}.0))

        def __call__(self, x{arguments}):
            return {result}

    x = jnp.linspace(-1.0, 1.0, 18).reshape(3, 2, 3)
    linen = nn.Dense({features})
"""


def _holder(features: int = 4, arguments: str = "", result: str = "self.layer(x) + self.shift.value") -> str:
    return _HOLDER.format(features=features, arguments=arguments, result=result)


_TRAINED = """
    variables, shift = linen_variables(lifted.{inner}.layer), jnp.arange(4.0)
    called = {of_jax}(lambda variables, shift, x: linen.apply(variables, x) + shift)
    for _ in range(2):
        assert_same(lifted(x), called(variables, shift, x))
        grads = nnx.grad(lambda lifted: (lifted(x) ** 2).sum())(lifted)
        by = jax.grad(lambda both: (called(*both, x) ** 2).sum())((variables, shift))
        nnx.update(lifted, jax.tree.map(lambda leaf, grad: leaf - grad, nnx.state(lifted, nnx.Param), grads))
        variables, shift = jax.tree.map(lambda leaf, grad: leaf - grad, (variables, shift), by)
        assert_same(linen_variables(lifted.{inner}.layer), variables)
        assert_same(lifted.{inner}.shift.value, shift)
    again = nnx.merge(*nnx.split(lifted))
    assert_same(again(x), called(variables, shift, x))
"""


@program(needs="nnx.Jit")
def jit_of_a_class(builder: LinenProgramBuilder) -> None:
    """`nnx.Jit` of the class of a model that holds a layer: trained, split and merged, traced once."""
    builder.write_program(
        _holder(result="traces.append(self) or self.layer(x) + self.shift.value"),
        "traces = []\nlifted = nnx.Jit.constructor(Model)(rngs=nnx.Rngs(3))",
        _TRAINED.format(inner="jit_module", of_jax="jax.jit"),
        """
        before = len(traces)
        lifted(x), lifted(x)
        assert len(traces) == before > 0, f"{len(traces) - before} more traces"
        """,
    )


@program(needs="nnx.Remat")
def remat_of_a_class(builder: LinenProgramBuilder) -> None:
    """`nnx.Remat` of the class of a model that holds a layer: trained, split and merged, with JAX's remat inside."""
    builder.write_program(
        _holder(),
        "lifted = nnx.Remat.constructor(Model)(rngs=nnx.Rngs(3))",
        _TRAINED.format(inner="remat_module", of_jax="jax.remat"),
        """
        primitives = lambda f, *args: {one.primitive for one in jax.make_jaxpr(f)(*args).eqns}
        found = primitives(lambda state, x: nnx.merge(nnx.graphdef(lifted), state)(x), nnx.state(lifted), x)
        assert primitives(jax.remat(jnp.sin), x) <= found, f"only {found}"
        """,
    )


_STACKED = """
    stacked = linen_variables(lifted.{inner}.layer)
    kernels = np.asarray(stacked["params"]["kernel"])
    assert len(kernels) == {size} == len(np.unique(kernels, axis=0)), "two layers have one kernel"
"""


@program(needs="nnx.Vmap")
def vmap_of_a_class(builder: LinenProgramBuilder) -> None:
    """`nnx.Vmap` of the class of a model that holds a layer: one layer for each input."""
    builder.write_program(
        _holder(),
        "lifted = nnx.Vmap.constructor(Model, axis_size=3)(rngs=nnx.Rngs(3))",
        _STACKED.format(inner="vmap_module", size=3),
        """
        shift = jnp.tile(jnp.arange(4.0), (len(stacked["params"]["bias"]), 1))
        called = jax.vmap(lambda variables, shift, x: linen.apply(variables, x) + shift)
        assert_same(lifted(x), called(stacked, shift, x))
        by = lambda leaf: jnp.arange(len(leaf)).reshape(-1, *[1] * leaf[0].ndim)
        more = lambda tree: jax.tree.map(lambda leaf: leaf + by(leaf), tree)
        nnx.update(lifted, more(nnx.state(lifted, nnx.Param)))
        stacked, shift = more((stacked, shift))
        assert_same(linen_variables(lifted.vmap_module.layer), stacked)
        assert_same(lifted(x), called(stacked, shift, x))
        """,
    )


@program(needs="nnx.Pmap")
def pmap_of_a_class(builder: LinenProgramBuilder) -> None:
    """`nnx.Pmap` of the class of a model that holds a layer: one layer for each device."""
    builder.write_program(
        _holder(),
        "size = len(jax.devices())\nlifted = nnx.Pmap.constructor(Model, axis_size=size)(rngs=nnx.Rngs(3))",
        _STACKED.format(inner="pmap_module", size="size"),
        """
        rows = jnp.linspace(-1.0, 1.0, size * 6).reshape(size, 2, 3)
        shift = jnp.tile(jnp.arange(4.0), (len(stacked["params"]["bias"]), 1))
        called = jax.pmap(lambda variables, shift, x: linen.apply(variables, x) + shift)
        assert_same(lifted(rows), called(stacked, shift, rows))
        by = lambda leaf: jnp.arange(len(leaf)).reshape(-1, *[1] * leaf[0].ndim)
        more = lambda tree: jax.tree.map(lambda leaf: leaf + by(leaf), tree)
        nnx.update(lifted, more(nnx.state(lifted, nnx.Param)))
        stacked, shift = more((stacked, shift))
        assert_same(linen_variables(lifted.pmap_module.layer), stacked)
        assert_same(lifted(rows), called(stacked, shift, rows))
        """,
    )


@program(needs="nnx.Scan")
def scan_of_a_class(builder: LinenProgramBuilder) -> None:
    """`nnx.Scan` of the class of a model that holds a layer: the output of each layer goes into the next one."""
    reverse = builder.draw(st.booleans())
    builder.write_program(
        _holder(
            features=3, arguments=", row", result="(y := jnp.sin(self.layer(x) + row + self.shift.value)), y.sum()"
        ),
        f"lifted = nnx.Scan.constructor(Model, length=3, reverse={reverse}, carry_argnum=1)(rngs=nnx.Rngs(3))",
        _STACKED.format(inner="scan_module", size=3),
        f"""
        y, sums = lifted(x[0], x)
        step = lambda carry, at: (y := jnp.sin(linen.apply(at[0], carry) + at[1] + jnp.arange(3.0)), y.sum())
        plain_y, plain_sums = jax.lax.scan(step, x[0], (stacked, x), reverse={reverse})
        assert_same(y, plain_y)
        assert_same(sums, plain_sums)
        """,
    )


@program(needs="nnx.fork")
def fork(builder: LinenProgramBuilder) -> None:
    """`nnx.fork` of the RNG streams of a layer, of which one is split."""
    builder.write_program("""
        class Noise(nn.Module):
            @nn.compact
            def __call__(self, x):
                x = nn.Dense(3)(x)
                noise, shift = (jax.random.normal(self.make_rng(name), x.shape) for name in ("noise", "shift"))
                return x + noise, shift

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Noise(), rngs=nnx.Rngs(params=0, noise=1, shift=2)).lazy_init(x)
        graphdef, streams, rest = nnx.split(layer, nnx.RngState, ...)
        forked = nnx.fork(streams, nnx.PathContains("noise"), 3)
        of_each = [forked.split_keys, forked.split_counts, forked.broadcast_keys, forked.broadcast_counts]
        assert [len(jax.tree.leaves(one)) for one in of_each] == [1, 1, 2, 2]
        keys = jax.random.split(jax.tree.leaves(nnx.state(layer.rngs.noise, nnx.RngKey))[0], 3)
        for n in range(3):
            state = jax.tree.map(lambda leaf: leaf[n], forked.split_keys)
            other = nnx.merge(graphdef, state, *of_each[1:], rest)
            own = nnx.Rngs(params=0, noise=keys[n], shift=2)
            for name, stream in layer.rngs.items():
                getattr(own, name).count.value = stream.count.value
            wanted = {name: stream() for name, stream in own.items()}
            y, shift = Noise().apply(linen_variables(layer), x, rngs=wanted)
            assert_same(other(x), (y, shift))
    """)


@program(needs="nnx.with_sharding_constraint")
def with_sharding_constraint(builder: LinenProgramBuilder) -> None:
    """`nnx.with_sharding_constraint` of the parameters of a layer: where they are placed, and that they stay equal."""
    shape = builder.draw(st.sampled_from([(1, 8), (2, 4), (8, 1)]))
    jitted = builder.draw(st.sampled_from(["", "jax.jit"]))
    builder.write_program(f"""
        x = jnp.arange(16.0).reshape(2, 8)
        integers = lambda key, shape, dtype: jnp.arange(64.0).reshape(8, 8).astype(dtype) % 7 - 3
        layer = bridge.ToNNX(nn.Dense(8, kernel_init=integers)).lazy_init(x, rngs=nnx.Rngs(0))
        variables, devices = linen_variables(layer), device_mesh({shape}, ("data", "model"))
        P = jax.sharding.PartitionSpec
        specs = {{"bias": P("model"), "kernel": P("data", "model")}}
        params, state = variables["params"], nnx.state(layer, nnx.Param)
        assert nnx.with_sharding_constraint(params, None, devices) is params
        unplaced = nnx.with_sharding_constraint(params, specs)
        assert all(one is params[name] for name, one in unplaced.items())
        placed = {jitted}(lambda params: nnx.with_sharding_constraint(params, specs, devices))(params)
        for name, spec in specs.items():
            wanted, found = jax.sharding.NamedSharding(devices, spec), placed[name].sharding
            assert found.is_equivalent_to(wanted, len(spec)), f"{{name}} is placed by {{found}}"
        nnx.update(layer, jax.tree.unflatten(jax.tree.structure(state), jax.tree.leaves(placed)))
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x), nn.Dense(8, kernel_init=integers).apply(variables, x))
    """)


def _registered(builder: LinenProgramBuilder, register: str) -> None:
    builder.write_program(f"""
        class Tally(nnx.Variable):
            pass

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                count = self.variable("tally", "count", jnp.zeros, (3,))
                if self.is_mutable_collection("tally"):
                    count.value = count.value + 1
                return nn.Dense(3)(x) + count.value

        {register}("tally", Tally)
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
        with capture_linen_rngs() as keys:
            layer.lazy_init(x)
        variables = Block().init(keys, x)
        for _ in range(2):
            for kind, name in ((Tally, "tally"), (nnx.Param, "params")):
                assert_same(jax.tree.leaves(nnx.state(layer, kind)), jax.tree.leaves(variables[name]))
            y = layer(x, mutable=["tally"])
            expected, updates = Block().apply(variables, x, mutable=["tally"])
            variables = {{**variables, **updates}}
            assert_same(y, expected)
        nnx.update(layer, jax.tree.map(lambda leaf: leaf * 3, nnx.state(layer, Tally)))
        variables = {{**variables, "tally": {{"count": variables["tally"]["count"] * 3}}}}
        assert_same(layer(x), Block().apply(variables, x))
    """)


@program(needs="nnx.register_variable_name_type_pair")
def registered_pair(builder: LinenProgramBuilder) -> None:
    """`nnx.register_variable_name_type_pair`: a layer has variables of the type registered for a collection."""
    _registered(builder, "nnx.register_variable_name_type_pair")


@program(needs="nnx.bridge.register_variable_name_type_pair")
def registered_pair_of_the_bridge(builder: LinenProgramBuilder) -> None:
    """`bridge.register_variable_name_type_pair`: a layer has variables of the type registered for a collection."""
    _registered(builder, "bridge.register_variable_name_type_pair")


@program(needs="nnx.bridge.variables.variable_type_name")
def variable_type_and_its_name(builder: LinenProgramBuilder) -> None:
    """`bridge.variables.variable_type` and `variable_type_name` of the variables of a layer."""
    first = builder.draw(st.booleans())
    early = 'early = bridge.variables.variable_type("tally")'
    builder.write_program(
        early if first else "",
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                count = self.variable("tally", "count", jnp.zeros, (3,))
                return nn.BatchNorm(use_running_average=True)(x) + count.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        norm = layer.BatchNorm_0
        kinds = {"tally": type(layer.count), "params": type(norm["scale"]), "batch_stats": type(norm["mean"])}
        for name, kind in kinds.items():
            assert bridge.variables.variable_type(name) is kind, f"the type of {name} is {kind}"
            assert bridge.variables.variable_type_name(kind) == name
            chosen = nnx.state(layer, kind)
            assert_same(jax.tree.leaves(chosen), jax.tree.leaves(linen_variables(layer)[name]))
        assert kinds["params"] is nnx.Param and kinds["batch_stats"] is nnx.BatchStat
        assert_same(layer(x), Block().apply(linen_variables(layer), x))
        """,
        "assert early is type(layer.count)" if first else "",
    )


# References for the arrays of variables, by their names on 0.10.7 and 0.11.0, and up to 0.12.0.
_REFERENCES = {
    "mutable_array": {
        "make": "mutable_array", "kind": "MutableArray", "ask": "is_mutable_array", "to": "mutable", "back": "freeze",
        "use": "use_mutable_arrays", "using": "using_mutable_arrays",
    },
    "array_ref": {
        "make": "array_ref", "kind": "ArrayRef", "ask": "is_array_ref", "to": "to_refs", "back": "to_arrays",
        "use": "use_refs", "using": "using_refs",
    },
}  # fmt: skip
_BLOCK = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            count = self.variable("counter", "count", jnp.zeros, (3,))
            if self.is_mutable_collection("counter"):
                count.value = count.value + 1
            return nn.Dense(3, name="dense")(x) + count.value

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = Block()
"""
_INITIALIZED = """
    layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
    with capture_linen_rngs() as keys:
        layer.lazy_init(x)
    variables = linen.init(keys, x)
"""
_RUN = """
    assert_same(layer(x), linen.apply(variables, x))
    for _ in range(2):
        y = layer(x, mutable=["counter"])
        expected, updates = linen.apply(variables, x, mutable=["counter"])
        variables = {**variables, **updates}
        assert_same(y, expected)
        assert_same(linen_variables(layer), variables)
"""


def _of_references(builder: LinenProgramBuilder, names: dict[str, str], *texts: str) -> None:
    found = [_BLOCK, _HELD, *texts]
    for key, value in names.items():
        found = [text.replace(f"nnx.<{key}>", f"nnx.{value}") for text in found]
    builder.write_program(*found)


# What a variable holds; `raw_value` is deprecated where `nnx.Variable` has another way.
_HELD = """
    held = lambda variable: variable.get_raw_value() if hasattr(variable, "get_raw_value") else variable.raw_value
"""
_MADE = """
    value = jnp.copy(held(layer.dense["kernel"]))
    reference = nnx.<make>(value)
    assert nnx.<ask>(reference) and isinstance(reference, nnx.<kind>) and not nnx.<ask>(value)
    layer.dense["kernel"] = nnx.Param(reference)
"""
_WRITTEN = """
    reference[...] = reference[...] * 2 - 1
    dense = {**variables["params"]["dense"], "kernel": value * 2 - 1}
    variables = {**variables, "params": {"dense": dense}}
    assert held(layer.dense["kernel"]) is reference
    assert_same(linen_variables(layer), variables)
"""
_CONVERTED = """
    before = variables
    graphdef, params, rest = nnx.split(layer, nnx.Param, ...)
    whole, layer = layer, nnx.merge(graphdef, nnx.<to>(params), jax.tree.map(jnp.copy, rest))
    assert all(nnx.<ask>(held(one)) for one in layer.dense.values())
    assert_same(layer(x), linen.apply(variables, x))
    kernel = held(layer.dense["kernel"])
    kernel[...] = kernel[...] * 2 - 1
    dense = {**variables["params"]["dense"], "kernel": kernel[...]}
    variables = {**variables, "params": {"dense": dense}}
"""
_BACK = """
    graphdef, params, rest = nnx.split(layer, nnx.Param, ...)
    frozen = nnx.merge(graphdef, nnx.<back>(params), rest)
    assert not any(nnx.<ask>(held(one)) for one in frozen.dense.values())
    kernel[...] = kernel[...] + 1
    assert_same(linen_variables(frozen), variables)
    assert_same(frozen(x), linen.apply(variables, x))
    assert_same(linen_variables(whole), before)
"""
_UNDER = """
    assert not nnx.<using>()
    with nnx.<use>(True):
        assert nnx.<using>()
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
        with capture_linen_rngs() as keys:
            layer.lazy_init(x)
        variables = linen.init(keys, x)
        assert nnx.<ask>(held(layer.dense["kernel"])) and nnx.<ask>(held(layer.count))
        assert_same(nnx.jit(lambda layer, x: layer(x))(layer, x), jax.jit(linen.apply)(variables, x))
"""
_AFTER = """
    assert not nnx.<using>()
    other = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
    assert not nnx.<ask>(held(other.dense["kernel"]))
    nnx.update(other, nnx.state(layer, nnx.Param))
    assert_same(variables_of(other, "params"), variables_of(layer, "params"))
"""


def _add_references(name: str, names: dict[str, str]) -> None:
    def made(builder: LinenProgramBuilder) -> None:
        _of_references(builder, names, _INITIALIZED, _MADE, _RUN, _WRITTEN, _RUN)

    def converted(builder: LinenProgramBuilder) -> None:
        _of_references(builder, names, _INITIALIZED, _CONVERTED, _RUN, _BACK)

    def under(builder: LinenProgramBuilder) -> None:
        _of_references(builder, names, _UNDER, indent(dedent(_RUN).strip("\n"), "    "), _AFTER)

    for write, tail, needed, sentence in (
        (made, "in_a_layer", names["make"], f"`nnx.{names['make']}` as the value of a parameter of a layer."),
        (
            converted,
            "of_a_state",
            names["to"],
            f"`nnx.{names['to']}` and `nnx.{names['back']}` of a layer's parameters.",
        ),
        (under, "for_new_variables", names["use"], f"`nnx.{names['use']}`, under which a layer is made and called."),
    ):
        add(f"{name}_{tail}", sentence, LinenFeatureKind.PROGRAM, write, needs=f"nnx.{needed}")


for _name, _names in _REFERENCES.items():
    _add_references(_name, _names)


_HELD_BY = """
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    layer = bridge.ToNNX(nn.Dense(4)).lazy_init(x, rngs=nnx.Rngs(0))
    linear = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
    set_variables(linear, linen_variables(layer))
"""


@program(needs="nnx.field")
def field_next_to_a_layer(builder: LinenProgramBuilder) -> None:
    """`nnx.field` of an `nnx.dataclass` that holds a layer, with `static=True` and without."""
    static = builder.draw(st.booleans())
    builder.write_program(
        f"""
        @nnx.dataclass
        class Holder(nnx.Module, pytree=True):
            first: nnx.Module
            size: int = nnx.field(static={static}, default=3)

            def __call__(self, x):
                return self.size * self.first(x)
        """,
        _HELD_BY,
        f"""
        model, plain_model = Holder(layer), Holder(linear)
        for one, first in ((model, layer), (plain_model, linear)):
            leaves = jax.tree.leaves(one)
            assert any(leaf is first for leaf in leaves) and (3 in leaves) == {not static}
        """,
        """
        assert nnx.graphdef(model) != nnx.graphdef(Holder(layer, size=4))
        for one in (model, plain_model):
            grads = nnx.jit(nnx.grad(lambda one: (one(x) ** 2).sum()))(one)
            nnx.update(one, jax.tree.map(lambda leaf, by: leaf - by, nnx.state(one, nnx.Param), grads))
        assert_same(linen_variables(layer), variables_of(linear))
        model.size = plain_model.size = 5
        copies = [nnx.merge(*nnx.split(one)) for one in (model, plain_model)]
        assert_same(copies[0](x), copies[1](x))
        assert_same(copies[0](x), 5 * nn.Dense(4).apply(linen_variables(layer), x))
        """,
    )


@program(needs="nnx.is_data_type")
def is_data_type(builder: LinenProgramBuilder) -> None:
    """`nnx.is_data_type` of a layer, of its attributes, and of containers of it."""
    builder.write_program(
        _HELD_BY,
        """
        for value in ("{}", "[{}]", "{}.kernel", "{}.kernel.value", "{}.__call__"):
            values = [eval(value.format(name)) for name in ("layer", "linear")]
            assert nnx.is_data_type(values[0]) == nnx.is_data_type(values[1]), value
        assert nnx.is_data_type(layer) and nnx.is_data_type(layer.kernel) and not nnx.is_data_type([layer])
        module = layer.__dict__.get("module", layer.__dict__.get("to_nnx__module"))
        assert not nnx.is_data_type(module), "the Linen module is data"
        assert_same(linen_variables(layer), variables_of(linear))
        assert_same(layer(x), nn.Dense(4).apply(linen_variables(layer), x))
        """,
    )


# The modes of a model that holds a layer, up to 0.12.3; `nnx.view` has them since.
_MODEL = """
    class Model(nnx.Module):
        def __init__(self, first):
            self.first = first
            self.drop = nnx.Dropout(0.5, deterministic=True, rngs=nnx.Rngs(2))
            self.norm = nnx.BatchNorm(4, use_running_average=True, rngs=nnx.Rngs(1))

        def __call__(self, x):
            return self.norm(self.drop(self.first(x)))

    modes = lambda one: (one.drop.deterministic, one.norm.use_running_average)
"""
_MODELS = """
    model, plain_model = Model(layer), Model(linear)
"""


def _with_modes(builder: LinenProgramBuilder, *texts: str) -> None:
    builder.write_program(_MODEL, _HELD_BY, _MODELS, *texts)


@program(needs="nnx.set_mode")
def set_mode(builder: LinenProgramBuilder) -> None:
    """`nnx.set_mode` of a model that holds a layer: other modes, the same `nnx.Variable` objects."""
    only, expected = builder.draw(
        st.sampled_from([("", (False, False)), (", only=nnx.Dropout", (False, True)), (", only=bridge.ToNNX", None)])
    )
    if expected is None:
        _with_modes(
            builder,
            """
            for first in (model.first, model):
                only = ... if first is model.first else bridge.ToNNX
                assert raised(lambda: nnx.set_mode(first, deterministic=False, only=only)) is ValueError
            assert modes(model) == (True, True)
            assert_same(model(x), plain_model(x))
            """,
        )
        return
    _with_modes(
        builder,
        f"""
        seen = lambda one: nnx.set_mode(one, deterministic=False, use_running_average=False{only})
        """.replace(", use_running_average=False, only=nnx.Dropout", ", only=nnx.Dropout"),
        f"""
        viewed, plain_view = seen(model), seen(plain_model)
        assert modes(viewed) == modes(plain_view) == {expected}
        assert modes(model) == (True, True)
        assert type(viewed.first) is bridge.ToNNX and viewed.first is not model.first
        assert viewed.first.kernel is model.first.kernel and viewed.first.bias is model.first.bias
        assert_same(viewed(x), plain_view(x))
        assert_same(variables_of(model.norm), variables_of(plain_model.norm))
        assert_same(model(x), plain_model(x))
        """,
    )


@program(needs="nnx.train_mode")
def train_mode_and_eval_mode(builder: LinenProgramBuilder) -> None:
    """`nnx.train_mode` and `nnx.eval_mode` of a model that holds a layer."""
    _with_modes(
        builder,
        """
        trained, plain_trained = nnx.train_mode(model), nnx.train_mode(plain_model)
        assert modes(trained) == modes(plain_trained) == (False, False)
        assert trained.first.kernel is model.first.kernel
        assert set(vars(trained.first)) == set(vars(model.first))
        assert_same(trained(x), plain_trained(x))
        for each in (trained, plain_trained):
            grads = nnx.grad(lambda each: (each(x) ** 2).sum())(each)
            nnx.update(each, jax.tree.map(lambda leaf, by: leaf - by, nnx.state(each, nnx.Param), grads))
        tested, plain_tested = nnx.eval_mode(trained), nnx.eval_mode(plain_trained)
        assert modes(tested) == modes(plain_tested) == (True, True)
        assert modes(trained) == (False, False)
        assert_same(linen_variables(tested.first), variables_of(plain_tested.first))
        assert_same(variables_of(tested.norm), variables_of(plain_tested.norm))
        assert_same(tested(x), plain_tested(x))
        """,
    )


@program(needs="nnx.set_mode_info")
def set_mode_info(builder: LinenProgramBuilder) -> None:
    """`nnx.set_mode_info` of a model that holds a layer."""
    _with_modes(
        builder,
        """
        assert nnx.set_mode_info(model) == nnx.set_mode_info(plain_model)
        assert nnx.set_mode_info(model, only=nnx.BatchNorm) != nnx.set_mode_info(model)
        assert "deterministic" in nnx.set_mode_info(model)
        assert nnx.set_mode_info(model.first) == ""
        assert_same(model(x), plain_model(x))
        """,
    )


_MORE = """
    kernel = layer.dense["kernel"]
    kernel[...] = kernel[...] * 2 - 1
    dense = {**variables["params"]["dense"], "kernel": kernel[...]}
    variables = {**variables, "params": {"dense": dense}}
"""
_AS_THEY_WERE = """
    assert_same(linen_variables(whole), before)
    assert_same(whole(x), linen.apply(before, x))
"""


def _as_vars(builder: LinenProgramBuilder, *texts: str) -> None:
    builder.write_program(_BLOCK, _INITIALIZED, "whole, before = layer, variables", *texts, _AS_THEY_WERE)


@program(needs="nnx.as_ref_vars")
def as_ref_vars(builder: LinenProgramBuilder) -> None:
    """`nnx.as_ref_vars` and `nnx.as_array_vars` of a layer, whose variables hold references and then arrays."""
    _as_vars(
        builder,
        """
        layer = nnx.as_ref_vars(whole, only=nnx.Param)
        assert type(layer) is bridge.ToNNX and layer is not whole
        assert all(one.has_ref for one in layer.dense.values()) and not layer.count.has_ref
        assert not any(one.has_ref for one in whole.dense.values())
        """,
        _RUN,
        _MORE,
        """
        arrays = nnx.as_array_vars(layer)
        assert not any(one.has_ref for one in arrays.dense.values())
        kept = variables
        """,
        _MORE,
        _RUN,
        """
        assert_same(linen_variables(arrays), kept)
        assert_same(arrays(x), linen.apply(kept, x))
        """,
    )


@program(needs="nnx.as_immutable_vars")
def as_immutable_vars(builder: LinenProgramBuilder) -> None:
    """`nnx.as_immutable_vars` and `nnx.as_mutable_vars` of a layer, whose parameters cannot be set in between."""
    _as_vars(
        builder,
        """
        layer = nnx.as_immutable_vars(whole, only=nnx.Param)
        assert not any(one.is_mutable for one in layer.dense.values()) and layer.count.is_mutable
        change = lambda: layer.dense["kernel"].set_value(jnp.zeros((3, 3)))
        assert raised(change) is flax.errors.ImmutableVariableError
        """,
        _RUN,
        """
        assert not layer.dense["kernel"].is_mutable, "a call makes parameters mutable"
        layer = nnx.as_mutable_vars(layer)
        assert all(one.is_mutable for one in layer.dense.values())
        """,
        _MORE,
        _RUN,
    )


@program(needs="nnx.as_hijax_vars")
def as_hijax_vars(builder: LinenProgramBuilder) -> None:
    """`nnx.as_hijax_vars` and `nnx.as_pytree_vars` of a layer, which together give the layer back."""
    _as_vars(
        builder,
        """
        layer = nnx.as_hijax_vars(whole)
        assert all(one.is_hijax for one in layer.dense.values()) and layer.count.is_hijax
        layer.count.set_value(layer.count.get_value() + 5)
        layer = nnx.as_pytree_vars(layer)
        assert not any(one.is_hijax for one in layer.dense.values()) and not layer.count.is_hijax
        assert type(layer.dense["kernel"]) is nnx.Param and type(layer.count) is type(whole.count)
        variables = {**variables, "counter": {"count": variables["counter"]["count"] + 5}}
        """,
        _RUN,
        _MORE,
        _RUN,
    )


@program(needs="nnx.use_hijax")
def use_hijax(builder: LinenProgramBuilder) -> None:
    """`nnx.use_hijax(False)` inside `nnx.use_hijax(True)`, under which a layer is made and called."""
    builder.write_program(
        _BLOCK,
        """
        assert not nnx.using_hijax()
        with nnx.use_hijax(True):
            assert nnx.using_hijax() and nnx.Param(x).is_hijax
            with nnx.use_hijax(False):
                assert not nnx.using_hijax()
                layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
                with capture_linen_rngs() as keys:
                    layer.lazy_init(x)
                assert not layer.dense["kernel"].is_hijax and not layer.count.is_hijax
            assert nnx.using_hijax()
            assert_same(layer(x), linen.apply(linen_variables(layer), x))
        assert not nnx.using_hijax()
        variables = linen.init(keys, x)
        assert_same(linen_variables(layer), variables)
        """,
        _RUN,
    )
