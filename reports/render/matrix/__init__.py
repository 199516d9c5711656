"""Many reports side by side: properties down, releases across, for people and machines; and what changed."""
