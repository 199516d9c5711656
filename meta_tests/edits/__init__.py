"""Small edits of the bridge's source, each a mistake that could be made, and the property that rejects it."""

from meta_tests.edits import (
    bridge_module,
    each_property,
    features_seen_red,
    linen_api,
    model_tools,
    partitioning,
    patterns,
    random_keys,
    replaced_variables,
    scopes,
    state,
    to_linen,
    to_nnx,
    variables,
)
from meta_tests.edits.edit import Edit

__all__ = ["EDITS", "REPAIRS", "Edit"]

EDITS = [
    *to_nnx.EDITS,
    *variables.EDITS,
    *to_linen.EDITS,
    *bridge_module.EDITS,
    *patterns.EDITS,
    *state.EDITS,
    *partitioning.EDITS,
    *model_tools.EDITS,
    *linen_api.EDITS,
    *random_keys.EDITS,
    *replaced_variables.EDITS,
    *scopes.EDITS,
    *features_seen_red.EDITS,
    *each_property.EDITS,
]
# Edits with which more properties pass.
REPAIRS = state.REPAIRS
