"""Implementations written otherwise that keep the contract: every property must pass."""
