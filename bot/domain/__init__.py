"""Requests, takes, estimates and reviews. Pure: no I/O, no Slack, no SQL."""
