"""What ffmpeg does with a video: copies to publish, and first frames."""
