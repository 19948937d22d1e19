"""The text of a video: how it is spoken, and what a new take changes in it."""
