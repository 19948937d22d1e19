"""Digital Twins in the tests: asked for, and found in the log."""
