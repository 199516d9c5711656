"""The traits of generated programs that features exclude, and why."""

TRAITS = {
    "random": "The step passes no keys to plain Linen. The chapters `subjects` and `histories` test it with keys.",
    "no array": "`jax.jit` converts a Python number to an array and rejects a string, also in plain Linen.",
    "sown": "Sown values are not saved, and which there are depends on the calls before lazy init.",
    "late": "Lazy init keeps a variable that a call created; `init` in plain Linen creates all variables again.",
    "perturbed": "`nnx.Perturbation` is a subclass of `nnx.Intermediate`, so `nnx.pop` takes perturbations too.",
    "boxes": "A program has one mesh context, and plain values passed to `nnx.update` carry no boxes.",
    "custom box": "Plain values passed to `nnx.update` carry no boxes.",
    "not traced": "A constructor that reads values also raises under `nnx.jit`.",
    "no hash": "A Linen module with a dict in a field has no hash, also in plain Linen.",
    "factory": "A factory function has no methods that could be found by name.",
    "sharded": "User-defined boxes, or no boxes, do not hold the axis names that the feature checks.",
    "container": "The user-defined box takes one array.",
    "plain array": "The user-defined box takes an `nnx.Variable`, not an array.",
}
