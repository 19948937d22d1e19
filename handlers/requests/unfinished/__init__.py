"""Forms that were closed by mistake: what was typed is kept, and offered the next time."""
