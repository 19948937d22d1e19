"""Builds Block Kit from the domain, and parses what comes back. Each file owns its ids."""
