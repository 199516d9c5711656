"""The public API by release: its names, which properties use each on a bridged layer or model, or why none has to."""
