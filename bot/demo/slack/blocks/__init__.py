"""Block Kit: its limits, its elements, and how blocks read as plain text."""
