"""Downloading a finished file, and the addresses that are allowed."""
