"""Ranks candidates by a small model that is half Linen, half NNX."""
