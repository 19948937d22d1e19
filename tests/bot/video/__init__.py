"""Copies of a video to publish."""
