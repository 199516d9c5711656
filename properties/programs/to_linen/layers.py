"""Parts of an NNX module: each function adds to ``Block`` and is a feature."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import Draft
from properties.programs.to_linen.features import Kind, feature

part = feature(Kind.PART)


@part
def linear(draft: Draft) -> None:
    """An `nnx.Linear`."""
    _linear(draft, "")


@part
def linear_without_bias(draft: Draft) -> None:
    """An `nnx.Linear` with `use_bias=False`."""
    _linear(draft, "use_bias=False, ")


def _linear(draft: Draft, options: str) -> None:
    width = draft.draw(st.sampled_from([3, 4]))
    layer = draft.attribute(draft.fresh("linear"), f"nnx.Linear({draft.width}, {width}, {options}rngs=rngs)")
    draft.body.append(f"x = {layer}(x)")
    draft.width = width


@part
def param(draft: Draft) -> None:
    """An `nnx.Param`, constant or random."""
    value = draft.draw(st.sampled_from(["jnp.ones({})", "jax.random.normal(rngs.params(), ({},))"]))
    w = draft.attribute(draft.fresh("w"), f"nnx.Param({value.format(draft.width)})")
    draft.body.append(f"x = x * {w}[...]")


@part
def constructor_reads_values(draft: Draft) -> None:
    """A constructor that reads the values that it draws and so cannot be traced."""
    draft.has("not traced")
    value = f"jax.random.normal(rngs.params(), ({draft.width},))"
    w = draft.attribute(draft.fresh("w"), f"nnx.Param(jnp.ones({draft.width}) * float({value}.max()))")
    draft.body.append(f"x = x * {w}[...]")


@part
def plain_array(draft: Draft) -> None:
    """An array attribute that is not an `nnx.Variable`."""
    draft.has("plain array")
    table = draft.attribute(draft.fresh("table"), f"jnp.arange({draft.width}.0)")
    draft.body.append(f"x = x * {table}")


@part
def list_of_plain_arrays(draft: Draft) -> None:
    """A list of arrays that are not `nnx.Variable` objects."""
    draft.has("plain array")
    tables = draft.fresh("tables")
    data = "getattr(nnx, 'List', list)"
    draft.attribute(tables, f"{data}([jnp.arange({draft.width}.0)])")
    draft.body.append(f"x = x * self.{tables}[0]")


@part
def several_params(draft: Draft) -> None:
    """Two `nnx.Param` of different shapes, one of them a scalar."""
    a = draft.attribute(draft.fresh("a"), f"nnx.Param(jax.random.normal(rngs.params(), ({draft.width},)))")
    b = draft.attribute(draft.fresh("b"), "nnx.Param(jax.random.normal(rngs.params(), ()))")
    draft.body.append(f"x = x * {a}[...] + {b}[...]")


@part
def dtypes(draft: Draft) -> None:
    """An `nnx.Param` of another dtype than float32."""
    dtype = draft.draw(st.sampled_from(["int32", "bool", "bfloat16", "float16", "uint8"]))
    w = draft.attribute(draft.fresh("w"), f"nnx.Param(jnp.ones({draft.width}, jnp.{dtype}))")
    draft.body.append(f"x = x + {w}[...].astype(x.dtype)")


@part
def layer_norm(draft: Draft) -> None:
    """An `nnx.LayerNorm`."""
    norm = draft.attribute(draft.fresh("norm"), f"nnx.LayerNorm({draft.width}, rngs=rngs)")
    draft.body.append(f"x = {norm}(x)")


@part
def embed(draft: Draft) -> None:
    """An `nnx.Embed`."""
    table = draft.attribute(draft.fresh("embed"), f"nnx.Embed(5, {draft.width}, rngs=rngs)")
    draft.body.append(f"x = x + {table}(jnp.array([0, 4]))")


@part
def nested(draft: Draft) -> None:
    """An NNX module in an NNX module, one or two levels deep."""
    draft.define(
        "class Inner(nnx.Module):\n"
        "    def __init__(self, width, *, rngs):\n"
        "        self.linear = nnx.Linear(width, width, rngs=rngs)\n\n"
        "    def __call__(self, x):\n"
        "        return self.linear(x)"
    )
    kind = "Inner"
    if draft.draw(st.booleans()):
        draft.define(
            "class Middle(nnx.Module):\n"
            "    def __init__(self, width, *, rngs):\n"
            "        self.inner = Inner(width, rngs=rngs)\n\n"
            "    def __call__(self, x):\n"
            "        return self.inner(x) + x"
        )
        kind = "Middle"
    inner = draft.attribute(draft.fresh("inner"), f"{kind}({draft.width}, rngs=rngs)")
    draft.body.append(f"x = {inner}(x)")


@feature(Kind.PART, needs="nnx.List")
def module_list(draft: Draft) -> None:
    """An `nnx.List` of modules."""
    number, width = draft.draw(st.sampled_from([1, 2])), draft.width
    layers = draft.fresh("layers")
    draft.attribute(layers, f"nnx.List([nnx.Linear({width}, {width}, rngs=rngs) for _ in range({number})])")
    draft.body += [f"for layer in self.{layers}:", "    x = layer(x)"]


@feature(Kind.PART, needs="nnx.Dict")
def module_dict(draft: Draft) -> None:
    """An `nnx.Dict` of modules."""
    layers, width = draft.fresh("layers"), draft.width
    draft.attribute(layers, f'nnx.Dict({{"a": nnx.Linear({width}, {width}, rngs=rngs)}})')
    draft.body.append(f'x = self.{layers}["a"](x)')


@part
def sequential(draft: Draft) -> None:
    """An `nnx.Sequential`."""
    width = draft.width
    layers = draft.attribute(
        draft.fresh("layers"), f"nnx.Sequential(nnx.Linear({width}, {width}, rngs=rngs), nnx.relu)"
    )
    draft.body.append(f"x = {layers}(x)")


@part
def shared_module(draft: Draft) -> None:
    """A module under two names."""
    first = draft.attribute(draft.fresh("first"), f"nnx.Linear({draft.width}, {draft.width}, rngs=rngs)")
    second = draft.attribute(draft.fresh("second"), first)
    draft.body.append(f"x = {second}({first}(x))")


@part
def shared_param(draft: Draft) -> None:
    """An `nnx.Param` under two names."""
    first = draft.attribute(draft.fresh("first"), f"nnx.Param(jax.random.normal(rngs.params(), ({draft.width},)))")
    second = draft.attribute(draft.fresh("second"), first)
    draft.body.append(f"x = x * {first}[...] + {second}[...]")


@part
def dict_in_a_param(draft: Draft) -> None:
    """An `nnx.Param` that holds a dict of arrays."""
    draft.has("container")
    w = draft.attribute(draft.fresh("w"), f'nnx.Param({{"a": jnp.ones({draft.width}), "b": jnp.zeros(())}})')
    draft.body.append(f'x = x * {w}.value["a"] + {w}.value["b"]')


@part
def tuple_in_a_param(draft: Draft) -> None:
    """An `nnx.Param` that holds a tuple of arrays."""
    draft.has("container")
    w = draft.attribute(draft.fresh("w"), f"nnx.Param((jnp.ones({draft.width}), jnp.zeros(())))")
    draft.body.append(f"x = x * {w}.value[0] + {w}.value[1]")


@part
def subclass_of_param(draft: Draft) -> None:
    """A user-defined subclass of `nnx.Param`."""
    draft.define("class Special(nnx.Param):\n    pass")
    w = draft.attribute(draft.fresh("w"), f"Special(jnp.full({draft.width}, 2.0))")
    draft.body.append(f"x = x * {w}[...]")


@part
def lora(draft: Draft) -> None:
    """An `nnx.LoRA`, whose parameters are `nnx.LoRAParam` objects."""
    layer = draft.attribute(draft.fresh("lora"), f"nnx.LoRA({draft.width}, 2, {draft.width}, rngs=rngs)")
    draft.body.append(f"x = x + {layer}(x)")


@part
def static_attribute(draft: Draft) -> None:
    """A static attribute set from a constructor argument."""
    value = draft.draw(st.sampled_from(["2.0", "-1"]))
    scale = draft.attribute("scale", draft.argument("scale", value))
    draft.body.append(f"x = x * {scale}")


@part
def reserved_attribute_names(draft: Draft) -> None:
    """An attribute named like a collection, a field of `bridge.ToLinen` or an attribute of `nn.Module`."""
    # Linen has no parameter named params: it takes a collection of that name for a mistake.
    name = draft.draw(st.sampled_from(["batch_stats", "nnx", "args", "kwargs", "name", "parent", "scope", "variables"]))
    w = draft.attribute(draft.fresh(name), f"nnx.Param(jnp.full({draft.width}, 2.0))")
    draft.body.append(f"x = x * {w}[...]")


@part
def batch_norm(draft: Draft) -> None:
    """An `nnx.BatchNorm`, whose statistics each call updates."""
    momentum = draft.draw(st.sampled_from(["", "momentum=0.5, "]))
    norm = draft.attribute(draft.fresh("norm"), f"nnx.BatchNorm({draft.width}, {momentum}rngs=rngs)")
    draft.body.append(f"x = {norm}(x)")
    draft.changes("batch_stats")


@part
def counter(draft: Draft) -> None:
    """A user-defined `nnx.Variable` type, which each call updates."""
    draft.define("class Counter(nnx.Variable):\n    pass")
    count = draft.attribute(draft.fresh("count"), "Counter(jnp.zeros(()))")
    draft.body += [f"{count}.value = {count}[...] + 1", f"x = x + {count}[...]"]
    draft.changes("Counter")


@part
def registered_variable_type(draft: Draft) -> None:
    """A user-defined `nnx.Variable` type that is registered for a collection."""
    draft.define('class Total(nnx.Variable):\n    pass\n\nregister_collection("totals", Total)')
    total = draft.attribute(draft.fresh("total"), "Total(jnp.zeros(()))")
    draft.body.append(f"{total}.value = {total}[...] + jnp.sum(x)")
    draft.changes("totals")


@part
def cache(draft: Draft) -> None:
    """An `nnx.Cache` of the previous input."""
    last = draft.attribute(draft.fresh("last"), f"nnx.Cache(jnp.zeros((2, {draft.width})))")
    draft.body.append(f"x, {last}.value = x + {last}[...], x")
    draft.changes("cache")


@part
def batch_stat(draft: Draft) -> None:
    """An `nnx.BatchStat` that each call updates."""
    mean = draft.attribute(draft.fresh("mean"), f"nnx.BatchStat(jnp.zeros({draft.width}))")
    draft.body.append(f"{mean}.value = 0.5 * {mean}[...] + x.mean(0)")
    draft.changes("batch_stats")


@part
def dropout(draft: Draft) -> None:
    """An `nnx.Dropout`, which draws a key at each call."""
    layer = draft.attribute(draft.fresh("dropout"), "nnx.Dropout(0.5, deterministic=False, rngs=rngs)")
    draft.body.append(f"x = {layer}(x)")
    draft.needs_stream("dropout")


@part
def stored_rngs(draft: Draft) -> None:
    """An `nnx.Rngs` attribute, from which the module draws at each call."""
    if "self.rngs = rngs" not in draft.init:
        draft.attribute("rngs", "rngs")
    stream = draft.draw(st.sampled_from(["noise", "dropout"]))
    draft.body.append(f"x = x + jax.random.normal(self.rngs.{stream}(), ())")
    draft.needs_stream(stream)


@part
def sharding_metadata(draft: Draft) -> None:
    """An `nnx.Param` with `sharding_metadata` metadata, shown by `nn.get_partition_spec`."""
    draft.has("sharded")
    name = draft.fresh("w")
    value = f'nnx.Param(jnp.full({draft.width}, 2.0), sharding=("data",), eager_sharding=False)'
    draft.body.append(f"x = x * {draft.attribute(name, value)}[...]")
    draft.steps.append(
        "specs = jax.tree.leaves(nn.get_partition_spec(variables), is_leaf=lambda leaf: leaf is None)\n"
        'assert jax.sharding.PartitionSpec("data") in specs, f"partition specs {specs}"'
    )


@part
def metadata(draft: Draft) -> None:
    """An `nnx.Param` with user-defined metadata that the module reads."""
    w = draft.attribute(draft.fresh("w"), f"nnx.Param(jnp.full({draft.width}, 2.0), power=2)")
    draft.body.append(f"x = x * {w}[...] ** {w}.power")
