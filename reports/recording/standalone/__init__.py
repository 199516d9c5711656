"""Makes one module that stands alone of what a piece of code reaches, from source text alone."""
