"""Whether evidence still fits the suite: digests of what each property uses."""
