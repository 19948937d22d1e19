"""Notes, reviewers and shares of a video under review."""
