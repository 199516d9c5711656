"""May one go from OLD to NEW: environments built, properties run in each, two reports compared, an answer shown."""
