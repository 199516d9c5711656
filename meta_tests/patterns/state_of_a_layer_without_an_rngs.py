"""A layer that gets its keys at lazy init alone holds parameters and nothing else, so a checkpoint names no keys.

After Physical-Intelligence/openpi, src/openpi/models/pi0.py and src/openpi/models/model.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

IMAGE = jnp.linspace(-1.0, 1.0, 12).reshape(1, 2, 2, 3)


class Policy(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        img = bridge.ToNNX(nn.Conv(4, (2, 2), padding="VALID"))
        img.lazy_init(IMAGE, rngs=rngs)
        self.encoders = nnx.Dict(img=img)
        self.out = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, image: Any) -> Any:
        return self.out(self.encoders["img"](image).reshape(-1, 4))


policy = Policy(nnx.Rngs(0))
graph, state = nnx.split(policy)
paths = {"/".join(map(str, path)) for path, _ in nnx.to_flat_state(state)}
assert paths == {"encoders/img/kernel", "encoders/img/bias", "out/kernel", "out/bias"}, paths

saved = jax.tree.map(np.asarray, nnx.to_pure_dict(state))
graph, empty = nnx.split(nnx.eval_shape(lambda: Policy(nnx.Rngs(1))))
nnx.replace_by_pure_dict(empty, saved)
restored = nnx.merge(graph, empty)
features = np.einsum("hwc,hwcf->f", np.asarray(IMAGE[0]), saved["encoders"]["img"]["kernel"])
expected = features @ saved["out"]["kernel"]
np.testing.assert_allclose(restored(IMAGE)[0], expected, rtol=1e-5)
np.testing.assert_array_equal(restored(IMAGE), policy(IMAGE))
