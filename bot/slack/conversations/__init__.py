"""What Slack says of a conversation."""
