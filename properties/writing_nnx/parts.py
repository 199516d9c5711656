"""What an NNX module can be made of: each part adds to ``Block``, and its name is that of the feature."""

from hypothesis import strategies as st

from properties.writing_nnx.draft import Draft
from properties.writing_nnx.features import Kind, feature

part = feature(Kind.PART)


@part
def linear(draft: Draft) -> None:
    """A layer of Flax."""
    _linear(draft, "")


@part
def linear_without_bias(draft: Draft) -> None:
    """A layer of Flax that has no bias."""
    _linear(draft, "use_bias=False, ")


def _linear(draft: Draft, options: str) -> None:
    width = draft.draw(st.sampled_from([3, 4]))
    layer = draft.attribute(draft.fresh("linear"), f"nnx.Linear({draft.width}, {width}, {options}rngs=rngs)")
    draft.body.append(f"x = {layer}(x)")
    draft.width = width


@part
def param(draft: Draft) -> None:
    """A parameter of the module's own, random or not."""
    value = draft.draw(st.sampled_from(["jnp.ones({})", "jax.random.normal(rngs.params(), ({},))"]))
    w = draft.attribute(draft.fresh("w"), f"nnx.Param({value.format(draft.width)})")
    draft.body.append(f"x = x * {w}[...]")


@part
def made_of_concrete_values(draft: Draft) -> None:
    """A constructor that looks at the values that it has drawn, and so cannot be traced."""
    draft.has("not traced")
    value = f"jax.random.normal(rngs.params(), ({draft.width},))"
    w = draft.attribute(draft.fresh("w"), f"nnx.Param(jnp.ones({draft.width}) * float({value}.max()))")
    draft.body.append(f"x = x * {w}[...]")


@part
def plain_array(draft: Draft) -> None:
    """An attribute that is an array and no variable."""
    draft.has("plain array")
    table = draft.attribute(draft.fresh("table"), f"jnp.arange({draft.width}.0)")
    draft.body.append(f"x = x * {table}")


@part
def list_of_plain_arrays(draft: Draft) -> None:
    """A list of arrays that are no variables."""
    draft.has("plain array")
    tables = draft.fresh("tables")
    data = "getattr(nnx, 'List', list)"
    draft.attribute(tables, f"{data}([jnp.arange({draft.width}.0)])")
    draft.body.append(f"x = x * self.{tables}[0]")


@part
def several_params(draft: Draft) -> None:
    """Two parameters of different shapes, of which one is a scalar."""
    a = draft.attribute(draft.fresh("a"), f"nnx.Param(jax.random.normal(rngs.params(), ({draft.width},)))")
    b = draft.attribute(draft.fresh("b"), "nnx.Param(jax.random.normal(rngs.params(), ()))")
    draft.body.append(f"x = x * {a}[...] + {b}[...]")


@part
def dtypes(draft: Draft) -> None:
    """A parameter that is not of float32."""
    dtype = draft.draw(st.sampled_from(["int32", "bool", "bfloat16", "float16", "uint8"]))
    w = draft.attribute(draft.fresh("w"), f"nnx.Param(jnp.ones({draft.width}, jnp.{dtype}))")
    draft.body.append(f"x = x + {w}[...].astype(x.dtype)")


@part
def layer_norm(draft: Draft) -> None:
    """A layer of Flax with a scale and a bias."""
    norm = draft.attribute(draft.fresh("norm"), f"nnx.LayerNorm({draft.width}, rngs=rngs)")
    draft.body.append(f"x = {norm}(x)")


@part
def embed(draft: Draft) -> None:
    """A table that is looked up."""
    table = draft.attribute(draft.fresh("embed"), f"nnx.Embed(5, {draft.width}, rngs=rngs)")
    draft.body.append(f"x = x + {table}(jnp.array([0, 4]))")


@part
def nested(draft: Draft) -> None:
    """A module in a module, once or twice deep."""
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
    """A list of modules."""
    number, width = draft.draw(st.sampled_from([1, 2])), draft.width
    layers = draft.fresh("layers")
    draft.attribute(layers, f"nnx.List([nnx.Linear({width}, {width}, rngs=rngs) for _ in range({number})])")
    draft.body += [f"for layer in self.{layers}:", "    x = layer(x)"]


@feature(Kind.PART, needs="nnx.Dict")
def module_dict(draft: Draft) -> None:
    """A dictionary of modules."""
    layers, width = draft.fresh("layers"), draft.width
    draft.attribute(layers, f'nnx.Dict({{"a": nnx.Linear({width}, {width}, rngs=rngs)}})')
    draft.body.append(f'x = self.{layers}["a"](x)')


@part
def sequential(draft: Draft) -> None:
    """Layers of Flax one after the other."""
    width = draft.width
    layers = draft.attribute(
        draft.fresh("layers"), f"nnx.Sequential(nnx.Linear({width}, {width}, rngs=rngs), nnx.relu)"
    )
    draft.body.append(f"x = {layers}(x)")


@part
def shared_module(draft: Draft) -> None:
    """One module under two names."""
    first = draft.attribute(draft.fresh("first"), f"nnx.Linear({draft.width}, {draft.width}, rngs=rngs)")
    second = draft.attribute(draft.fresh("second"), first)
    draft.body.append(f"x = {second}({first}(x))")


@part
def shared_param(draft: Draft) -> None:
    """One parameter under two names."""
    first = draft.attribute(draft.fresh("first"), f"nnx.Param(jax.random.normal(rngs.params(), ({draft.width},)))")
    second = draft.attribute(draft.fresh("second"), first)
    draft.body.append(f"x = x * {first}[...] + {second}[...]")


@part
def param_of_a_dict(draft: Draft) -> None:
    """A variable that holds a dictionary of arrays."""
    draft.has("container")
    w = draft.attribute(draft.fresh("w"), f'nnx.Param({{"a": jnp.ones({draft.width}), "b": jnp.zeros(())}})')
    draft.body.append(f'x = x * {w}.value["a"] + {w}.value["b"]')


@part
def param_of_a_tuple(draft: Draft) -> None:
    """A variable that holds a tuple of arrays."""
    draft.has("container")
    w = draft.attribute(draft.fresh("w"), f"nnx.Param((jnp.ones({draft.width}), jnp.zeros(())))")
    draft.body.append(f"x = x * {w}.value[0] + {w}.value[1]")


@part
def subclass_of_param(draft: Draft) -> None:
    """A parameter of a type of its own, which is a Param too."""
    draft.define("class Special(nnx.Param):\n    pass")
    w = draft.attribute(draft.fresh("w"), f"Special(jnp.full({draft.width}, 2.0))")
    draft.body.append(f"x = x * {w}[...]")


@part
def lora(draft: Draft) -> None:
    """A layer of Flax whose parameters are of a type of their own."""
    layer = draft.attribute(draft.fresh("lora"), f"nnx.LoRA({draft.width}, 2, {draft.width}, rngs=rngs)")
    draft.body.append(f"x = x + {layer}(x)")


@part
def static_attribute(draft: Draft) -> None:
    """An attribute that is no variable, and an argument of the constructor."""
    value = draft.draw(st.sampled_from(["2.0", "-1"]))
    scale = draft.attribute("scale", draft.argument("scale", value))
    draft.body.append(f"x = x * {scale}")


@part
def odd_names(draft: Draft) -> None:
    """An attribute named as a collection, or as a field of ``bridge.ToLinen`` or a Linen module."""
    # Linen has no parameter named params: it takes such variables for a mistake.
    name = draft.draw(st.sampled_from(["batch_stats", "nnx", "args", "kwargs", "name", "parent", "scope", "variables"]))
    w = draft.attribute(draft.fresh(name), f"nnx.Param(jnp.full({draft.width}, 2.0))")
    draft.body.append(f"x = x * {w}[...]")


@part
def batch_norm(draft: Draft) -> None:
    """Statistics that each call updates."""
    momentum = draft.draw(st.sampled_from(["", "momentum=0.5, "]))
    norm = draft.attribute(draft.fresh("norm"), f"nnx.BatchNorm({draft.width}, {momentum}rngs=rngs)")
    draft.body.append(f"x = {norm}(x)")
    draft.changes("batch_stats")


@part
def counter(draft: Draft) -> None:
    """A variable of a type of the user's own, whose collection is named as the type."""
    draft.define("class Counter(nnx.Variable):\n    pass")
    count = draft.attribute(draft.fresh("count"), "Counter(jnp.zeros(()))")
    draft.body += [f"{count}.value = {count}[...] + 1", f"x = x + {count}[...]"]
    draft.changes("Counter")


@part
def registered_type(draft: Draft) -> None:
    """A variable of a type that is registered for a collection."""
    draft.define('class Total(nnx.Variable):\n    pass\n\nregister_collection("totals", Total)')
    total = draft.attribute(draft.fresh("total"), "Total(jnp.zeros(()))")
    draft.body.append(f"{total}.value = {total}[...] + jnp.sum(x)")
    draft.changes("totals")


@part
def cache(draft: Draft) -> None:
    """What the last call saw, kept as ``nnx.Cache``."""
    last = draft.attribute(draft.fresh("last"), f"nnx.Cache(jnp.zeros((2, {draft.width})))")
    draft.body.append(f"x, {last}.value = x + {last}[...], x")
    draft.changes("cache")


@part
def batch_stat(draft: Draft) -> None:
    """A ``nnx.BatchStat`` of the module's own."""
    mean = draft.attribute(draft.fresh("mean"), f"nnx.BatchStat(jnp.zeros({draft.width}))")
    draft.body.append(f"{mean}.value = 0.5 * {mean}[...] + x.mean(0)")
    draft.changes("batch_stats")


@part
def dropout(draft: Draft) -> None:
    """Dropout, which draws from a stream at each call."""
    layer = draft.attribute(draft.fresh("dropout"), "nnx.Dropout(0.5, deterministic=False, rngs=rngs)")
    draft.body.append(f"x = {layer}(x)")
    draft.needs_stream("dropout")


@part
def stored_rngs(draft: Draft) -> None:
    """An Rngs that the module keeps and draws from at each call."""
    if "self.rngs = rngs" not in draft.init:
        draft.attribute("rngs", "rngs")
    stream = draft.draw(st.sampled_from(["noise", "dropout"]))
    draft.body.append(f"x = x + jax.random.normal(self.rngs.{stream}(), ())")
    draft.needs_stream(stream)


@part
def sharding(draft: Draft) -> None:
    """A parameter with the names of the axes along which it is sharded, which Linen is told."""
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
    """A parameter with metadata of the user's own, which the module reads."""
    w = draft.attribute(draft.fresh("w"), f"nnx.Param(jnp.full({draft.width}, 2.0), power=2)")
    draft.body.append(f"x = x * {w}[...] ** {w}.power")
