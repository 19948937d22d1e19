"""The HTTP port, for Slack and for probes."""
