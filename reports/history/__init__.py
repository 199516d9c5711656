"""The whole history: every release, on every Python and jax that is asked for, by any number of processes."""
