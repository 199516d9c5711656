"""What comes of a run: recorded by pytest, read anywhere; nothing here imports jax or flax."""
