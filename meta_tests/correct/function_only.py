"""The reference's function alone, so that the suite must probe it from outside."""

from impl import linen_inside_nnx as reference

linen_inside_nnx = reference.linen_inside_nnx
