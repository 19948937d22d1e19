"""Many renders at once, compared with a bare loop that makes the same calls."""
