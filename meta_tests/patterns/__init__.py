"""Short programs after public code that uses the bridge."""
