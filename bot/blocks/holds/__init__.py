"""A take on hold: what those who can release it see and press."""
