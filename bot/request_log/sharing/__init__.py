"""Approved takes in other channels: how they get there, and how they are removed."""
