"""People's own audio."""
