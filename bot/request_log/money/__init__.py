"""Limits in the request log, and what counts toward them."""
