"""Copies of a video to publish: the AI label and the captions burned into the picture."""
