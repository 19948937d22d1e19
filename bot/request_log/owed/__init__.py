"""Messages that a thread still lacks and threads still to be read, even after a restart."""
