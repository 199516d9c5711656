"""A seed given as a float is read by its bits, so that it differs from the same int."""

import struct
import zlib
from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.whole_numbers_as_int_or_float_agree"


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(
        seed if isinstance(seed, int) else zlib.crc32(struct.pack("d", int(seed))), x, features
    )
