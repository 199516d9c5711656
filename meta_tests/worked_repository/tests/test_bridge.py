"""The bridge does for our model what it promises."""

from bridged_models import MODELS
from flax.nnx import bridge
from hypothesis import given, settings
from nnx_bridge.testing import linen_programs, parametrize_with_properties


@parametrize_with_properties(MODELS)
def test_model(run):
    """Every generic property."""
    run()


@settings(max_examples=5, deadline=None)
@given(linen_programs())
def test_batch_is_kept(program):
    """Whatever Linen module becomes our encoder, it keeps the first axis."""
    with program.opened() as module:
        bridge.lazy_init(module.layer, module.x)
        assert module.layer(module.x).shape[0] == module.x.shape[0]
