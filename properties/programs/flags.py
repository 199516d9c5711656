"""What programs of both kinds use to change a flag of `flax.config` for a while."""

# `temp_flip_flag` is younger than Flax 0.9, and wants names that begin with `flax_`.
FLIPPED = """@contextlib.contextmanager
def flipped(flag, value):
    before = getattr(flax.config, flag)
    flax.config.update(flag, value)
    try:
        yield
    finally:
        flax.config.update(flag, before)"""
