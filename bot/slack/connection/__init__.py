"""The way to Slack and back: tokens, Socket Mode, signed requests, the time."""
