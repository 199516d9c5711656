"""The checkpoint that is in production."""

from pathlib import Path

import numpy as np
from ranker.checkpoint import X, restored

CHECKPOINT = Path(__file__).parent.parent / "checkpoints" / "ranker.msgpack"
SCORES = [0.85676008, 0.69825983, -0.90454012, -0.91367805]


def test_scores_are_those_of_production():
    """A restored model gives the scores that it gave when it was saved."""
    np.testing.assert_allclose(restored(CHECKPOINT)(X), SCORES, rtol=1e-5)
