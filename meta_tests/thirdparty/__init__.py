"""Linen modules of public packages, which nobody here wrote, under every generic property."""
