"""The public API that concerns a bridged layer or model, by release: what it has, what the suite uses of it, and why not the rest."""
