"""Generated programs: what those for ``ToNNX`` and those for ``ToLinen`` share."""
