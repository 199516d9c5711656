"""Features that pass alone, two in one program."""
