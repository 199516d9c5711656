"""From what a program was seen to do to a file of subjects and models."""
