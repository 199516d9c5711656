"""Not a property of one environment but of two, so no part of the suite that a run of one is compared by."""
