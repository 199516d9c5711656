"""The page: what an upgrade brings, the releases and the properties, as one file that needs no server."""
