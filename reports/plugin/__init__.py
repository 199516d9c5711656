"""A run as one report: what pytest saw, the witnesses of known failures, and failures as programs that stand alone."""
