"""What a form that isn't about a new video says of the channel that is chosen in it."""
