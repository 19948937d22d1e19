"""Fetching a finished file safely."""
