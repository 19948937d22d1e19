"""Background tasks, retries, shutdown, the process lock."""
