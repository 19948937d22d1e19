"""People's own audio: files of Slack that a video speaks in place of a script."""
