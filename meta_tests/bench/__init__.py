"""The benchmark: ``python -m meta_tests.bench`` measures the suite against its targets in one run."""
