"""Who may do what, where, and how much."""
