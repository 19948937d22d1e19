"""Who waits for what before and while a video is rendered."""
