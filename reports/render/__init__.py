"""What an answer looks like: one content, and a writer for each form."""
