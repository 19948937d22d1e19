"""/healthz, /readyz and /metrics, and the format of the log."""
