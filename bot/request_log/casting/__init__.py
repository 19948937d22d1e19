"""The casting sheet in the request log."""
