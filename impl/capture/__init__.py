"""What sees, inside a user's program, what it wraps with `bridge.ToNNX`.

It needs the standard library and what Flax brings. A user's program loads it under a name of its own, so its modules
import one another relatively.
"""
