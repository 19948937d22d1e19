"""From the queue to the video in the thread."""
