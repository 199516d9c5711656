"""The reference bridge: what ``ToNNX`` has to do with ``nnx.Variable`` objects, in a few lines."""

from ast import literal_eval
from typing import Any

from flax import core, nnx, traverse_util
from flax import linen as nn

from impl import flax_api


class ReferenceBridge(nnx.Module):
    """An NNX module that holds a Linen module. A mutable call writes each updated value into its ``nnx.Variable``.

    Each ``nnx.Variable`` is an attribute, named by its path in Linen, as in ``('params', 'Dense_0', 'kernel')``.
    """

    def __init__(self, module: nn.Module, variables: Any, rngs: nnx.Rngs | None) -> None:
        self.linen = module
        self.rngs = rngs
        self.write(variables)

    def __call__(self, *args: Any, rngs: nnx.Rngs | None = None, mutable: Any = False, **kwargs: Any) -> Any:
        """Apply the Linen module to the variables and the next key of each RNG stream."""
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
        """Linen's variables: ``{collection: {name: {…: value}}}``."""
        held = {name: one for name, one in vars(self).items() if isinstance(one, nnx.Variable)}
        values = {literal_eval(name): flax_api.value_of(one) for name, one in held.items()}
        return dict(traverse_util.unflatten_dict(values))

    def write(self, variables: Any) -> None:
        """Write values into the ``nnx.Variable`` objects; create one where there is none."""
        for path, value in traverse_util.flatten_dict(core.unfreeze(variables)).items():
            name = repr(path)
            if name in vars(self):
                flax_api.set_value(getattr(self, name), value)
            else:
                setattr(self, name, flax_api.type_of(path[0])(value))
