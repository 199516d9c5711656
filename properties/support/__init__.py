"""What the chapters use: inputs, the oracle, comparison, histories, helpers of single chapters."""
