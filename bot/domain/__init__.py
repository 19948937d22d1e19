"""Requests, takes, estimates and reviews: pure, with no I/O, no Slack and no SQL."""
