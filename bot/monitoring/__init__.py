"""/healthz, /readyz, /metrics, and what the process prints."""
