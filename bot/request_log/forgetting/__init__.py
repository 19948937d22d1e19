"""Forgetting: people's words after RETENTION_DAYS, and everything about one person on demand."""
