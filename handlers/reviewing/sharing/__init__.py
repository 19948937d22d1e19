"""Approved takes in other channels, and takes that are taken down."""
