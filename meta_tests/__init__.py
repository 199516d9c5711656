"""The suite tested: what it must reject, what it must accept, and how it behaves when it is run."""
