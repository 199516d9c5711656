"""Features of modules: variables in other collections than params."""

from properties.programs.to_nnx.builder import Draft
from properties.programs.to_nnx.features import Style, part


@part()
def constant(draft: Draft) -> None:
    """A variable that `init` creates and no call changes."""
    name = draft.block.fresh("c")
    value = draft.block.define(name, f'self.variable("constants", "{name}", jnp.ones, (1,))')
    draft.block.write(f"x = x + {value}.value")


@part()
def counter(draft: Draft) -> None:
    """A variable that each mutable call changes."""
    name = draft.block.fresh("count")
    draft.changes("counter")
    value = draft.block.define(name, f'self.variable("counter", "{name}", jnp.zeros, ())')
    draft.block.write(f"""
        if self.is_mutable_collection("counter"):
            {value}.value = {value}.value + 1
        x = x + {value}.value
    """)


@part()
def put_variable(draft: Draft) -> None:
    """A variable written by `self.put_variable` and read by `self.get_variable`."""
    name = draft.block.fresh("last")
    draft.changes("cache")
    draft.block.write(f"""
        if self.is_mutable_collection("cache"):
            self.put_variable("cache", "{name}", x.sum())
        x = x + self.get_variable("cache", "{name}", 0.0)
    """)


@part(Style.COMPACT)
def created_by_a_call(draft: Draft) -> None:
    """A variable that the first mutable call creates, not `init`."""
    name = draft.block.fresh("late")
    draft.changes("cache")
    draft.has("late")
    draft.block.write(f"""
        if self.is_mutable_collection("cache") and not self.is_initializing():
            self.variable("cache", "{name}", jnp.zeros, ()).value += 1
    """)


@part()
def batch_norm(draft: Draft) -> None:
    """An `nn.BatchNorm`, whose statistics each mutable call updates."""
    draft.changes("batch_stats")
    norm = draft.block.submodule("nn.BatchNorm()", "norm")
    draft.block.write(f'x = {norm}(x, use_running_average=not self.is_mutable_collection("batch_stats"))')


@part()
def spectral_norm(draft: Draft) -> None:
    """An `nn.SpectralNorm`, whose statistics have slashes in their names."""
    draft.changes("batch_stats")
    norm = draft.block.submodule("nn.SpectralNorm(nn.Dense(3))", "norm")
    draft.block.write(f'x = {norm}(x, update_stats=self.is_mutable_collection("batch_stats"))')


@part()
def sow(draft: Draft) -> None:
    """A value sown into `intermediates`."""
    draft.has("sown")
    draft.changes("intermediates")
    draft.block.write(f'self.sow("intermediates", "{draft.block.fresh("h")}", x)')


@part()
def sow_twice(draft: Draft) -> None:
    """Two values that one call sows under the same name."""
    name = draft.block.fresh("h")
    draft.has("sown")
    draft.changes("intermediates")
    draft.block.write(f"""
        self.sow("intermediates", "{name}", x)
        self.sow("intermediates", "{name}", x + 1)
    """)


@part()
def sow_with_reduce_fn(draft: Draft) -> None:
    """Values that `self.sow` adds up with `reduce_fn`."""
    draft.has("sown")
    draft.changes("losses")
    name = draft.block.fresh("loss")
    draft.block.write(f"""
        self.sow("losses", "{name}", x.sum(), reduce_fn=jnp.add, init_fn=lambda: jnp.zeros(()))
    """)


@part()
def perturb(draft: Draft) -> None:
    """A perturbation created by `self.perturb`."""
    draft.has("perturbed")
    draft.block.write(f'x = self.perturb("{draft.block.fresh("delta")}", x)')
