"""The contract of the bridge, a file a chapter."""
