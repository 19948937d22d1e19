"""The first step of a take that speaks a person's own audio."""
