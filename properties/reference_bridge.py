"""What a bridge has to do with NNX's variables, in a few lines: whatever holds of it has to hold of ``ToNNX``."""

from ast import literal_eval
from typing import Any

from flax import core, nnx, traverse_util
from flax import linen as nn

from impl import flax_api


class ReferenceBridge(nnx.Module):
    """A Linen module whose variables NNX holds: a call writes what it changes into the ``nnx.Variable`` objects.

    Each variable is an attribute, named by its path in Linen, as in ``('params', 'Dense_0', 'kernel')``.
    """

    def __init__(self, module: nn.Module, variables: Any, rngs: nnx.Rngs | None) -> None:
        self.linen = module
        self.rngs = rngs
        self.write(variables)

    def __call__(self, *args: Any, rngs: nnx.Rngs | None = None, mutable: Any = False, **kwargs: Any) -> Any:
        """What plain Linen gives with the variables and the next key of each stream."""
        streams = rngs or self.rngs
        keys = {name: stream() for name, stream in streams.items()} if streams else {}
        output = self.linen.apply(self.variables, *args, rngs=keys, mutable=mutable, **kwargs)
        if mutable is False:
            return output
        output, changed = output
        self.write(changed)
        return output

    @property
    def variables(self) -> dict[str, Any]:
        """The variables as Linen has them: ``{collection: {name: {…: value}}}``."""
        held = {name: one for name, one in vars(self).items() if isinstance(one, nnx.Variable)}
        values = {literal_eval(name): flax_api.value_of(one) for name, one in held.items()}
        return dict(traverse_util.unflatten_dict(values))

    def write(self, variables: Any) -> None:
        """Write into the variables that are there, and add those that are not."""
        for path, value in traverse_util.flatten_dict(core.unfreeze(variables)).items():
            name = repr(path)
            if name in vars(self):
                flax_api.set_value(getattr(self, name), value)
            else:
                setattr(self, name, flax_api.type_of(path[0])(value))
