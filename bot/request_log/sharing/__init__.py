"""Approved takes elsewhere: how they get there, and how they are taken away again."""
