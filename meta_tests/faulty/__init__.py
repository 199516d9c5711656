"""Implementations with one fault each; `REJECTED_BY` names in advance the property that must fail."""
