"""Parts of an NNX module: each function adds to ``Block`` and is a feature."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

part = feature(NnxFeatureKind.PART)


@part
def linear(builder: NnxProgramBuilder) -> None:
    """An `nnx.Linear`."""
    _linear(builder, "")


@part
def linear_without_bias(builder: NnxProgramBuilder) -> None:
    """An `nnx.Linear` with `use_bias=False`."""
    _linear(builder, "use_bias=False, ")


def _linear(builder: NnxProgramBuilder, options: str) -> None:
    width = builder.draw(st.sampled_from([3, 4]))
    layer = builder.attribute(builder.fresh("linear"), f"nnx.Linear({builder.width}, {width}, {options}rngs=rngs)")
    builder.body.append(f"x = {layer}(x)")
    builder.width = width


@part
def param(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param`, constant or random."""
    value = builder.draw(st.sampled_from(["jnp.ones({})", "jax.random.normal(rngs.params(), ({},))"]))
    w = builder.attribute(builder.fresh("w"), f"nnx.Param({value.format(builder.width)})")
    builder.body.append(f"x = x * {w}[...]")


@part
def constructor_reads_values(builder: NnxProgramBuilder) -> None:
    """A constructor that reads the values that it draws and so cannot be traced."""
    builder.has("not traced")
    value = f"jax.random.normal(rngs.params(), ({builder.width},))"
    w = builder.attribute(builder.fresh("w"), f"nnx.Param(jnp.ones({builder.width}) * float({value}.max()))")
    builder.body.append(f"x = x * {w}[...]")


@part
def plain_array(builder: NnxProgramBuilder) -> None:
    """An array attribute that is not an `nnx.Variable`."""
    builder.has("plain array")
    table = builder.attribute(builder.fresh("table"), f"jnp.arange({builder.width}.0)")
    builder.body.append(f"x = x * {table}")


@part
def list_of_plain_arrays(builder: NnxProgramBuilder) -> None:
    """A list of arrays that are not `nnx.Variable` objects."""
    builder.has("plain array")
    tables = builder.fresh("tables")
    data = "getattr(nnx, 'List', list)"
    builder.attribute(tables, f"{data}([jnp.arange({builder.width}.0)])")
    builder.body.append(f"x = x * self.{tables}[0]")


@part
def several_params(builder: NnxProgramBuilder) -> None:
    """Two `nnx.Param` of different shapes, one of them a scalar."""
    a = builder.attribute(builder.fresh("a"), f"nnx.Param(jax.random.normal(rngs.params(), ({builder.width},)))")
    b = builder.attribute(builder.fresh("b"), "nnx.Param(jax.random.normal(rngs.params(), ()))")
    builder.body.append(f"x = x * {a}[...] + {b}[...]")


@part
def dtypes(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` of another dtype than float32."""
    dtype = builder.draw(st.sampled_from(["int32", "bool", "bfloat16", "float16", "uint8"]))
    w = builder.attribute(builder.fresh("w"), f"nnx.Param(jnp.ones({builder.width}, jnp.{dtype}))")
    builder.body.append(f"x = x + {w}[...].astype(x.dtype)")


@part
def layer_norm(builder: NnxProgramBuilder) -> None:
    """An `nnx.LayerNorm`."""
    norm = builder.attribute(builder.fresh("norm"), f"nnx.LayerNorm({builder.width}, rngs=rngs)")
    builder.body.append(f"x = {norm}(x)")


@part
def embed(builder: NnxProgramBuilder) -> None:
    """An `nnx.Embed`."""
    table = builder.attribute(builder.fresh("embed"), f"nnx.Embed(5, {builder.width}, rngs=rngs)")
    builder.body.append(f"x = x + {table}(jnp.array([0, 4]))")


@part
def nested(builder: NnxProgramBuilder) -> None:
    """An NNX module in an NNX module, one or two levels deep."""
    builder.define(
        "class Inner(nnx.Module):\n"
        "    def __init__(self, width, *, rngs):\n"
        "        self.linear = nnx.Linear(width, width, rngs=rngs)\n\n"
        "    def __call__(self, x):\n"
        "        return self.linear(x)"
    )
    kind = "Inner"
    if builder.draw(st.booleans()):
        builder.define(
            "class Middle(nnx.Module):\n"
            "    def __init__(self, width, *, rngs):\n"
            "        self.inner = Inner(width, rngs=rngs)\n\n"
            "    def __call__(self, x):\n"
            "        return self.inner(x) + x"
        )
        kind = "Middle"
    inner = builder.attribute(builder.fresh("inner"), f"{kind}({builder.width}, rngs=rngs)")
    builder.body.append(f"x = {inner}(x)")


@feature(NnxFeatureKind.PART, needs="nnx.List")
def module_list(builder: NnxProgramBuilder) -> None:
    """An `nnx.List` of modules."""
    number, width = builder.draw(st.sampled_from([1, 2])), builder.width
    layers = builder.fresh("layers")
    builder.attribute(layers, f"nnx.List([nnx.Linear({width}, {width}, rngs=rngs) for _ in range({number})])")
    builder.body += [f"for layer in self.{layers}:", "    x = layer(x)"]


@feature(NnxFeatureKind.PART, needs="nnx.Dict")
def module_dict(builder: NnxProgramBuilder) -> None:
    """An `nnx.Dict` of modules."""
    layers, width = builder.fresh("layers"), builder.width
    builder.attribute(layers, f'nnx.Dict({{"a": nnx.Linear({width}, {width}, rngs=rngs)}})')
    builder.body.append(f'x = self.{layers}["a"](x)')


@part
def sequential(builder: NnxProgramBuilder) -> None:
    """An `nnx.Sequential`."""
    width = builder.width
    layers = builder.attribute(
        builder.fresh("layers"), f"nnx.Sequential(nnx.Linear({width}, {width}, rngs=rngs), nnx.relu)"
    )
    builder.body.append(f"x = {layers}(x)")


@part
def shared_module(builder: NnxProgramBuilder) -> None:
    """A module under two names."""
    first = builder.attribute(builder.fresh("first"), f"nnx.Linear({builder.width}, {builder.width}, rngs=rngs)")
    second = builder.attribute(builder.fresh("second"), first)
    builder.body.append(f"x = {second}({first}(x))")


@part
def shared_param(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` under two names."""
    first = builder.attribute(
        builder.fresh("first"), f"nnx.Param(jax.random.normal(rngs.params(), ({builder.width},)))"
    )
    second = builder.attribute(builder.fresh("second"), first)
    builder.body.append(f"x = x * {first}[...] + {second}[...]")


@part
def dict_in_a_param(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` that holds a dict of arrays."""
    builder.has("container")
    w = builder.attribute(builder.fresh("w"), f'nnx.Param({{"a": jnp.ones({builder.width}), "b": jnp.zeros(())}})')
    builder.body.append(f'x = x * {w}.value["a"] + {w}.value["b"]')


@part
def tuple_in_a_param(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` that holds a tuple of arrays."""
    builder.has("container")
    w = builder.attribute(builder.fresh("w"), f"nnx.Param((jnp.ones({builder.width}), jnp.zeros(())))")
    builder.body.append(f"x = x * {w}.value[0] + {w}.value[1]")


@part
def subclass_of_param(builder: NnxProgramBuilder) -> None:
    """A user-defined subclass of `nnx.Param`."""
    builder.define("class Special(nnx.Param):\n    pass")
    w = builder.attribute(builder.fresh("w"), f"Special(jnp.full({builder.width}, 2.0))")
    builder.body.append(f"x = x * {w}[...]")


@part
def lora(builder: NnxProgramBuilder) -> None:
    """An `nnx.LoRA`, whose parameters are `nnx.LoRAParam` objects."""
    layer = builder.attribute(builder.fresh("lora"), f"nnx.LoRA({builder.width}, 2, {builder.width}, rngs=rngs)")
    builder.body.append(f"x = x + {layer}(x)")


@part
def static_attribute(builder: NnxProgramBuilder) -> None:
    """A static attribute set from a constructor argument."""
    value = builder.draw(st.sampled_from(["2.0", "-1"]))
    scale = builder.attribute("scale", builder.argument("scale", value))
    builder.body.append(f"x = x * {scale}")


@part
def reserved_attribute_names(builder: NnxProgramBuilder) -> None:
    """An attribute named like a collection, a field of `bridge.ToLinen` or an attribute of `nn.Module`."""
    # Linen has no parameter named params: it takes a collection of that name for a mistake.
    name = builder.draw(
        st.sampled_from(["batch_stats", "nnx", "args", "kwargs", "name", "parent", "scope", "variables"])
    )
    w = builder.attribute(builder.fresh(name), f"nnx.Param(jnp.full({builder.width}, 2.0))")
    builder.body.append(f"x = x * {w}[...]")


@part
def batch_norm(builder: NnxProgramBuilder) -> None:
    """An `nnx.BatchNorm`, whose statistics each call updates."""
    momentum = builder.draw(st.sampled_from(["", "momentum=0.5, "]))
    norm = builder.attribute(builder.fresh("norm"), f"nnx.BatchNorm({builder.width}, {momentum}rngs=rngs)")
    builder.body.append(f"x = {norm}(x)")
    builder.changes("batch_stats")


@part
def counter(builder: NnxProgramBuilder) -> None:
    """A user-defined `nnx.Variable` type, which each call updates."""
    builder.define("class Counter(nnx.Variable):\n    pass")
    count = builder.attribute(builder.fresh("count"), "Counter(jnp.zeros(()))")
    builder.body += [f"{count}.value = {count}[...] + 1", f"x = x + {count}[...]"]
    builder.changes("Counter")


@part
def registered_variable_type(builder: NnxProgramBuilder) -> None:
    """A user-defined `nnx.Variable` type that is registered for a collection."""
    builder.define('class Total(nnx.Variable):\n    pass\n\nregister_collection("totals", Total)')
    total = builder.attribute(builder.fresh("total"), "Total(jnp.zeros(()))")
    builder.body.append(f"{total}.value = {total}[...] + jnp.sum(x)")
    builder.changes("totals")


@part
def cache(builder: NnxProgramBuilder) -> None:
    """An `nnx.Cache` of the previous input."""
    last = builder.attribute(builder.fresh("last"), f"nnx.Cache(jnp.zeros((2, {builder.width})))")
    builder.body.append(f"x, {last}.value = x + {last}[...], x")
    builder.changes("cache")


@part
def batch_stat(builder: NnxProgramBuilder) -> None:
    """An `nnx.BatchStat` that each call updates."""
    mean = builder.attribute(builder.fresh("mean"), f"nnx.BatchStat(jnp.zeros({builder.width}))")
    builder.body.append(f"{mean}.value = 0.5 * {mean}[...] + x.mean(0)")
    builder.changes("batch_stats")


@part
def dropout(builder: NnxProgramBuilder) -> None:
    """An `nnx.Dropout`, which draws a key at each call."""
    layer = builder.attribute(builder.fresh("dropout"), "nnx.Dropout(0.5, deterministic=False, rngs=rngs)")
    builder.body.append(f"x = {layer}(x)")
    builder.needs_stream("dropout")


@part
def stored_rngs(builder: NnxProgramBuilder) -> None:
    """An `nnx.Rngs` attribute, from which the module draws at each call."""
    if "self.rngs = rngs" not in builder.init:
        builder.attribute("rngs", "rngs")
    stream = builder.draw(st.sampled_from(["noise", "dropout"]))
    builder.body.append(f"x = x + jax.random.normal(self.rngs.{stream}(), ())")
    builder.needs_stream(stream)


@part
def sharding_metadata(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` with `sharding_metadata` metadata, shown by `nn.get_partition_spec`."""
    builder.has("sharded")
    name = builder.fresh("w")
    value = f'nnx.Param(jnp.full({builder.width}, 2.0), sharding=("data",), eager_sharding=False)'
    builder.body.append(f"x = x * {builder.attribute(name, value)}[...]")
    builder.steps.append(
        "specs = jax.tree.leaves(nn.get_partition_spec(variables), is_leaf=lambda leaf: leaf is None)\n"
        'assert jax.sharding.PartitionSpec("data") in specs, f"partition specs {specs}"'
    )


@part
def metadata(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` with user-defined metadata that the module reads."""
    w = builder.attribute(builder.fresh("w"), f"nnx.Param(jnp.full({builder.width}, 2.0), power=2)")
    builder.body.append(f"x = x * {w}[...] ** {w}.power")
