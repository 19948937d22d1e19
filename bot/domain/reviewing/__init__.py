"""What a review needs beyond its decisions: when it is due, and who is asked first. Pure."""
