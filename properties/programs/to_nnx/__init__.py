"""Strategies that write programs: Linen modules as source text, and a script of what is done with them."""
