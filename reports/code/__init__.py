"""Which findings concern a user's source. It is read, and never imported or run."""
