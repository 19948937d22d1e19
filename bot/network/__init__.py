"""The way out of this machine: through which proxy, and whose certificates are trusted."""
