"""The commands of ``python -m reports``, a module each, and the installed command ``nnx-bridge``."""
