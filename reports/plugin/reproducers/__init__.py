"""A failure as a program that stands alone."""
