"""What is tested: the reference implementation, the loading of others', and what differs between Flax releases."""
