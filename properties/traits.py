"""The traits of generated programs that keep features apart, and why each does."""

TRAITS = {
    "random": "The step passes no keys to plain Linen. The chapters `subjects` and `machine` try the same with keys.",
    "no array": "`jax.jit` makes an array of a Python number and refuses a string, in plain Linen too.",
    "sown": "What was sown is left out of what is saved, and what lies there hangs on the calls before lazy init.",
    "late": "Lazy init keeps a variable that a call created, where plain Linen's `init` starts anew.",
    "perturbed": "`nnx.Perturbation` is a subclass of `nnx.Intermediate`, so `nnx.pop` takes perturbations too.",
    "boxes": "A program has one mesh context; and bare values, given to `nnx.update`, say nothing of boxes.",
    "own box": "Bare values, given to `nnx.update`, say nothing of boxes.",
    "not traced": "A constructor that reads values raises under `nnx.jit` too.",
    "no hash": "A Linen module with a dict in a field has no hash, in plain Linen too.",
    "factory": "A function that makes a module has no methods to find by name.",
    "sharded": "Boxes that the user makes, or no boxes, do not hold the axes that the part looks for.",
    "container": "The user's box takes one array.",
    "plain array": "The user's box is of `nnx.Variable` objects, and an array is none.",
}
