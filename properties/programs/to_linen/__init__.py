"""Strategies that write programs: NNX modules as source text, and what is done with them in Linen and in NNX alike."""
