"""Channels: what a form says of the one that is chosen in it, and one that is made private."""
